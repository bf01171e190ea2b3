"""What the margins of ``unfork show`` say, for text and HTML alike."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from unfork.model.detail import DiffLine, LineKind, PatchDetail, Row, Side

LEFT_OVER = "!"
EXTRA = ">"
SIGN = {LineKind.ADDED: "+", LineKind.REMOVED: "-", LineKind.CONTEXT: " "}
LEGEND = "a number: the upstream commit that explains the line; !: no claimed commit does; >: only upstream"

_FOLD_FROM = 12  # rows that only upstream has, from which a run is folded
_FOLD_KEEP = 3  # rows kept at each end of a fold


@dataclass(frozen=True, slots=True)
class Fold:
    """A run of rows left out, all of them lines only upstream has."""

    rows: int


def marks(detail: PatchDetail) -> list[str]:
    """The margin of each line of the patch: numbers of the commits that explain it, from 1, or "!".

    A candidate nobody claims explains nothing here, unless there are only candidates.
    """
    only_candidates = not any(side.claimed for side in detail.sides)
    by_line: list[list[str]] = [[] for _ in detail.lines]
    for number, side in enumerate(detail.sides, start=1):
        if side.claimed or only_candidates:
            for at in side.explains:
                by_line[at].append(str(number))
    margin = [",".join(numbers) for numbers in by_line]
    for at in detail.residue:
        margin[at] = margin[at] or LEFT_OVER
    return margin


def folded(side: Side, *, full: bool) -> Iterator[Row | Fold]:
    """The rows of a side; long runs only upstream has are folded unless ``full``."""
    run: list[Row] = []
    for row in side.rows:
        if row.left is None and not full:
            run.append(row)
            continue
        yield from _fold(run)
        run = []
        yield row
    yield from _fold(run)


def _fold(run: Sequence[Row]) -> Iterator[Row | Fold]:
    if len(run) < _FOLD_FROM:
        yield from run
        return
    yield from run[:_FOLD_KEEP]
    yield Fold(len(run) - 2 * _FOLD_KEEP)
    yield from run[-_FOLD_KEEP:]


def signed(line: DiffLine) -> str:
    """The line with its sign, as a diff shows it; raw, not yet safe to print."""
    return SIGN.get(line.kind, "") + line.text
