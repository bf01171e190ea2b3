"""Names in code as weighted sets: what a change and a commit talk about, whatever their lines are.

A name weighs the more the fewer commits have it (inverse document frequency, as lines do).
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from unfork.history import IN_ADDED, RAREST, Index
from unfork.matching.terms import Terms

_SIDES = np.uint32(2)  # bits below a name's hash that say on which side it is


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The names of all commits of an index, each with its weight; made once a run."""

    index: Index

    @cached_property
    def names(self) -> NDArray[np.uint32]:
        """The name of each token of the index, without its side."""
        return self.index.tokens >> _SIDES

    @cached_property
    def _known(self) -> tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.float64], NDArray[np.uint32]]:
        """The distinct names, in how many commits each is and what it weighs; then for each token
        of the index the place of its name among them."""
        known, which, counts = np.unique(self.names, return_inverse=True, return_counts=True)
        whole = math.log(len(self.index) + 1)
        weights = np.maximum(whole - np.log(counts), 0.01) * (RAREST / whole)
        return known, counts, weights, which.astype(np.uint32)

    @property
    def weights(self) -> NDArray[np.float64]:
        """What each token of the index weighs."""
        _, _, weights, which = self._known
        return np.asarray(weights[which])

    def terms(self, most: float) -> Terms:
        """The names to look up: those that no more than this many commits have."""
        _, counts, weights, which = self._known
        starts = self.index.commit_tokens.astype(np.int64)
        return Terms(
            self.names, lambda places: np.asarray(weights[which[places]]), (counts <= most)[which], starts
        )

    @cached_property
    def commit_weight(self) -> NDArray[np.float64]:
        """The sum of the weights of each commit's names."""
        starts = self.index.commit_tokens.astype(np.int64)
        totals = np.concatenate([np.zeros(1), np.cumsum(self.weights)])
        return np.asarray(totals[starts[1:]] - totals[starts[:-1]])

    def weigh(self, tokens: NDArray[np.uint32]) -> "Names":
        """The names of a change: those upstream has by how rare they are, others as the rarest."""
        known, _, weights, _ = self._known
        names = tokens >> _SIDES
        if not len(known):
            return Names(names, tokens, np.full(len(names), RAREST))
        place = np.minimum(np.searchsorted(known, names), len(known) - 1)
        return Names(names, tokens, np.where(known[place] == names, weights[place], RAREST))


@dataclass(frozen=True, eq=False)
class Names:
    """The names of one change, sorted, each once."""

    names: NDArray[np.uint32]
    tokens: NDArray[np.uint32]  # with their sides
    weights: NDArray[np.float64]

    @cached_property
    def total(self) -> float:
        """The weight of all."""
        return float(self.weights.sum())

    @cached_property
    def added(self) -> float:
        """The weight of those in added lines."""
        return float(self.weights[(self.tokens & IN_ADDED) > 0].sum())

    def shared(self, theirs: NDArray[np.uint32]) -> tuple[float, float, float, float]:
        """What a commit has too, by weight: anywhere, on the same side, and among the added lines of both;
        then how many of the names that both only add and nearly no other commit has."""
        if not len(theirs) or not len(self.names):
            return 0.0, 0.0, 0.0, 0.0
        place = np.minimum(np.searchsorted(theirs >> _SIDES, self.names), len(theirs) - 1)
        found = theirs[place]
        weights = np.where(found >> _SIDES == self.names, self.weights, 0.0)
        sides = self.tokens & found & np.uint32(3)
        new = (self.tokens | found) & np.uint32(3) == IN_ADDED
        return (
            float(weights.sum()),
            float(weights[sides > 0].sum()),
            float(weights[(sides & IN_ADDED) > 0].sum()),
            float(((weights[new] / RAREST) ** 4).sum()),
        )
