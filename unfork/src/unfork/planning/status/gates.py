"""What blocks cutover and what blocks release, and the day each becomes possible."""

from collections.abc import Mapping, Sequence
from datetime import date

from unfork.model import Advice
from unfork.model.plan import Disposition, Gate, Item, Kind
from unfork.model.status import Blocker, Readiness, Step
from unfork.planning.graph import closure
from unfork.planning.join import Joined
from unfork.planning.status.tables import disposition_of


def readiness_of(
    joined: Joined, gate: Gate, days: Mapping[str, date], order: Sequence[str], today: date
) -> Readiness:
    """How far it is to a gate. What a blocking item waits for counts as blocking the day, too.

    ``days`` are the possible ones, ``order`` has each item after those it waits for.
    """
    items = joined.plan.items
    names = [name for name, item in items.items() if item.gate is gate]
    blocking = [name for name in names if items[name].ended is None]
    blockers = tuple(_blocker(joined, name, today) for name in blocking)
    # There is no release before the cutover, so what blocks that decides the day of both.
    both = (Gate.CUTOVER, gate)
    deciding = [name for name, item in items.items() if item.gate in both and item.ended is None]
    needed = closure(items, deciding)
    undated = tuple(name for name in items if name in needed and _undated(items[name]))
    not_before = max((days[name] for name in deciding if name in days), default=None)
    # Of those done on that day the one that waits for the others: the end of the chain.
    latest = {name for name in deciding if not_before and days.get(name) == not_before}
    last = next((name for name in reversed(order) if name in latest), None)
    return Readiness(
        gate=gate,
        items=len(names),
        ended=len(names) - len(blocking),
        can_end=sum(each.can_end for each in blockers),
        promised=sum(each.promised is not None and not each.late for each in blockers),
        late=sum(each.late for each in blockers),
        unpromised=sum(each.promised is None for each in blockers),
        undecided=sum(each.disposition is Disposition.UNDECIDED for each in blockers),
        possible=(not_before or today) if not undated else None,
        not_before=not_before,
        chain=_chain(items, days, last),
        undated=undated,
        blockers=blockers,
    )


def possible_days(items: Mapping[str, Item], order: Sequence[str], today: date) -> dict[str, date]:
    """The day each open item can be done: its promised day, but not before those it waits for.

    A promise that has passed counts as today. Without any promise on the way there is no day.
    """
    days: dict[str, date] = {}
    for name in order:
        item = items[name]
        if item.ended is not None:
            continue
        known = [days[each] for each in item.after if each in days]
        if item.commitment is not None:
            known.append(max(item.commitment.date, today))
        if known:
            days[name] = max(known)
    return days


def _undated(item: Item) -> bool:
    return item.ended is None and item.commitment is None


def can_end(joined: Joined, name: str) -> bool:
    """Whether the last scan says that every patch of the item can be dropped."""
    carried = joined.carried.get(name, ())
    return bool(carried) and all(patch.advice is Advice.DROP for patch in carried)


def _blocker(joined: Joined, name: str, today: date) -> Blocker:
    items = joined.plan.items
    item = items[name]
    promised = item.commitment.date if item.commitment else None
    return Blocker(
        item=name,
        title=item.title,
        project=item.project,
        disposition=None if item.kind is Kind.TASK else disposition_of(item),
        stage=joined.stages[name],
        owner=item.owner,
        promised=promised,
        late=promised is not None and promised < today,
        can_end=can_end(joined, name),
        waits_for=tuple(each for each in item.after if items[each].ended is None),
    )


def _chain(items: Mapping[str, Item], days: Mapping[str, date], last: str | None) -> tuple[Step, ...]:
    """Back from the item that is done last, each time to what it waits for, as long as that decides."""
    steps: list[Step] = []
    while last is not None:
        item = items[last]
        promised = item.commitment.date if item.commitment else None
        steps.append(Step(last, item.title, promised, days[last]))
        last = next((each for each in item.after if days.get(each) == days[last]), None)
    return tuple(reversed(steps))
