"""What ``unfork show`` says about one patch: its lines beside those of each upstream commit."""

from dataclasses import dataclass
from enum import StrEnum

from unfork.model.patch import Patch
from unfork.model.verdict import UpstreamCommit, Verdict


class LineKind(StrEnum):
    """What a line of a diff is."""

    FILE = "file"  # the name of a file; all lines up to the next one belong to it
    HUNK = "hunk"  # an "@@" line
    CONTEXT = "context"
    ADDED = "added"
    REMOVED = "removed"
    NOTE = "note"  # "\ No newline at end of file", binary content, a mode change

    @property
    def changes(self) -> bool:
        """Whether the line is part of the change itself."""
        return self in (LineKind.ADDED, LineKind.REMOVED)


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a diff, without its sign and its line end."""

    kind: LineKind
    text: str  # UTF-8 with surrogateescape
    path: str  # the file it belongs to


@dataclass(frozen=True, slots=True)
class Row:
    """One row of two diffs side by side: indexes into the lines of each, ``None`` for a gap."""

    left: int | None  # into PatchDetail.lines
    right: int | None  # into Side.lines
    same: bool  # equal but for white space


@dataclass(frozen=True, slots=True)
class Side:
    """One upstream commit laid beside the patch."""

    commit: UpstreamCommit
    lines: tuple[DiffLine, ...]  # the commit's diff
    rows: tuple[Row, ...]  # every line of both, in order
    explains: tuple[int, ...]  # changed lines of the patch it accounts for, into PatchDetail.lines
    extra: tuple[int, ...]  # changed lines of the commit the patch does not have, into lines
    claimed: bool = True  # False: a candidate that was looked at, not a claim


@dataclass(frozen=True, slots=True)
class PatchDetail:
    """Everything ``unfork show PATCH`` prints."""

    verdict: Verdict
    patch: Patch
    lines: tuple[DiffLine, ...]  # the patch's diff
    sides: tuple[Side, ...]  # claimed commits first, in the verdict's order, then candidates
    residue: tuple[int, ...]  # changed lines no claimed side explains; blank lines never count
    upstreams: tuple[str, ...] = ()  # the repositories that were searched, the upstream first
