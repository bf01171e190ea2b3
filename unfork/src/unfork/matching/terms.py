"""Terms of commits looked up by many queries at once: one pass over all terms, no inverted list."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_TABLE = 1 << 22  # bits of a term that the first sieve looks at
_I64 = NDArray[np.int64]
_F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """The terms (lines, names) of an index, commit after commit."""

    terms: NDArray[Any]
    weights: Callable[[_I64], _F64]  # of the terms in these places
    rare: NDArray[np.bool_]  # a term most commits have names nobody: it is not looked up
    starts: _I64  # first term of each commit, and one more at the end

    def common(self, queries: Sequence[NDArray[Any]]) -> tuple[_I64, _I64, _F64]:
        """Query, commit and the weight of the rare terms they share, for every pair that shares one.

        Each query's terms must be distinct; what is given is sorted by query, then by commit.
        """
        owners = np.repeat(np.arange(len(queries)), [len(each) for each in queries])
        keys = np.concatenate(queries)
        order = np.argsort(keys, kind="stable")
        keys, owners = keys[order], owners[order]
        places = sieve(self.terms, keys)
        places = places[self.rare[places]]
        first = np.searchsorted(keys, self.terms[places], side="left")
        counts = np.searchsorted(keys, self.terms[places], side="right") - first
        real = counts > 0
        places, first, counts = places[real], first[real], counts[real]
        # One row a pair: the term at `places[i]` with each of the `counts[i]` queries that have it.
        which = np.repeat(np.arange(len(places)), counts)
        key = first[which] + np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
        size = np.int64(len(self.starts) - 1)
        commits = (np.searchsorted(self.starts, places, side="right") - 1)[which]
        # A term that a commit has twice counts once.
        _, once = np.unique(key * size + commits, return_index=True)
        pairs, where = np.unique(owners[key[once]] * size + commits[once], return_inverse=True)
        weight = np.bincount(where, weights=self.weights(places[which[once]])).astype(np.float64)
        return pairs // size, pairs % size, weight


def sieve(terms: NDArray[Any], keys: NDArray[Any]) -> _I64:
    """Places of terms that may be among the keys: one pass through a table of bits."""
    table = np.zeros(_TABLE, dtype=bool)
    table[keys & (_TABLE - 1)] = True
    found = [
        np.flatnonzero(table[terms[at : at + _TABLE] & (_TABLE - 1)]) + at
        for at in range(0, len(terms), _TABLE)  # some at a time, so that memory stays bounded
    ]
    return np.concatenate(found) if found else np.empty(0, np.int64)
