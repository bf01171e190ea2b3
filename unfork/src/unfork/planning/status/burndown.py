"""How many items were open when: the original ones apart from those found later.

A count of all open items hides progress when new ones keep coming.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from unfork.model.history import ItemChange
from unfork.model.plan import Kind, Plan
from unfork.model.status import Point

_MOST = 24  # points shown


@dataclass(frozen=True, slots=True)
class Life:
    """An item's first and last day."""

    added: date
    ended: date | None  # None: open
    cohort: bool


def lives_of(plan: Plan, changes: Sequence[tuple[datetime, ItemChange]], today: date) -> list[Life]:
    """When each item came and ended: as the plan says, else the first check that saw it.

    Tasks are left out; so are items of which neither the plan nor a check says when they came, unless
    the plan has a cohort: then they belong to it. An item that left the plan ended with that.
    """
    first: dict[str, date] = {}
    over: dict[str, date] = {}
    for at, change in changes:
        first.setdefault(change.item, at.date())
        if change.ended is not None or change.gone:
            over.setdefault(change.item, at.date())
        else:
            over.pop(change.item, None)
    known = [item.added for item in plan.items.values() if item.added is not None]
    cohort = plan.head.cohort or min(known, default=min(first.values(), default=None))
    lives = []
    for name, item in plan.items.items():
        added = item.added or first.get(name) or plan.head.cohort
        if item.kind is Kind.TASK or added is None or added > today:
            continue
        ended = item.ended.on if item.ended is not None else None
        original = (
            item.added <= cohort
            if item.added is not None and cohort
            else (plan.head.cohort is not None or added == cohort)
        )
        lives.append(Life(added, ended if ended is None or ended <= today else None, original))
    lives += [
        Life(first[name], over[name], cohort is not None and first[name] <= cohort)
        for name in first
        if name not in plan.items and name in over
    ]
    return lives


def points_of(lives: Sequence[Life], today: date) -> tuple[Point, ...]:
    """Open items at the ends of weeks or longer steps, so that no more than two dozen are shown."""
    if not lives:
        return ()
    start = min(each.added for each in lives)
    weeks = max((today - start).days // 7, 1)
    step = timedelta(weeks=-(-weeks // _MOST))
    days = []
    day = today
    while day > start:
        days.append(day)
        day -= step
    days.append(start)
    return tuple(_point(lives, day) for day in reversed(days))


def _point(lives: Sequence[Life], day: date) -> Point:
    is_open = [each for each in lives if each.added <= day and (each.ended is None or each.ended > day)]
    cohort = sum(each.cohort for each in is_open)
    return Point(day, cohort, len(is_open) - cohort)


def by_week(days: Sequence[date], start: date, weeks: int) -> list[int]:
    """How many of the days fall in each of the weeks from ``start``."""
    counts = [0] * weeks
    for day in days:
        week = (day - start).days // 7
        if 0 <= week < weeks:
            counts[week] += 1
    return counts
