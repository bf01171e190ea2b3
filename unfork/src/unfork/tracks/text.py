"""The two sides of a hunk, and where in a file it fits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from unfork.model import FileChange, Hunk
from unfork.series import plain_lines

_LESS = 1  # lines of context that are left when all do not fit


class Fit(Enum):
    """How well a hunk fits."""

    ONE = auto()  # in one place
    NEAREST = auto()  # in several: the nearest to its line number
    LESS = auto()  # in one place, with less context


@dataclass(frozen=True, slots=True)
class Sides:
    """What a hunk expects and what it makes of it."""

    old: bytes
    new: bytes
    start: int  # line where ``old`` begins in the file it was made on, from 1


@dataclass(frozen=True, slots=True)
class Placed:
    """A file with hunks in it; ``failed`` are the places, in the list, of those that do not fit."""

    data: bytes
    fits: frozenset[Fit]
    failed: tuple[int, ...]


def lines_of(data: bytes) -> list[bytes]:
    """Lines with their ends; only ``\\n`` ends one."""
    parts = data.split(b"\n")
    return [part + b"\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def signed_lines(hunk: Hunk) -> Iterator[tuple[bytes, bytes]]:
    """Sign and text of each line, without a line end where the hunk says that there is none."""
    held: tuple[bytes, bytes] | None = None
    for line in plain_lines(hunk.header, hunk.lines):
        sign, text = line[:1], line[1:]
        if sign == b"\\":
            if held is not None:
                held = held[0], held[1].removesuffix(b"\n")
            continue
        if held is not None:
            yield held
        held = sign, text
    if held is not None:
        yield held


def sides_of(hunk: Hunk) -> Sides:
    """Both sides of a hunk."""
    return _sides(list(signed_lines(hunk)), hunk.old_start if hunk.old_count else hunk.old_start + 1)


def _sides(lines: Sequence[tuple[bytes, bytes]], start: int) -> Sides:
    return Sides(
        b"".join(text for sign, text in lines if sign in (b" ", b"-")),
        b"".join(text for sign, text in lines if sign in (b" ", b"+")),
        start,
    )


def without_context(hunk: Hunk, keep: int = _LESS) -> Sides:
    """Both sides with at most ``keep`` unchanged lines at either end."""
    lines = list(signed_lines(hunk))
    changed = [at for at, (sign, _) in enumerate(lines) if sign != b" "]
    first, last = max(0, changed[0] - keep), changed[-1] + keep + 1
    return _sides(lines[first:last], (hunk.old_start if hunk.old_count else hunk.old_start + 1) + first)


def place_hunks(data: bytes, hunks: Sequence[Hunk], *, strict: bool) -> Placed:
    """Put hunks into a file, each where its old side stands as it is.

    ``strict``: only where that is one place. Otherwise also in the nearest of several, and with less
    context; what then does not fit is left out and named.
    """
    found: list[tuple[int, int, bytes]] = []  # from, to, what to put there
    fits: set[Fit] = set()
    failed = []
    at, drift = 0, 0
    lines_before = _LineCounter(data)
    for number, hunk in enumerate(hunks):
        if not hunk.changed():
            continue
        spot = _find(data, sides_of(hunk), at, drift, lines_before)
        if spot is None and not strict and hunk.old_count:
            less = _find(data, without_context(hunk), at, drift, lines_before)
            if less is not None and less.fit is Fit.ONE:
                spot = replace(less, fit=Fit.LESS)
        if spot is None or (strict and spot.fit is not Fit.ONE):
            failed.append(number)
            continue
        fits.add(spot.fit)
        drift = spot.drift
        found.append((spot.begin, spot.begin + len(spot.sides.old), spot.sides.new))
        at = spot.begin + len(spot.sides.old)
    parts, last = [], 0
    for begin, end, new in found:
        parts += [data[last:begin], new]
        last = end
    return Placed(b"".join([*parts, data[last:]]), frozenset(fits), tuple(failed))


@dataclass(frozen=True, slots=True)
class _Spot:
    begin: int
    fit: Fit
    drift: int
    sides: Sides


class _LineCounter:
    """The number of the line that begins at an offset, from 1."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._known = [(0, 1)]

    def at(self, offset: int) -> int:
        begin, number = self._known[-1] if self._known[-1][0] <= offset else (0, 1)
        number += self._data.count(b"\n", begin, offset)
        self._known.append((offset, number))
        return number


def _find(data: bytes, sides: Sides, begin: int, drift: int, lines: _LineCounter) -> _Spot | None:
    """Where ``sides.old`` stands from ``begin`` on."""
    if not sides.old:  # an empty file, or lines without anything around them: only into nothing
        return None if data else _Spot(0, Fit.ONE, 0, sides)
    places = list(_occurrences(data, sides.old, begin))
    if not places:
        return None
    if len(places) == 1:
        return _Spot(places[0], Fit.ONE, lines.at(places[0]) - sides.start, sides)
    numbers = [(abs(lines.at(place) - sides.start - drift), place) for place in places]
    nearest = min(numbers)[1]
    return _Spot(nearest, Fit.NEAREST, lines.at(nearest) - sides.start, sides)


def _occurrences(data: bytes, old: bytes, begin: int) -> Iterator[int]:
    """Offsets at which whole lines are ``old``."""
    at = data.find(old, begin)
    while at >= 0:
        end = at + len(old)
        if (at == 0 or data[at - 1] == 10) and (old.endswith(b"\n") or end == len(data)):
            yield at
        at = data.find(old, at + 1)


def holds_new(data: bytes, hunk: Hunk) -> bool:
    """Whether a file has what a hunk makes, as it makes it."""
    new = sides_of(hunk).new
    return bool(new) and next(_occurrences(data, new, 0), None) is not None


def removed_by(change: FileChange) -> list[bytes]:
    """The lines a change takes away."""
    return [line[1:] for hunk in change.hunks for line in hunk.lines if line[:1] == b"-"]
