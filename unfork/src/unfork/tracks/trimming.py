"""A patch without what upstream has of it, and with nothing but that."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from unfork.model import ChangeKind, FileChange, Hunk, Patch


@dataclass(frozen=True, slots=True)
class Trimmed:
    """A patch in two parts: ``taken`` goes first, ``rest`` on top makes the whole patch."""

    taken: Patch
    rest: Patch
    lines: int  # changed lines of ``taken``


def trim(patch: Patch, upstream: Iterable[FileChange]) -> Trimmed | None:
    """Part a patch by what upstream commits changed; ``None`` when nothing of it is among that.

    A run of changed lines is taken when each of its lines that is not blank is among the changes, with
    its sign and without white space; a line of upstream accounts for one of ours.
    """
    stock = Counter(_key(line) for change in upstream for hunk in change.hunks for line in hunk.changed())
    taken, rest = [], []
    count = 0
    for change in patch.files:
        if change.kind is not ChangeKind.MODIFY or change.binary:
            rest.append(change)
            continue
        first: list[Hunk] = []
        second: list[Hunk] = []
        for hunk in change.hunks:
            one, other, lines = _part(hunk, stock)
            first += one
            second += other
            count += lines
        if first:
            taken.append(replace(change, hunks=tuple(first)))
        if second:
            rest.append(replace(change, hunks=tuple(second)))
    if not count:
        return None
    return Trimmed(replace(patch, files=tuple(taken)), replace(patch, files=tuple(rest)), count)


def _part(hunk: Hunk, stock: Counter[bytes]) -> tuple[list[Hunk], list[Hunk], int]:
    """A hunk of what is taken, one of the rest, and the number of taken lines."""
    if any(line[:1] == b"\\" for line in hunk.lines):  # the end of a file without a line end stays whole
        return [], [hunk], 0
    taken: list[bytes] = []
    rest: list[bytes] = []
    count = left = 0
    for changes, group in groupby(hunk.lines, lambda line: line[:1] in (b"+", b"-")):
        lines = list(group)
        if not changes:
            taken += lines
            rest += lines
        elif _take(lines, stock):
            count += len(lines)
            taken += lines
            rest += _after(lines)
        else:
            left += 1
            taken += _before(lines)
            rest += lines
    return (
        [_counted(hunk, taken)] if count else [],
        [_counted(hunk, rest)] if left else [],
        count,
    )


def _take(lines: Sequence[bytes], stock: Counter[bytes]) -> bool:
    wanted = Counter(key for line in lines if len(key := _key(line)) > 1)
    if not wanted or wanted - stock:
        return False
    stock.subtract(wanted)
    return True


def _key(line: bytes) -> bytes:
    return b"".join(line.split())


def _before(lines: Sequence[bytes]) -> list[bytes]:
    """Changed lines as they are before the change, as context."""
    return [b" " + line[1:] for line in lines if line[:1] == b"-"]


def _after(lines: Sequence[bytes]) -> list[bytes]:
    return [b" " + line[1:] for line in lines if line[:1] == b"+"]


def _counted(hunk: Hunk, lines: Sequence[bytes]) -> Hunk:
    old = sum(line[:1] in (b" ", b"-") for line in lines)
    new = sum(line[:1] in (b" ", b"+") for line in lines)
    return replace(hunk, old_count=old, new_count=new, lines=tuple(lines))
