"""Which lines of a squash come from which known part: a patch beside it, or an upstream commit.

Line by line, and in one go for a run of them: ``else:`` is in every patch, and goes with its neighbours.
The cheapest labelling of a run is found by dynamic programming (Viterbi, 1967): a line costs what its part
lacks of it, going from one part to another within a run costs something too.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from posixpath import basename

from unfork.model import FileChange, Patch
from unfork.series import plain_lines
from unfork.unsquashing.model import Donor
from unfork.unsquashing.pieces import HEADER, Line, Piece, plain_changed
from unfork.unsquashing.settings import Costs

_Key = tuple[str, bytes]  # file's name without folders, line without white space and with its sign


@dataclass(frozen=True, slots=True)
class _Held:
    """What the donors hold: by line, and by line with the one before it."""

    lines: dict[_Key, frozenset[int]]
    pairs: dict[tuple[_Key, bytes], frozenset[int]]
    headers: dict[str, list[int]]


def assign(patch: Patch, pieces: Sequence[Piece], donors: Sequence[Donor], costs: Costs) -> dict[Line, int]:
    """The place in ``donors`` of each line that one of them has; the earlier of two that are as good."""
    held = _hold(donors)
    found: dict[Line, int] = {}
    for piece in pieces:
        change = patch.files[piece.file]
        name = basename(change.path)
        if piece.hunk == HEADER:
            if holders := held.headers.get(name):
                found[Line(piece.file, HEADER, 0)] = holders[0]
            continue
        lines = plain_changed(change, piece.hunk)
        texts = [_squeezed(lines[row]) for row in piece.rows]
        for line, label in zip(piece.lines(), _labels(name, texts, held, costs), strict=True):
            if label is not None:
                found[line] = label
    return found


def _labels(name: str, texts: Sequence[bytes], held: _Held, costs: Costs) -> list[int | None]:
    """The cheapest label of each line of a run."""
    nobody: frozenset[int] = frozenset()
    holders = [held.lines.get((name, text), nobody) for text in texts]
    states: list[int | None] = [*sorted(frozenset().union(*holders)), None]
    if len(states) == 1:
        return [None] * len(texts)
    paid = [0.0] * len(states)
    back: list[list[int]] = []
    for at, text in enumerate(texts):
        weight = min(len(text) - 1, costs.long) / costs.long
        beside = held.pairs.get(((name, text), texts[at - 1] if at else b""), nobody)
        cheapest = min(range(len(states)), key=paid.__getitem__)
        came: list[int] = []
        now = []
        for place, state in enumerate(states):
            stays = paid[place] <= paid[cheapest] + costs.change
            came.append(place if stays else cheapest)
            if state is None:
                cost = costs.nobody * weight
            elif state not in holders[at]:
                cost = weight
            else:
                cost = 0.0 if state in beside else costs.elsewhere * weight
            now.append(cost + (paid[place] if stays else paid[cheapest] + costs.change))
        paid = now
        back.append(came)
    place = min(range(len(states)), key=paid.__getitem__)
    found = []
    for came in reversed(back):
        found.append(states[place])
        place = came[place]
    return found[::-1]


def _hold(donors: Sequence[Donor]) -> _Held:
    lines: defaultdict[_Key, set[int]] = defaultdict(set)
    pairs: defaultdict[tuple[_Key, bytes], set[int]] = defaultdict(set)
    headers: dict[str, list[int]] = {}
    for number, donor in enumerate(donors):
        for change in donor.patch.files:
            name = basename(change.path)
            headers.setdefault(name, [])
            if _changes_header(change):
                headers[name].append(number)
            for texts in _runs(change):
                before = b""
                for text in texts:
                    lines[name, text].add(number)
                    pairs[(name, text), before].add(number)
                    before = text
    return _Held(
        {key: frozenset(value) for key, value in lines.items()},
        {key: frozenset(value) for key, value in pairs.items()},
        headers,
    )


def _changes_header(change: FileChange) -> bool:
    return bool(change.binary) or change.old_path != change.new_path or change.old_mode != change.new_mode


def _runs(change: FileChange) -> Iterator[list[bytes]]:
    """The changed lines of a file, run by run."""
    for hunk in change.hunks:
        run: list[bytes] = []
        for line in plain_lines(hunk.header, hunk.lines):
            if line[:1] in (b"+", b"-"):
                run.append(_squeezed(line))
            elif line[:1] != b"\\" and run:
                yield run
                run = []
        if run:
            yield run


def _squeezed(line: bytes) -> bytes:
    """A line with its sign and without white space."""
    return line[:1] + b"".join(line[1:].split())
