"""What every check is given, and how it says what it found."""

from dataclasses import dataclass
from datetime import date, timedelta

from unfork.config import PLAN_FILE
from unfork.model.finding import Finding
from unfork.model.plan import Spot
from unfork.planning.join import Joined
from unfork.planning.rule import RULES


@dataclass(frozen=True, slots=True)
class Asked:
    """What a check looks at."""

    joined: Joined
    today: date

    def about(
        self, rule: str, item: str, key: str, message: str, hint: str, *, patch: str | None = None
    ) -> Finding:
        """A finding about an item, at the line of one of its keys."""
        plan = self.joined.plan
        return Finding(
            rule,
            RULES[rule].severity,
            f"{item}: {message}",
            hint,
            plan.spot(item, key),
            project=plan.items[item].project,
            item=item,
            patch=patch,
        )

    def of_project(
        self, rule: str, project: str, message: str, hint: str, *, patch: str | None = None
    ) -> Finding:
        """A finding about a project, which has no line of its own: the plan's first one."""
        spot = Spot(f"{self.joined.plan.folder}/{PLAN_FILE}", 1, 1)
        return Finding(rule, RULES[rule].severity, message, hint, spot, project=project, patch=patch)

    def soon(self, day: date) -> bool:
        """Whether the day is ahead, and near."""
        return self.today <= day <= self.today + timedelta(days=self.joined.plan.head.limits.soon_days)
