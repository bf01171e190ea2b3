"""What happened to each patch on its way to another target, and why one could not go on."""

from dataclasses import dataclass
from enum import StrEnum

from unfork.model.track import Track


class How(StrEnum):
    """How a patch came onto the target, or why it did not."""

    STRAIGHT = "straight"  # each hunk fits in one place only
    NEAREST = "nearest"  # a hunk fits in several places; the one nearest to its line number was taken
    LESS_CONTEXT = "less-context"  # a hunk fits with one line around it
    MERGED = "merged"  # by three-way merge
    STRUCTURAL = "structural"  # mergiraf resolved a conflict by the structure of the code
    REUSED = "reused"  # as a person resolved the same conflict before
    RESOLVED = "resolved"  # a person resolved a conflict
    EMPTY = "empty"  # the target has all of it: no commit
    SKIPPED = "skipped"  # a person left it out
    LEFT_OUT = "left-out"  # the advice is to drop it

    @property
    def is_there(self) -> bool:
        """Whether the track has a commit of it."""
        return self not in (How.EMPTY, How.SKIPPED, How.LEFT_OUT)


@dataclass(frozen=True, slots=True)
class LostLine:
    """A line that the tree had before a patch and lost, though the patch never removed it."""

    path: str
    line: int  # number in the file before, from 1
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """What became of one patch."""

    patch: str  # name
    id: str
    how: How
    commit: str | None  # full hash; None: there is none
    advice: str  # of the scan the track was made from
    notes: tuple[str, ...] = ()  # what a reviewer should know
    lost: tuple[LostLine, ...] = ()


class CauseKind(StrEnum):
    """What was done to the lines a patch builds on."""

    CHANGED = "changed"  # a commit of upstream put others in their place, or some between them
    MOVED = "moved"  # a commit of upstream moved them to another place
    DELETED = "deleted"  # a commit of upstream took them, or their file, away
    ADDED = "added"  # a commit of upstream made the file that the patch makes
    NOT_IN_TARGET = "not-in-target"  # the base's own line has a commit that the target has not
    SERIES = "series"  # an earlier patch of our own is not on the target, or in another form
    UNKNOWN = "unknown"  # not found out


@dataclass(frozen=True, slots=True)
class Cause:
    """Why one hunk conflicts."""

    path: str
    hunk: int  # line in the base's file where the hunk begins; 0: the whole file
    kind: CauseKind
    sha: str | None = None  # commit of the upstream
    subject: str = ""
    release: str | None = None  # first release that has it
    review: str | None = None  # Change-Id or address of the review
    patch: str | None = None  # name of the earlier patch of our own
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Stop:
    """A patch that a person has to resolve."""

    patch: str  # name
    id: str
    place: int  # in the series, from 1
    files: tuple[str, ...]  # paths with conflicts
    notes: tuple[str, ...] = ()
    causes: tuple[Cause, ...] = ()


@dataclass(frozen=True, slots=True)
class TrackStatus:
    """How far a track is."""

    track: Track
    patches: int  # of the series
    steps: tuple[Step, ...]  # of the first of them, in series order
    stop: Stop | None  # where a person is needed
    warnings: tuple[str, ...] = ()
