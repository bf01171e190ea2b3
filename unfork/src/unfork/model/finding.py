"""What does not agree between a plan and what scans saw."""

from dataclasses import dataclass
from enum import StrEnum

from unfork.model.plan import Spot


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"  # the plan does not say what it must, or is contradicted
    WARNING = "warning"  # somebody has to look
    NOTE = "note"  # good to know


@dataclass(frozen=True, slots=True)
class Finding:
    """One disagreement, by a rule that can be silenced by its id."""

    rule: str  # stable
    severity: Severity
    message: str  # what does not agree, in words
    hint: str  # what to do
    spot: Spot  # the line of the plan that is concerned
    project: str | None = None
    item: str | None = None
    patch: str | None = None
    silenced: str | None = None  # the reason why it does not count; None: it counts


@dataclass(frozen=True, slots=True)
class Check:
    """The result of ``unfork plan check`` and of ``unfork gate``."""

    plan: str
    folder: str
    today: str  # ISO date all of it is said of
    findings: tuple[Finding, ...]  # those that count
    silenced: tuple[Finding, ...]
    items: int
    patches: int  # of the scans it was joined with
    scans: tuple[str, ...]  # "PROJECT: DATE, TARGET" of each scan it was joined with
    links: str = ""  # how many of the plan's links trackers were asked for, and how long ago; empty: none
