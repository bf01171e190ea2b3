"""What ``unfork plan status`` says: tables, what blocks, dates, burn-down, forecast, sequence."""

from dataclasses import dataclass
from datetime import date

from unfork.model.plan import Disposition, Gate, Stage


@dataclass(frozen=True, slots=True)
class Row:
    """The items of one disposition."""

    disposition: Disposition | None  # None: tasks
    items: int
    ended: int
    stages: dict[Stage, int]  # of those that have not ended
    patches: int  # that the items name, each once
    carried: int | None  # of these the last scan saw; None: no scan
    lines: int | None  # changed lines of those


@dataclass(frozen=True, slots=True)
class Table:
    """The items of one project, or of all."""

    project: str | None  # None: the whole plan
    rows: tuple[Row, ...]
    total: Row
    unplanned: int | None  # carried patches in no item; None: no scan
    scan: str | None  # the day and target of the scan


@dataclass(frozen=True, slots=True)
class Blocker:
    """An open item that blocks cutover or release."""

    item: str
    title: str
    project: str
    disposition: Disposition | None
    stage: Stage
    owner: str | None
    promised: date | None
    late: bool  # the promised day has passed
    can_end: bool  # all its patches can be dropped at the target
    waits_for: tuple[str, ...]  # open items


@dataclass(frozen=True, slots=True)
class Step:
    """One item of the chain that decides a date."""

    item: str
    title: str
    promised: date | None
    done: date  # when it can be done, by promises and dependencies


@dataclass(frozen=True, slots=True)
class Readiness:
    """How far it is to a gate: counts that can be added up, no percentage."""

    gate: Gate
    items: int
    ended: int
    can_end: int
    promised: int  # open, with a day that is to come
    late: int  # open, the promised day has passed
    unpromised: int  # open, without a day
    undecided: int  # open, and nobody decided how they end
    possible: date | None  # the day it is possible, by promises and dependencies; None: not known
    not_before: date | None  # the latest of the days that are known
    chain: tuple[Step, ...]  # what decides the day, the first to be done first
    undated: tuple[str, ...]  # items without a promised day that it waits for
    blockers: tuple[Blocker, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """How many items were open on a day."""

    on: date
    cohort: int  # of the original ones
    later: int  # of those found later


@dataclass(frozen=True, slots=True)
class Forecast:
    """When the open items would end at the pace of the recorded ends."""

    open: int
    weeks: int  # of history
    ends: int  # recorded in them
    enough: bool
    why_not: str | None = None
    likely: date | None = None  # half of the simulations are done by then
    early: date | None = None  # one in ten
    late: date | None = None  # nine in ten; None: not within ten years
    never: float = 0.0  # share of the simulations not done within ten years


@dataclass(frozen=True, slots=True)
class Status:
    """All of it."""

    plan: str
    title: str
    folder: str
    today: date
    whole: Table
    projects: tuple[Table, ...]
    readiness: tuple[Readiness, ...]  # cutover, release
    cohort: date | None
    burndown: tuple[Point, ...]
    cohort_forecast: Forecast
    all_forecast: Forecast  # with scope being found at the pace it was found at
    layers: tuple[tuple[str, ...], ...]  # items that depend or are depended on, open or not
    milestones: tuple[tuple[str, date, str], ...]  # name, day, title and what freezes
    findings: dict[str, int]  # severity -> how many
    links: str = ""  # how many of the plan's links trackers were asked for, and how long ago; empty: none
