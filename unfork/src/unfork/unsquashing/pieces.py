"""A patch in pieces: runs of changed lines that context keeps apart, and what its file headers do.

A piece is the smallest thing that goes to a part without being asked for line by line. Where lines cannot
be told apart without making an intermediate file that no diff can say, they stay one *bond*.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from unfork.model import ChangeKind, FileChange, Patch
from unfork.series import plain_lines

HEADER = -1  # in the place of a hunk's number: what the file's header does, not its lines
_UNDIVIDED = ("120000", "160000")  # the line of a symbolic link or a submodule is one value


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """One changed line of a patch, by its place."""

    file: int
    hunk: int  # HEADER: the file's header
    row: int  # in the hunk's changed lines, from 0; 0 of a header


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of changed lines with no context between them, or a header."""

    file: int
    hunk: int
    rows: tuple[int, ...]

    def lines(self) -> list[Line]:
        """Its lines by their places."""
        return [Line(self.file, self.hunk, row) for row in self.rows]


def pieces_of(patch: Patch) -> list[Piece]:
    """All pieces, in the order of the patch."""
    return [piece for at, change in enumerate(patch.files) for piece in _of_file(at, change)]


def lines_of(patch: Patch) -> list[Line]:
    """All changed lines, in the order of the patch."""
    return [line for piece in pieces_of(patch) for line in piece.lines()]


def has_header(change: FileChange) -> bool:
    """Whether the header of a file does something by itself, beside its lines.

    A file that comes or goes with its lines does so by them: with the first or the last.
    """
    if change.binary or not any(hunk.changed() for hunk in change.hunks):
        return True
    if change.kind in (ChangeKind.RENAME, ChangeKind.COPY):
        return True
    return change.kind is ChangeKind.MODIFY and change.old_mode != change.new_mode


def plain_changed(change: FileChange, hunk: int) -> list[bytes]:
    """The changed lines of a hunk as git writes them."""
    found = change.hunks[hunk]
    return [line for line in plain_lines(found.header, found.lines) if line[:1] in (b"+", b"-")]


def bonds(patch: Patch) -> list[list[Line]]:
    """Lines that have to go to one part, bond by bond.

    The whole of files that share a name (a file that comes where another one went needs it gone), copies
    (made from what their source is before the patch), symbolic links, submodules, and the end of a file
    whose last line has no line end.
    """
    found: list[list[Line]] = []
    by_file = [[line for piece in _of_file(at, change) for line in piece.lines()]
               for at, change in enumerate(patch.files)]  # fmt: skip
    for files in _sharing_names(patch.files):
        found.append([line for at in files for line in by_file[at]])
    for at, change in enumerate(patch.files):
        undivided = change.old_mode in _UNDIVIDED or change.new_mode in _UNDIVIDED
        if undivided or change.kind is ChangeKind.COPY:
            found.append(by_file[at])
        for number, hunk in enumerate(change.hunks):
            if any(line[:1] == b"\\" for line in hunk.lines):
                found.append(_last_run(at, number, hunk.lines))
    return [sorted(bond) for bond in _merged(found) if len(bond) > 1]


def _merged(sets: Sequence[Sequence[Line]]) -> list[set[Line]]:
    """Sets with no line in common: those that share one are joined."""
    found: list[set[Line]] = []
    for each in sets:
        joined = set(each).union(*(other for other in found if not other.isdisjoint(each)))
        found = [other for other in found if other.isdisjoint(each)] + [joined]
    return found


def _of_file(at: int, change: FileChange) -> Iterator[Piece]:
    if has_header(change):
        yield Piece(at, HEADER, (0,))
    if change.binary:
        return
    for number, hunk in enumerate(change.hunks):
        row = 0
        for changed, lines in groupby(hunk.lines, _is_changed):
            if changed:
                size = sum(line[:1] != b"\\" for line in lines)
                if size:  # else it is the mark after a line that stays
                    yield Piece(at, number, tuple(range(row, row + size)))
                row += size


def _is_changed(line: bytes) -> bool:
    # The mark of a missing line end stands between a removed and an added line: it parts no run.
    return line[:1] in (b"+", b"-", b"\\")


def _last_run(file: int, number: int, lines: Sequence[bytes]) -> list[Line]:
    """The last run of a hunk, when it changes lines at the file's end."""
    size = sum(line[:1] in (b"+", b"-") for line in lines)
    run = 0
    for line in reversed(lines):
        if line[:1] in (b"+", b"-"):
            run += 1
        elif line[:1] != b"\\":
            break
    return [Line(file, number, row) for row in range(size - run, size)]


def _sharing_names(files: Sequence[FileChange]) -> list[list[int]]:
    """Files of a patch of which one takes a name from, or gives it to, another."""
    by_name: dict[str, list[int]] = {}
    for at, change in enumerate(files):
        for name in {change.old_path, change.new_path} - {None}:
            by_name.setdefault(str(name), []).append(at)
    return [sharing for sharing in by_name.values() if len(sharing) > 1]
