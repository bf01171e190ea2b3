"""Plans written for tests, and scans made up to join them with."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from unfork.model import Advice, Relation, State
from unfork.model.finding import Finding
from unfork.model.plan import Plan
from unfork.model.seen import SeenPatch, SeenSeries
from unfork.planning import check_plan, load_plan

TODAY = date(2019, 2, 1)
HEAD = """\
plan: small
cohort: 2018-10-01
projects: {nova: {}, neutron: {}}
people: {ann: {}, ben: {name: Ben, mail: ben@example.org}}
milestones:
  freeze: {date: 2019-01-11, expects: {upstream-feature-planned: approved}}
  release: {date: 2019-04-12}
"""
# An item with which nothing is wrong; a test adds to it, or says otherwise.
GOOD = {
    "title": "Retry when the volume is busy",
    "project": "nova",
    "disposition": "upstream-bug-fix",
    "reason": "Servers lose their disk when a host restarts during a detach",
    "added": "2018-10-01",
    "owner": "ann",
    "agreed": "{on: 2019-01-20, by: ann}",
}


def item(name: str = "retry", **values: str | None) -> str:
    """The text of an item: ``GOOD``, changed by ``values``; ``None`` takes a key out."""
    keys = {key.replace("_", "-"): value for key, value in values.items()}
    lines = [f"    {key}: {value}" for key, value in (GOOD | keys).items() if value is not None]
    return "\n".join([f"  {name}:", *lines, ""])


def write_plan(folder: Path, *items: str, head: str = HEAD, **files: str) -> Path:
    """A plan's folder; ``files`` are the further ones, by name, in ``items/``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "plan.yaml").write_text(head + ("items:\n" + "".join(items) if items else ""), encoding="utf-8")
    for name, text in files.items():
        (folder / "items").mkdir(exist_ok=True)
        (folder / "items" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def seen_patch(
    name: str, relation: Relation = Relation.NONE, advice: Advice = Advice.CARRY, *, lines: int = 10
) -> SeenPatch:
    """A patch as a scan saw it."""
    digest = hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()
    return SeenPatch(
        name, digest, f"Subject of {name}", relation, State.CLEAN, advice, None, None, (), 0.9, lines
    )


def seen_series(
    project: str, *patches: SeenPatch, at: date = TODAY, retired: tuple[str, ...] = ()
) -> SeenSeries:
    """A scan of a project."""
    back = frozenset(patch.id for patch in patches if patch.name in retired)
    return SeenSeries(project, "r1", datetime(at.year, at.month, at.day, tzinfo=UTC), "18.0.0", patches, back)


def plan_of(folder: Path, *items: str, head: str = HEAD) -> Plan:
    """A plan that was written and read."""
    return load_plan(write_plan(folder, *items, head=head))


def found(
    plan: Plan, *series: SeenSeries, today: date = TODAY, leave_out: tuple[str, ...] = ("scan-missing",)
) -> list[Finding]:
    """What a check finds, without the notes about scans."""
    seen: Mapping[str, SeenSeries] = {each.project: each for each in series}
    return [each for each in check_plan(plan, seen, today).findings if each.rule not in leave_out]


def rules(findings: list[Finding]) -> list[str]:
    """The rules that spoke, sorted."""
    return sorted(each.rule for each in findings)
