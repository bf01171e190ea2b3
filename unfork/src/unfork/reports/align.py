"""Lay a patch beside upstream commits, line by line.

Lines are compared with all white space removed and with their sign, so that a reindented line is
still the same line. Within a file the two diffs are aligned by their longest common subsequence
(Hyyrö's bit-parallel form, in rapidfuzz); what a commit explains is counted without regard to order,
because code that moved within a commit is explained all the same.
"""

import difflib
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import pairwise

from rapidfuzz.distance import Indel

from unfork.model import ChangeKind, FileChange, Patch, UpstreamCommit, Verdict
from unfork.model.detail import DiffLine, LineKind, PatchDetail, Row, Side

# The matrix of the exact alignment takes a bit a cell: above this (a gigabit, 128 MB) we take
# difflib's heuristic, which is linear in memory.
_MOST_CELLS = 1 << 30

_SIGNS = {b"+": LineKind.ADDED, b"-": LineKind.REMOVED, b" ": LineKind.CONTEXT}


def detail(
    verdict: Verdict,
    patch: Patch,
    commits: Iterable[tuple[UpstreamCommit, Sequence[FileChange], bool]],
) -> PatchDetail:
    """Everything ``unfork show`` needs: the patch beside each commit.

    ``commits`` are an upstream commit, what it changes, and whether the verdict claims it (``False``
    for a candidate that was only looked at).
    """
    lines = diff_lines(patch.files)
    sides = tuple(
        lay_beside(lines, commit, diff_lines(changes), claimed=claimed)
        for commit, changes, claimed in commits
    )
    explained = {at for side in sides if side.claimed for at in side.explains}
    residue = tuple(
        at for at, line in enumerate(lines) if line.kind.changes and at not in explained and _key(line.text)
    )
    return PatchDetail(verdict, patch, lines, sides, residue)


def diff_lines(changes: Iterable[FileChange]) -> tuple[DiffLine, ...]:
    """A diff as lines with their kind and file."""
    return tuple(line for change in changes for line in _lines_of(change))


def lay_beside(
    left: Sequence[DiffLine], commit: UpstreamCommit, right: Sequence[DiffLine], *, claimed: bool = True
) -> Side:
    """Align a patch's lines with a commit's; every line of both is in exactly one row."""
    rows: list[Row] = []
    ours, theirs = _by_file(left), _by_file(right)
    partner = _partners(left, ours, right, theirs)
    for path, span in ours.items():
        other = theirs[partner[path]] if path in partner else range(0)
        rows += _aligned(left, span, right, other)
    taken = set(partner.values())
    rows += [Row(None, at, False) for path, span in theirs.items() if path not in taken for at in span]
    explains, extra = _explained(left, right)
    return Side(commit, tuple(right), tuple(rows), explains, extra, claimed)


def _lines_of(change: FileChange) -> Iterator[DiffLine]:
    path = change.path
    name = f"{change.old_path} => {change.new_path}" if _moves(change) else path
    kind = "" if change.kind is ChangeKind.MODIFY else f" ({change.kind})"
    yield DiffLine(LineKind.FILE, name + kind, path)
    if change.old_mode and change.new_mode and change.old_mode != change.new_mode:
        yield DiffLine(LineKind.NOTE, f"mode {change.old_mode} => {change.new_mode}", path)
    if change.binary:
        yield DiffLine(LineKind.NOTE, "binary content", path)
    for hunk in change.hunks:
        yield DiffLine(LineKind.HUNK, _text(hunk.header), path)
        for line in hunk.lines:
            found = _SIGNS.get(line[:1])
            if found is not None:
                yield DiffLine(found, _text(line[1:]), path)
            elif not line.strip():  # an editor took the sign off an empty context line
                yield DiffLine(LineKind.CONTEXT, "", path)
            else:
                yield DiffLine(LineKind.NOTE, _text(line), path)


def _moves(change: FileChange) -> bool:
    return bool(change.old_path and change.new_path and change.old_path != change.new_path)


def _text(line: bytes) -> str:
    return line.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8", "surrogateescape")


def _key(text: str) -> str:
    return "".join(text.split())


def _by_file(lines: Sequence[DiffLine]) -> dict[int, range]:
    """The span of each file, by the index of its first line (a path may occur twice)."""
    starts = [at for at, line in enumerate(lines) if line.kind is LineKind.FILE]
    return {start: range(start, end) for start, end in pairwise([*starts, len(lines)])}


def _partners(
    left: Sequence[DiffLine], ours: dict[int, range], right: Sequence[DiffLine], theirs: dict[int, range]
) -> dict[int, int]:
    """Which file of the commit stands beside which of the patch: same path, else most lines in common."""
    partner: dict[int, int] = {}
    free = dict(theirs)
    for start in ours:
        same = next((at for at in free if right[at].path == left[start].path), None)
        if same is not None:
            partner[start] = same
            del free[same]
    keys = {at: {_compared(right[i]) for i in span if right[i].kind.changes} for at, span in free.items()}
    for start, span in ours.items():
        if start in partner or not keys:
            continue
        mine = {_compared(left[i]) for i in span if left[i].kind.changes}
        best = max(keys, key=lambda at: len(mine & keys[at]))
        if mine & keys[best]:
            partner[start] = best
            del keys[best]
    return partner


def _compared(line: DiffLine) -> Hashable:
    """What must be equal for two lines to stand in one row: files and hunks by kind alone."""
    return line.kind if line.kind in (LineKind.FILE, LineKind.HUNK) else (line.kind, _key(line.text))


def _aligned(left: Sequence[DiffLine], ours: range, right: Sequence[DiffLine], theirs: range) -> list[Row]:
    if not theirs:
        return [Row(at, None, False) for at in ours]
    first = [_compared(left[at]) for at in ours]
    second = [_compared(right[at]) for at in theirs]
    rows = []
    for tag, a, b, c, d in _blocks(first, second):
        mine, other = ours[a:b], theirs[c:d]
        for at in range(max(len(mine), len(other))):
            i = mine[at] if at < len(mine) else None
            j = other[at] if at < len(other) else None
            rows.append(Row(i, j, tag == "equal"))
    return rows


def _blocks(first: list[Hashable], second: list[Hashable]) -> Iterator[tuple[str, int, int, int, int]]:
    """Blocks (tag, a, b, c, d) as difflib gives them; neighbouring changes are one block."""
    if len(first) * len(second) > _MOST_CELLS:
        yield from difflib.SequenceMatcher(None, first, second).get_opcodes()
        return
    a = c = 0
    for block in Indel.opcodes(first, second):
        b, end, d, stop = block.src_start, block.src_end, block.dest_start, block.dest_end
        if block.tag == "equal":
            if b > a or d > c:
                yield "replace", a, b, c, d
            yield "equal", b, end, d, stop
            a, c = end, stop
    if a < len(first) or c < len(second):
        yield "replace", a, len(first), c, len(second)


def _explained(
    left: Sequence[DiffLine], right: Sequence[DiffLine]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Changed lines of the patch found in the commit, each line of the commit used once; and the rest."""
    stock = Counter(_compared(line) for line in right if line.kind.changes)
    explains = []
    for at, line in enumerate(left):
        if line.kind.changes and stock[_compared(line)] > 0:
            stock[_compared(line)] -= 1
            explains.append(at)
    extra = []
    for at in reversed(range(len(right))):
        line = right[at]
        if line.kind.changes and stock[_compared(line)] > 0:
            stock[_compared(line)] -= 1
            if _key(line.text):
                extra.append(at)
    return tuple(explains), tuple(reversed(extra))
