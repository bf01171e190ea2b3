"""The decision to let the new track replace the old, laid out line by line."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from unfork.model.plan import Archive, Signature


class CutoverVerdict(StrEnum):
    """Whether the new track can replace the old."""

    READY = "ready"  # nothing holds it up, and nothing is missing to say so
    NOT_YET = "not-yet"  # something holds it up
    UNKNOWN = "unknown"  # nothing is known to hold it up, and something is not known


class Subject(StrEnum):
    """What a line is about."""

    ITEM = "item"  # of the plan, that blocks the cutover
    CHECK = "check"
    TEST = "test"
    CONTENT = "content"  # what the old track's tree offers
    PATCH = "patch"  # that the new track still carries
    PROMISE = "promise"
    MILESTONE = "milestone"
    TRACK = "track"


class LineState(StrEnum):
    """What a line means for the decision."""

    BLOCKS = "blocks"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"  # it would block or be unknown, and people agreed to it in the plan
    SAID = "said"  # true by people's word alone: no check proves it
    FINE = "fine"


@dataclass(frozen=True, slots=True)
class Line:
    """One fact of the decision."""

    subject: Subject
    name: str  # as accepted: in the plan names it
    project: str
    state: LineState
    what: str  # what is so
    proof: str = ""  # how that is known
    todo: str = ""  # what to do about it
    where: str = ""  # file:line:column of the plan


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature, and whether it is for what there is now."""

    signature: Signature
    current: bool  # the new track is where it was when it was signed


@dataclass(frozen=True, slots=True)
class CutoverDecision:
    """All of it."""

    plan: str
    title: str
    folder: str
    today: date
    old: str  # tracks
    new: str
    commits: dict[str, str]  # project -> the new track's commit
    verdict: CutoverVerdict
    lines: tuple[Line, ...]  # what blocks first
    possible: date | None  # the day the items' promises allow it; None: not known
    signed: tuple[Signed, ...]
    unsigned: tuple[str, ...]  # people whose signature is missing
    agreed: bool  # everybody signed for what there is now, with a reason where it was not ready
    archived: Archive | None
