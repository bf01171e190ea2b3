"""Subjects as weighted words: a vendor and upstream call one thing by other words in another order.

A word weighs the more the fewer subjects have it (inverse document frequency, as lines do), without
its ending: "Fix provider updates" and "provider: fixes update" say the same. One that no subject has
(a ticket's number, a vendor's name) weighs nothing: upstream could not have said it.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from unfork.history import RAREST, Index, hash_words, stem, subject_words

Words = dict[str, float]


@dataclass(frozen=True, slots=True)
class Alike:
    """What two subjects have in common."""

    share: float  # weight of the words of both, over the geometric mean of all of each
    weight: float


@dataclass(frozen=True, eq=False)
class Subjects:
    """What the words of subjects weigh in an index; made once a run."""

    index: Index
    _read: dict[str, Words] = field(default_factory=dict)

    @cached_property
    def _known(self) -> tuple[NDArray[np.uint64], NDArray[np.float64]]:
        words, counts = np.unique(self.index.words, return_counts=True)
        whole = math.log(len(self.index) + 1)
        return words, np.maximum(whole - np.log(counts), 0.0) * (RAREST / whole)

    def read(self, subjects: Iterable[str]) -> None:
        """Weigh many subjects at once: one by one takes ten times as long."""
        fresh = [each for each in dict.fromkeys(subjects) if each not in self._read]
        named = [subject_words(each) for each in fresh]
        words = list({word for each in named for word in each})
        weights = dict(zip(words, self._weights(words), strict=True))
        for subject, each in zip(fresh, named, strict=True):
            self._read[subject] = {stem(word): weights[word] for word in each}

    def words_of(self, subject: str) -> Words:
        """The words of a subject without their endings, with their weights."""
        if subject not in self._read:
            self.read([subject])
        return self._read[subject]

    def _weights(self, words: list[str]) -> list[float]:
        known, weights = self._known
        if not words or not len(known):
            return [0.0] * len(words)
        hashes = hash_words(words)
        place = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
        found: list[float] = np.where(known[place] == hashes, weights[place], 0.0).tolist()
        return found

    @cached_property
    def totals(self) -> NDArray[np.float64]:
        """For each commit what the words of its subject weigh."""
        known, weights = self._known
        starts = self.index.commit_words.astype(np.int64)
        of_words = weights[np.searchsorted(known, self.index.words)]
        sums = np.concatenate([np.zeros(1), np.cumsum(of_words)])
        return np.asarray(sums[starts[1:]] - sums[starts[:-1]])

    def told(self, text: str, subject: str) -> float:
        """The share of a subject's weight that a text has; a message may speak of several things."""
        other = self.words_of(subject)
        total = sum(other.values())
        said = self.words_of(text).keys()
        return sum(weight for word, weight in other.items() if word in said) / total if total else 0.0

    def alike(self, ours: str, theirs: str) -> Alike:
        """How alike two subjects are."""
        mine, other = self.words_of(ours), self.words_of(theirs)
        # Of "migrate" and "migrating" the commoner form says how rare the word is.
        common = sum(min(mine[word], other[word]) for word in mine.keys() & other.keys())
        mean = math.sqrt(sum(mine.values()) * sum(other.values()))
        return Alike(common / mean if mean else 0.0, common)
