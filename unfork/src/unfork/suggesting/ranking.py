"""Rank documents for a patch: BM25 over its words, blended with files, line candidates and bugs.

BM25: Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009; by the library bm25s.
"""

import math
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from unfork.history import History
from unfork.model import Candidate
from unfork.suggesting.documents import Documents
from unfork.suggesting.query import Query
from unfork.suggesting.weights import Weights

if TYPE_CHECKING:
    from bm25s import BM25

Scores = NDArray[np.float64]


class Ranking:
    """Documents ready to be asked. Building takes about 0.3 s for 8,000 commits."""

    def __init__(self, history: History, documents: Documents, weights: Weights) -> None:
        self._weights = weights
        self._count = len(documents.about)
        self.terms = documents.each()
        self.number = {term: number for number, term in enumerate(documents.vocabulary)}
        used = Counter(number for each in self.terms for number in set(each))
        self._used = [used[number] for number in range(len(documents.vocabulary))]
        self._bm25 = _index(self.terms, self.number, weights) if self.number else None
        self._places = {sha: place for place, sha in enumerate(history.shas)}
        self._files = _files(history)
        self._file_counts = np.maximum(1, [len(each) for each in self._files])
        self._by_path: dict[int, list[int]] = {}
        for place, each in enumerate(self._files):
            for path in each:
                self._by_path.setdefault(path, []).append(place)
        aside = [_is_aside(path) for path in history.index.paths]
        self._factor = np.ones(self._count)
        for place, each in enumerate(self._files):
            if each and all(aside[path] for path in each):
                self._factor[place] = weights.aside
        self._path_number = {path: number for number, path in enumerate(history.index.paths)}
        self._ids: dict[str, list[int]] = {}
        for place, number in enumerate(history.searched.tolist()):
            for each in history.index.infos[number].ids:
                self._ids.setdefault(each, []).append(place)
        for number, about in enumerate(documents.about):
            if about.spec:
                self._ids.setdefault(f"blueprint:{about.blueprint}", []).append(number)

    def score(self, query: Query, candidates: Sequence[Candidate]) -> Scores:
        """How well each document fits; 0 for one that too little ties to the patch."""
        weights = self._weights
        words = sum((weight * self._bm25_of(chosen) for weight, chosen in self.chosen(query)), self._zeros())
        joined = self._by_ids(query)
        blend = self._factor * (
            _scaled(words)
            + weights.files * _scaled(self._by_files(query))
            + weights.lines * self._by_lines(candidates)
            + weights.joined * joined
        )
        enough = (words >= weights.least * math.log(self._count + 1)) | (joined > 0)
        return np.where(enough, blend, 0.0)

    def chosen(self, query: Query) -> list[tuple[float, list[int]]]:
        """The terms looked up, by kind with the kind's weight, best first: those that say something."""
        weights = self._weights
        return [
            (weights.subject, self._best(query.subject, weights.message_words)),
            (weights.message, self._best(query.message, weights.message_words)),
            (weights.code, self._best(query.code, weights.code_words)),
        ]

    def rarity(self, number: int) -> float:
        """Weight of a term: ln of documents over documents that have it (inverse document frequency)."""
        return math.log(self._count / max(1, self._used[number]))

    def shared_paths(self, query: Query, place: int) -> list[str]:
        """The patch's files that a commit touches too, rarest first."""
        files = set(self._files[place])
        shared = [path for path in query.paths if self._path_number.get(path) in files]
        return sorted(shared, key=lambda path: (len(self._by_path[self._path_number[path]]), path))

    def _best(self, counts: Counter[str], most: int) -> list[int]:
        worth = {
            number: (1 + math.log(count)) * self.rarity(number)
            for term, count in counts.items()
            if (number := self.number.get(term)) is not None
            and self._used[number] <= max(1, self._weights.common * self._count)
        }
        return sorted(worth, key=lambda number: (-worth[number], number))[:most]

    def _zeros(self) -> Scores:
        return np.zeros(self._count)

    def _bm25_of(self, chosen: list[int]) -> Scores:
        if self._bm25 is None or not chosen:
            return self._zeros()
        return np.asarray(self._bm25.get_scores_from_ids(chosen), dtype=np.float64)

    def _by_files(self, query: Query) -> Scores:
        """Rarity of the files in common, held back for commits that touch many."""
        scores = self._zeros()
        commits = len(self._files)
        for path in query.paths:
            places = self._by_path.get(self._path_number.get(path, -1), ())
            if places:
                scores[places] += math.log(commits / len(places))
        scores[:commits] /= np.sqrt(self._file_counts)
        return scores

    def _by_lines(self, candidates: Sequence[Candidate]) -> Scores:
        """Reciprocal rank among what the line matcher looked at."""
        scores = self._zeros()
        for rank, candidate in enumerate(candidates, start=1):
            if (place := self._places.get(candidate.sha)) is not None:
                scores[place] = 1 / rank
        return scores

    def _by_ids(self, query: Query) -> Scores:
        """1 for the only commit that names the patch's bug; less for each of many, as a bug number
        that half of the history names joins nothing."""
        scores = self._zeros()
        whole = math.log(self._count + 1)
        for each in sorted(query.ids):
            named = self._ids.get(each, ())
            if named:
                scores[named] = np.maximum(scores[named], 1 - math.log(len(named)) / whole)
        return scores


def _index(terms: list[list[int]], number: dict[str, int], weights: Weights) -> "BM25":
    import bm25s  # 45 ms; a warm scan does not come here

    found = bm25s.BM25(k1=weights.k1, b=weights.b)
    found.index((terms, dict(number)), show_progress=False)
    return found


def _files(history: History) -> list[list[int]]:
    """Numbers of the paths of each searched commit, old names of renamed files too."""
    index = history.index
    starts = index.commit_files.tolist()
    new, old = index.file_path.tolist(), index.file_old_path.tolist()
    known = len(index.paths)
    files: list[list[int]] = []
    for number in history.searched.tolist():
        span = slice(starts[number], starts[number + 1])
        files.append([path for path in dict.fromkeys(new[span] + old[span]) if path < known])
    return files


def _is_aside(path: str) -> bool:
    """Whether a file is beside the product: tests and documents replace nothing by themselves."""
    folders = path.lower().split("/")
    return bool({"tests", "test", "doc", "docs", "releasenotes"} & set(folders[:-1]))


def _scaled(scores: Scores) -> Scores:
    """On a scale where the best has 1."""
    best = float(scores.max(initial=0.0))
    return scores / best if best > 0 else scores
