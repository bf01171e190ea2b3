"""Whether two patches that have the same lines have them in the same place."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from unfork.model import Hunk, Patch

_TELLING = 4  # characters from which an unchanged line tells where one is
_NEAR = 3  # unchanged lines to either side

_Spot = tuple[str, bytes, bytes]  # file without folders, changed line with its sign, unchanged line beside it


class Surroundings:
    """Where each changed line of a patch stands; made once a patch."""

    def __init__(self, patch: Patch) -> None:
        self._patch = patch
        self._spots = {spot for spots in _lines(patch) for spot in spots}
        self._lines = {spot[:2] for spot in self._spots}

    def in_place(self, other: Patch) -> float:
        """Share of the lines that another patch has too which stand there beside the same unchanged
        line, by their length. A new file has nothing around its lines: in it they are in place."""
        total = here = 0
        for spots in _lines(other):
            name, line, _ = spots[0]
            if (name, line) in self._lines:
                total += len(line)
                here += len(line) * (not self._spots.isdisjoint(spots))
        return here / total if total else 0.0


def _lines(patch: Patch) -> Iterator[list[_Spot]]:
    """Each changed line of a patch with the unchanged lines before and after its run."""
    for change in patch.files:
        name = change.path.rsplit("/", 1)[-1]
        for hunk in change.hunks:
            for changed, ends in _runs(hunk):
                for line in changed:
                    yield [(name, b"".join(line.split()), end) for end in ends]


def _runs(hunk: Hunk) -> Iterator[tuple[list[bytes], list[bytes]]]:
    lines = [line for line in hunk.lines if line[:1] != b"\\"]
    parted = groupby(lines, lambda line: line[:1] in (b"+", b"-"))
    groups = [(changed, list(group)) for changed, group in parted]
    for at, (changed, group) in enumerate(groups):
        if changed:
            before = _telling(groups[at - 1][1][::-1]) if at else b""
            after = _telling(groups[at + 1][1]) if at + 1 < len(groups) else b""
            yield group, [end for end in (before, after) if end] or [b""]


def _telling(lines: Sequence[bytes]) -> bytes:
    near = (b"".join(line.split()) for line in lines[:_NEAR])
    return next((line for line in near if len(line) >= _TELLING), b"")
