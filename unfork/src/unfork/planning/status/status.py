"""The parts of a status put together."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime

from unfork.model.finding import Check
from unfork.model.history import ItemChange
from unfork.model.plan import Gate, Kind
from unfork.model.status import Forecast, Readiness, Status
from unfork.planning.graph import layers_of, order_of
from unfork.planning.join import Joined
from unfork.planning.status.burndown import Life, lives_of, points_of
from unfork.planning.status.forecast import forecast
from unfork.planning.status.gates import possible_days, readiness_of
from unfork.planning.status.tables import table_of


def status_of(
    joined: Joined, check: Check, changes: Sequence[tuple[datetime, ItemChange]], today: date
) -> Status:
    """Everything there is to say about a plan on a day; ``changes`` are what earlier checks saw."""
    plan = joined.plan
    used = [
        project for project in plan.head.projects if any(i.project == project for i in plan.items.values())
    ]
    lives = lives_of(plan, changes, today)
    undated = sum(item.kind is not Kind.TASK and item.ended is None for item in plan.items.values())
    waited = {name for item in plan.items.values() for name in item.after}
    in_order = {name for name, item in plan.items.items() if item.after} | waited
    order = order_of(plan.items)
    days = possible_days(plan.items, order, today)
    milestones = sorted(plan.head.milestones.items(), key=lambda each: each[1].date)
    return Status(
        plan=plan.name,
        title=plan.head.title or plan.name,
        folder=plan.folder,
        today=today,
        whole=table_of(joined, None),
        projects=tuple(table_of(joined, project) for project in used),
        readiness=tuple(
            readiness_of(joined, gate, days, order, today) for gate in (Gate.CUTOVER, Gate.RELEASE)
        ),
        cohort=plan.head.cohort,
        burndown=points_of(lives, today),
        cohort_forecast=_forecast([each for each in lives if each.cohort], today, undated=undated),
        all_forecast=_forecast(lives, today, undated=undated, with_new=True),
        layers=tuple(map(tuple, layers_of(plan.items, order, in_order))),
        milestones=tuple(
            (name, each.date, "; ".join(filter(None, (each.title, each.freezes))))
            for name, each in milestones
        ),
        findings=dict(Counter(str(each.severity) for each in check.findings)),
        links=check.links,
    )


def ready_for(joined: Joined, gate: Gate, today: date) -> Readiness:
    """How far it is to a gate, alone."""
    items = joined.plan.items
    order = order_of(items)
    return readiness_of(joined, gate, possible_days(items, order, today), order, today)


def _forecast(lives: Sequence[Life], today: date, *, undated: int, with_new: bool = False) -> Forecast:
    if not lives and undated:
        return Forecast(undated, 0, 0, enough=False, why_not="no item says when it came into the plan")
    return forecast(lives, today, with_new=with_new)
