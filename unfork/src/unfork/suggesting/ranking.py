"""Rank documents for a patch: BM25 over its words, line candidates and bugs in one logistic regression.

BM25: Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009, as Lucene computes it. It is
six lines over the arrays that everything here needs anyway.
"""

import math
from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from unfork.history import is_aside
from unfork.model import Candidate
from unfork.suggesting.commits import Commits
from unfork.suggesting.documents import Documents
from unfork.suggesting.query import Query
from unfork.suggesting.weights import Weights

Scores = NDArray[np.float64]
Numbers = NDArray[np.int64]

_FEWEST = 0.1  # words in common where there are none, so that their logarithm stays small


class Ranking:
    """Documents ready to be asked."""

    def __init__(self, commits: Commits, documents: Documents, weights: Weights) -> None:
        self._weights = weights
        self._commits = commits
        self._count = len(documents.about)
        self.number = {term: number for number, term in enumerate(documents.vocabulary)}
        owner, terms, counts = documents.arrays()
        used = np.bincount(terms, minlength=len(self.number))
        self.rarity = np.log(self._count / np.maximum(1, used))  # inverse document frequency
        self._says = used <= max(1, weights.common * self._count)
        # Of each term its documents, and what it is worth in each: that is what is looked up.
        order = np.argsort(terms, kind="stable")
        self._starts = np.concatenate([[0], np.cumsum(used)])
        self._owner = owner[order]
        self._worth = _bm25(owner, terms, counts, used, self._count, weights)[order]
        self._by_document = (np.concatenate([[0], np.cumsum(documents.sizes)]), terms)
        self._aside = self._only_aside()
        self._ids: dict[str, list[int]] = {name: [*places] for name, places in commits.by_id.items()}
        for number, about in enumerate(documents.about):
            if about.blueprint:
                self._ids.setdefault(f"blueprint:{about.blueprint}", []).append(number)

    def chances(self, query: Query, candidates: Sequence[Candidate], without: Collection[int] = ()) -> Scores:
        """The chance that each document is about what the patch is about; 0 for those left out."""
        chance = self._weights.chance
        signals = self.signals(query, candidates, without)
        coefficients = [chance.words, chance.relative, chance.lines, chance.joined, chance.aside]
        found: Scores = 1 / (1 + np.exp(-(chance.none + signals @ coefficients)))
        found[list(without)] = 0
        return found

    def signals(self, query: Query, candidates: Sequence[Candidate], without: Collection[int] = ()) -> Scores:
        """What ``Chance`` has coefficients for: a row a document."""
        # On a scale where a word that nobody else has is worth about 1 in a history of any size.
        words = self._by_words(query) / math.log(self._count + 1)
        words[list(without)] = 0
        best = max(float(words.max(initial=0.0)), _FEWEST)
        lines = self._by_lines(candidates)
        joined = self._by_ids(query)
        return np.column_stack([np.log(np.maximum(words, _FEWEST)), words / best, lines, joined, self._aside])

    def chosen(self, query: Query) -> dict[int, float]:
        """The terms looked up and what each counts: the best of each kind that say something."""
        weights = self._weights
        found: dict[int, float] = {}
        for weight, counts, most in (
            (weights.subject, query.subject, weights.message_words),
            (weights.message, query.message, weights.message_words),
            (weights.code, query.code, weights.code_words),
        ):
            for number in self._best(counts, most):
                found[number] = found.get(number, 0.0) + weight
        return found

    def shared_terms(self, chosen: dict[int, float], document: int) -> list[int]:
        """Those of the terms that a document has, weightiest first."""
        starts, terms = self._by_document
        there = terms[starts[document] : starts[document + 1]].tolist()
        shared = [number for number in there if number in chosen]
        return sorted(shared, key=lambda number: (-chosen[number] * self.rarity[number], number))

    def _best(self, counts: Counter[str], most: int) -> list[int]:
        known = [
            (number, often) for term, often in counts.items() if (number := self.number.get(term)) is not None
        ]
        if not known:
            return []
        numbers, often = np.asarray(known, dtype=np.int64).T
        worth = np.where(self._says[numbers], (1 + np.log(often)) * self.rarity[numbers], -1.0)
        order = np.lexsort((numbers, -worth))[:most]
        best: list[int] = numbers[order][worth[order] >= 0].tolist()
        return best

    def _by_words(self, query: Query) -> Scores:
        chosen = self.chosen(query)
        numbers = np.fromiter(chosen, dtype=np.int64, count=len(chosen))
        weights = np.fromiter(chosen.values(), dtype=np.float64, count=len(chosen))
        counts = self._starts[numbers + 1] - self._starts[numbers]
        first = np.repeat(self._starts[numbers] - (np.cumsum(counts) - counts), counts)
        at = first + np.arange(len(first))
        worth = self._worth[at] * np.repeat(weights, counts)
        return np.bincount(self._owner[at], worth, minlength=self._count).astype(np.float64)

    def _only_aside(self) -> Scores:
        """1 for each commit that touches tests and documents only."""
        place, path = self._commits.touched
        aside = np.asarray([is_aside(each) for each in self._commits.paths], dtype=np.float64)
        files = np.bincount(place, minlength=self._count)
        all_aside = np.bincount(place, aside[path], minlength=self._count) == files
        return np.asarray((files > 0) & all_aside, dtype=np.float64)

    def _by_lines(self, candidates: Sequence[Candidate]) -> Scores:
        """Reciprocal rank among what the line matcher looked at."""
        scores = np.zeros(self._count)
        for rank, candidate in enumerate(candidates, start=1):
            if (place := self._commits.place.get(candidate.sha)) is not None:
                scores[place] = 1 / rank
        return scores

    def _by_ids(self, query: Query) -> Scores:
        """1 for the only commit that names the patch's bug; less for each of many, as a bug number
        that half of the history names joins nothing."""
        scores = np.zeros(self._count)
        whole = math.log(self._count + 1)
        for each in sorted(query.ids):
            named = self._ids.get(each, ())
            if named:
                scores[named] = np.maximum(scores[named], 1 - math.log(len(named)) / whole)
        return scores


def _bm25(
    owner: Numbers, terms: Numbers, counts: Scores, used: Numbers, documents: int, weights: Weights
) -> Scores:
    """What each term is worth in each document that has it."""
    lengths = np.bincount(owner, counts, minlength=documents).astype(np.float64)
    lengths /= max(1.0, float(lengths.mean())) if documents else 1.0
    rarity = np.log(1 + (documents - used + 0.5) / (used + 0.5))
    worth: Scores = (
        rarity[terms] * counts / (counts + weights.k1 * (1 - weights.b + weights.b * lengths[owner]))
    )
    return worth
