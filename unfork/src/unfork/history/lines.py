"""Changed lines as numbers: the one hash that patches and upstream commits are compared by.

A line's hash covers its sign and its bytes without white space (the same that ``git patch-id``
leaves out), so that re-indented and re-wrapped code still compares equal. The hash is a
polynomial over random 64-bit values a byte, mixed at the end (the finaliser of splitmix64:
Steele, Lea, Flood, OOPSLA 2014). It is computed for megabytes of lines at once, since a loop over
lines in Python takes longer than git takes to produce them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]

# The lowest bit of a hash says whether the line is added: lines that two changes both remove may
# only mean that both touch the same code, lines that both add mean more.
ADDED: Final = np.uint64(1)
_PLUS: Final = ord("+")

# Changing anything here makes other hashes: raise index.FORMAT then.
_rng = np.random.Generator(np.random.PCG64(20181129))
_BYTE: Final[U64] = _rng.integers(1, 2**63, size=256, dtype=np.uint64) | np.uint64(1)
_POSITIONS: Final = 1 << 14  # positions repeat after that: only minified files have such lines
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
with np.errstate(over="ignore"):
    POWERS: Final[U64] = np.cumprod(np.full(_POSITIONS, _FACTOR, dtype=np.uint64), dtype=np.uint64)

_SPACE = np.zeros(256, dtype=bool)
_SPACE[[9, 10, 11, 12, 13, 32]] = True
_INK: Final = ~_SPACE
_BYTE[_SPACE] = 0


def mix(values: U64) -> U64:
    """Spread every input bit over all output bits (splitmix64's finaliser)."""
    with np.errstate(over="ignore"):
        values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return values ^ (values >> np.uint64(31))


def _unmix(values: U64) -> U64:
    """The inverse of ``mix``."""
    with np.errstate(over="ignore"):
        values = values ^ (values >> np.uint64(31)) ^ (values >> np.uint64(62))
        values = values * np.uint64(0x319642B2D24D8EC3)
        values = values ^ (values >> np.uint64(27)) ^ (values >> np.uint64(54))
        values = values * np.uint64(0x96DE1B173F119089)
        found: U64 = values ^ (values >> np.uint64(30)) ^ (values >> np.uint64(60))
        return found


def opposite(hashes: U64) -> tuple[U64, U64]:
    """The hash of each line with the other sign. The lowest bit of a hash is its sign, so one bit of
    what was hashed is lost: it is the first or the second."""
    with np.errstate(over="ignore"):
        flip = (_BYTE[_PLUS] - _BYTE[ord("-")]) * POWERS[0]
        is_added = (hashes & ADDED) == ADDED
        turn = np.where(is_added, np.uint64(0) - flip, flip)
        side = (~is_added).astype(np.uint64)
        first, second = (
            (mix(_unmix((hashes & ~ADDED) | bit) + turn) & ~ADDED) | side
            for bit in (np.uint64(0), np.uint64(1))
        )
    return first, second


def among(values: U64, keys: U64) -> NDArray[np.bool_]:
    """Which of the values are among keys that are sorted: ``np.isin`` would sort both."""
    if not len(keys):
        return np.zeros(len(values), dtype=bool)
    place = np.minimum(np.searchsorted(keys, values), len(keys) - 1)
    return np.asarray(keys[place] == values)


def kept_lines(hashes: U64) -> NDArray[np.bool_]:
    """Which lines of a change are not merely moved or indented otherwise: of a moved line the change
    has both signs."""
    first, second = opposite(hashes)
    keys = np.sort(hashes)
    return ~(among(first, keys) | among(second, keys))


def line_starts(buffer: U8) -> I64:
    """Where each line of a buffer begins; the buffer must end with a line end."""
    ends = np.flatnonzero(buffer == 10)
    starts = np.empty(len(ends), dtype=np.int64)
    if len(ends):
        starts[0] = 0
        starts[1:] = ends[:-1] + 1
    return starts


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """Lines of text made ready for hashing; the buffer must end with a line end."""

    buffer: U8
    starts: I64  # where each line begins
    values: U64  # the term of each byte in its line's polynomial; nought for white space
    positions: NDArray[np.int32]  # how many bytes of ink its line has before it, counted round
    ink: I64  # bytes of each line that are not white space

    @classmethod
    def of(cls, buffer: U8) -> "Text":
        """Read a buffer line by line."""
        starts = line_starts(buffer)
        sizes = np.diff(starts, append=len(buffer))
        seen = np.cumsum(np.take(_INK, buffer), dtype=np.int32)  # bytes of ink so far
        before = np.zeros(len(starts), dtype=np.int32)
        before[1:] = seen[starts[1:] - 1]
        ink = seen[starts + sizes - 1] - before
        positions = seen
        positions -= np.repeat(before + 1, sizes)
        positions &= _POSITIONS - 1
        with np.errstate(over="ignore"):
            values = np.take(_BYTE, buffer)
            values *= np.take(POWERS, positions)
        return cls(buffer, starts, values, positions, ink.astype(np.int64))

    @classmethod
    def of_lines(cls, lines: Sequence[bytes]) -> "Text":
        """Lines that are already apart (those of a patch), each with its line end or without."""
        data = b"".join(lines)
        if data.count(b"\n") < len(lines):
            data = b"".join(line if line.endswith(b"\n") else line + b"\n" for line in lines)
        return cls.of(np.frombuffer(data, dtype=np.uint8))

    def hashes(self) -> U64:
        """The hash of each line."""
        if not len(self.starts):
            return np.empty(0, np.uint64)
        with np.errstate(over="ignore"):
            sums = np.add.reduceat(self.values, self.starts)
        added = self.buffer[self.starts] == _PLUS
        hashes: U64 = (mix(sums) & ~ADDED) | added.astype(np.uint64)
        return hashes


def hash_texts(lines: Sequence[bytes]) -> tuple[U64, I64]:
    """The hash of each line and how many bytes of it are not white space."""
    text = Text.of_lines(lines)
    return text.hashes(), text.ink


def hash_words(words: list[str]) -> U64:
    """Hashes of words, for the index of subjects."""
    return hash_texts([word.encode("utf-8", "replace") + b"\n" for word in words])[0]
