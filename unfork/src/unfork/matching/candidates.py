"""Which upstream commits a change could be: found by content, subject and identifiers, never by path."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unfork.history import RAREST, hash_words, subject_words
from unfork.matching.lookup import Lookup, Postings
from unfork.matching.query import Query
from unfork.matching.terms import Terms, sieve

_NONE = np.empty(0, np.uint64)
_BLOCK = 40  # queries at a time, so that memory stays bounded for any number of them


def find_candidates(lookup: Lookup, queries: Sequence[Query]) -> list[list[int]]:
    """Commit numbers for each query, unordered."""
    pools: list[set[int]] = [set() for _ in queries]
    _by_lines(lookup, queries, pools)
    _by_names(lookup, queries, pools)
    _by_words(lookup, queries, pools)
    for query, pool in zip(queries, pools, strict=True):
        for each in query.ids:
            named = lookup.with_id(each)
            if len(named) <= lookup.search.same_id:
                pool.update(named.tolist())
        if query.subject:
            pool.update(lookup.with_subject(query.subject)[: lookup.search.same_id].tolist())
    _by_hash(lookup, queries, pools)
    return [sorted(number for number in pool if lookup.wanted[number]) for pool in pools]


def _by_lines(lookup: Lookup, queries: Sequence[Query], pools: list[set[int]]) -> None:
    """The best by weighted Jaccard, by the share of the patch found (containment), and by what is found over
    the root of the commit's size: in a large patch the first two see large commits only."""
    rare = lookup.index.rarity <= 16 * np.log2(
        max(lookup.search.few_commits, lookup.search.common_line * len(lookup))
    )
    terms = Terms(lookup.index.lines, lookup.weights, rare, lookup.line_starts)
    for place, found, shared in _found(terms, [np.unique(query.lines) for query in queries]):
        whole = max(float(shared.max()), _weight(queries[place]))
        jaccard = shared / (whole + lookup.commit_weight[found] - shared)
        cosine = shared / np.sqrt(np.maximum(lookup.commit_weight[found], RAREST))
        for score in (jaccard, shared, cosine):
            pools[place].update(found[_top(score, lookup.search.best)].tolist())


def _by_names(lookup: Lookup, queries: Sequence[Query], pools: list[set[int]]) -> None:
    """The best by the names in changed lines, and by these in the same files."""
    vocabulary = lookup.vocabulary
    terms = vocabulary.terms(max(lookup.search.few_commits, lookup.search.common_name * len(lookup)))
    names = [query.tokens >> np.uint32(2) for query in queries]
    for place, found, shared in _found(terms, names):
        score = shared / np.sqrt(vocabulary.commit_weight[found])
        for each in (score, score * (lookup.search.elsewhere + _same_files(lookup, queries[place])[found])):
            pools[place].update(found[_top(each, lookup.search.best)].tolist())


def _same_files(lookup: Lookup, query: Query) -> NDArray[np.float64]:
    """For each commit the files it shares with a query, over the geometric mean of how many each has."""
    files = {lookup.became.get(path, path) for path in query.paths}
    numbers = [number for path in files for number in lookup.by_path.get(path, ())]
    hit = np.isin(lookup.index.file_path, np.array(numbers, dtype=np.uint32))
    starts = lookup.index.commit_files.astype(np.int64)
    counts = np.concatenate([[0], np.cumsum(hit)])
    shared = counts[starts[1:]] - counts[starts[:-1]]
    return np.asarray(shared / np.sqrt(np.maximum(1, len(files) * np.diff(starts))))


def _found(
    terms: Terms, sets: Sequence[NDArray[Any]]
) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.float64]]]:
    """For each set of terms that is found at all: its place, the commits, and what they share."""
    for begin in range(0, len(sets), _BLOCK):
        block = sets[begin : begin + _BLOCK]
        owners, commits, common = terms.common(block)
        bounds = np.searchsorted(owners, np.arange(len(block) + 1))
        for place, (first, last) in enumerate(itertools.pairwise(bounds.tolist())):
            if first < last:
                yield begin + place, commits[first:last], common[first:last]


def _weight(query: Query) -> float:
    """Rough weight of a query: enough to rank by."""
    return float(len(query.lines)) * RAREST * 0.8


def _top(score: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    if len(score) <= count:
        return np.arange(len(score))
    return np.argpartition(score, -count)[-count:]


def _by_words(lookup: Lookup, queries: Sequence[Query], pools: list[set[int]]) -> None:
    """The nearest subjects: by weighted Jaccard of their words, and by what of them a message says."""
    said = [hash_words(subject_words(query.text)) if query.message else _NONE for query in queries]
    asked = [words for words in (*(query.words for query in queries), *said) if len(words)]
    if not asked:
        return
    search, index = lookup.search, lookup.index
    places = sieve(index.words, np.concatenate(asked))
    starts = index.commit_words.astype(np.int64)
    has = Postings.of(index.words[places], np.searchsorted(starts, places, side="right") - 1)
    length = np.sqrt(np.maximum(lookup.subject_words.totals, RAREST))
    for query, words, pool in zip(queries, said, pools, strict=True):
        if len(query.words):
            score = _in_subjects(lookup, has, np.unique(query.words), len(lookup))
            near = np.flatnonzero(score > search.alike_subject)
            pool.update(near[_top(score[near], search.near_subjects)].tolist())
        if len(words):
            # Of the many words of a message those are looked up that few subjects have.
            most = max(search.few_commits, search.common_name * len(lookup))
            score = _in_subjects(lookup, has, np.unique(words), most) / length
            near = np.flatnonzero(score)
            pool.update(near[_top(score[near], search.near_subjects)].tolist())


def _in_subjects(
    lookup: Lookup, has: Postings, words: NDArray[np.uint64], most: float
) -> NDArray[np.float64]:
    """For each commit the share of the words' weight that its subject has; words of more subjects than
    ``most`` are passed over."""
    first, last = np.searchsorted(has.keys, words, "left"), np.searchsorted(has.keys, words, "right")
    weight = np.log((len(lookup) + 1) / np.maximum(1, last - first))
    kept = last - first <= most
    first, last = first[kept], last[kept]
    spans = [has.owners[low:high] for low, high in zip(first.tolist(), last.tolist(), strict=True)]
    if not spans:
        return np.zeros(len(lookup))
    # Counted over all commits: some words are in every other subject, too many to sort.
    common = np.bincount(np.concatenate(spans), np.repeat(weight[kept], last - first), minlength=len(lookup))
    return np.asarray(common / weight.sum())


def _by_hash(lookup: Lookup, queries: Sequence[Query], pools: list[set[int]]) -> None:
    """Commits whose hash, full or abbreviated, the message names."""
    for query, pool in zip(queries, pools, strict=True):
        named = (lookup.index.shas.find(short) for short in query.hashes)
        pool.update(number for number in named if number is not None)


def line_weights(lookup: Lookup, queries: Sequence[Query]) -> dict[int, float]:
    """The weight of each line of the queries that upstream has anywhere."""
    lines = [query.lines for query in queries if len(query.lines)]
    if not lines:
        return {}
    places = sieve(lookup.index.lines, np.concatenate(lines))
    found, first = np.unique(lookup.index.lines[places], return_index=True)
    return dict(zip(found.tolist(), lookup.weights(places[first]).tolist(), strict=True))
