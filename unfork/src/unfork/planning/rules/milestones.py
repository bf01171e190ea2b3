"""Milestones: what is due there, and what an item must have reached by then."""

from collections.abc import Iterator

from unfork.model.finding import Finding
from unfork.model.plan import Disposition, Item, Kind, Milestone, Stage
from unfork.planning.rules.found import Asked


def expected(item: Item, milestone: Milestone, due: Milestone) -> Stage | None:
    """What a milestone expects of an item that is due at ``due``; ``None``: nothing, or not of this one."""
    if item.kind is Kind.TASK or milestone.date > due.date:
        return None
    if milestone.projects and item.project not in milestone.projects:
        return None
    return milestone.expects.get(Disposition(item.disposition))


def check_milestones(asked: Asked) -> Iterator[Finding]:
    """Milestones that passed or are near. One asks only items that are due there or later."""
    milestones = asked.joined.plan.head.milestones
    for name, item in asked.joined.plan.items.items():
        if item.ended is not None or item.due is None:
            continue
        due = milestones[item.due]
        if due.date < asked.today:
            yield asked.about(
                "due-passed",
                name,
                "due",
                f"was due at {item.due}, {due.date}",
                "end it, or agree on another milestone",
            )
        reached = asked.joined.stages[name]
        for label, milestone in milestones.items():
            wanted = expected(item, milestone, due)
            if wanted is None or reached.reaches(wanted):
                continue
            said = f"{label} on {milestone.date} expects {wanted}, it is {reached}"
            if milestone.date < asked.today:
                yield asked.about(
                    "milestone-missed",
                    name,
                    "stage",
                    said,
                    "write down the stage it has reached, or agree on another end",
                )
            elif asked.soon(milestone.date):
                yield asked.about("milestone-near", name, "stage", said, "see that it gets there")
