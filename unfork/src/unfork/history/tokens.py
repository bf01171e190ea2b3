"""Names in changed lines as numbers: what two changes share when no line of them is the same.

A token is what most languages call an identifier: a letter or underscore and at least two more letters,
digits or underscores; bytes beyond ASCII count as letters. Its hash is the polynomial of ``lines``
shifted to the token's first byte, so that one pass over the bytes serves lines and tokens alike.

A commit's tokens are kept as a sorted set of 32-bit numbers: 30 bits of hash (two names in a billion
meet, which moves a score by little) and two that say whether the token is in an added line, in a removed
one, or in both.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from unfork.history.lines import I64, POWERS, U8, U64, Text, mix

U32 = NDArray[np.uint32]

IN_ADDED: Final = np.uint32(1)
IN_REMOVED: Final = np.uint32(2)
_SIDES: Final = np.uint64(3)
_SHORTEST: Final = 3

_WORD = np.zeros(256, dtype=bool)
_WORD[[*range(ord("a"), ord("z") + 1), *range(ord("A"), ord("Z") + 1), ord("_"), *range(128, 256)]] = True
_FIRST: Final = _WORD.copy()
_WORD[range(ord("0"), ord("9") + 1)] = True


def _inverse(powers: U64) -> U64:
    """Multiplicative inverses modulo 2**64 of odd numbers (Newton's iteration; Hensel lifting)."""
    found = powers.copy()  # right to three bits
    with np.errstate(over="ignore"):
        for _ in range(5):
            found *= np.uint64(2) - powers * found
    return found


_BACK: Final = _inverse(POWERS)


def read_tokens(text: Text, sides: U8) -> tuple[I64, U64]:
    """Where each token begins, and 30 bits of its hash above the two bits of its line's side.

    ``sides`` says for each line on which side it is (``IN_ADDED``, ``IN_REMOVED``); lines with
    nought are passed over. The first byte of the others is their sign.
    """
    side = np.repeat(sides, np.diff(text.starts, append=len(text.buffer)))
    word = np.take(_WORD, text.buffer)
    word &= side > 0
    edges = np.flatnonzero(word[1:] != word[:-1]) + 1
    begins, ends = edges[0::2], edges[1::2]
    kept = (ends - begins >= _SHORTEST) & _FIRST[text.buffer[begins]]
    begins, ends = begins[kept], ends[kept]
    if not len(begins):
        return begins, np.empty(0, np.uint64)
    with np.errstate(over="ignore"):
        sums = np.add.reduceat(text.values, np.column_stack([begins, ends]).ravel())[::2]
        hashes = mix(sums * np.take(_BACK, text.positions[begins]))
    return begins, ((hashes >> np.uint64(34)) << np.uint64(2)) | side[begins]


def merge_sides(keys: U64) -> U64:
    """Sorted, each token once with all the sides it is on. Higher bits (a commit's number) keep apart
    what is not to be merged."""
    if not len(keys):
        return keys
    keys = np.sort(keys)
    tokens = keys & ~_SIDES
    first = np.flatnonzero(np.concatenate([[True], tokens[1:] != tokens[:-1]]))
    return tokens[first] | np.bitwise_or.reduceat(keys & _SIDES, first)


def tokens_by_line(lines: Sequence[bytes]) -> tuple[I64, U64]:
    """The tokens of changed lines with their signs, one for each time a name occurs, and the number of
    the line each is in; ``merge_sides`` makes of them what an index has of a commit."""
    text = Text.of_lines(lines)
    signs = text.buffer[text.starts]
    sides = ((signs == ord("+")) * IN_ADDED | (signs == ord("-")) * IN_REMOVED).astype(np.uint8)
    places, tokens = read_tokens(text, sides)
    return np.searchsorted(text.starts, places, side="right") - 1, tokens


def tokens_of_lines(lines: Sequence[bytes]) -> U32:
    """The tokens of changed lines with their signs, as an index has those of a commit."""
    return merge_sides(tokens_by_line(lines)[1]).astype(np.uint32)
