"""Which upstream commits a change could be: found by content, subject and identifiers, never by path."""

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from unfork.history import RAREST
from unfork.matching.lookup import Lookup, Postings
from unfork.matching.query import Query

_TABLE = 1 << 22  # bits of a hash that the first sieve looks at
_COMMON = 0.02  # a line in more than this share of commits names nobody (but still counts in scores)
_AT_LEAST = 64  # in a small history that share is no number of commits worth leaving out
_BEST = 12  # by each measure
_FEW = 40  # commits that share an identifier; a bug with more is a theme
_NEAR_SUBJECTS = 6
_ALIKE = 0.5  # share of a subject's weight that a near one must have
_BLOCK = 200  # queries at a time, so that memory stays bounded for any number of them


def find_candidates(lookup: Lookup, queries: Sequence[Query]) -> list[list[int]]:
    """Commit numbers for each query, unordered."""
    pools: list[set[int]] = [set() for _ in queries]
    _by_lines(lookup, queries, pools)
    _by_words(lookup, queries, pools)
    for query, pool in zip(queries, pools, strict=True):
        for each in query.ids:
            named = lookup.with_id(each)
            if len(named) <= _FEW:
                pool.update(named.tolist())
        if query.subject:
            pool.update(lookup.with_subject(query.subject)[:_FEW].tolist())
    _by_hash(lookup, queries, pools)
    return [sorted(number for number in pool if lookup.wanted[number]) for pool in pools]


def _by_lines(lookup: Lookup, queries: Sequence[Query], pools: list[set[int]]) -> None:
    """The best by weighted Jaccard and by the share of the patch found (containment)."""
    sets = [np.unique(query.lines) for query in queries]
    for begin in range(0, len(sets), _BLOCK):
        owners, commits, common = _common_weight(lookup, sets[begin : begin + _BLOCK])
        bounds = np.searchsorted(owners, np.arange(min(_BLOCK, len(sets) - begin) + 1))
        for place, (first, last) in enumerate(itertools.pairwise(bounds.tolist())):
            if first == last:
                continue
            found = commits[first:last]
            shared = common[first:last]
            whole = max(float(shared.max()), _weight(queries[begin + place]))
            jaccard = shared / (whole + lookup.commit_weight[found] - shared)
            for score in (jaccard, shared):
                pools[begin + place].update(found[_top(score, _BEST)].tolist())


def _weight(query: Query) -> float:
    """Rough weight of a query: enough to rank by."""
    return float(len(query.lines)) * RAREST * 0.8


def _top(score: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    if len(score) <= count:
        return np.arange(len(score))
    return np.argpartition(score, -count)[-count:]


def _common_weight(
    lookup: Lookup, sets: Sequence[NDArray[np.uint64]]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Query, commit and the weight of the rare lines they share, for every pair that shares one."""
    index = lookup.index
    owners = np.repeat(np.arange(len(sets)), [len(each) for each in sets])
    keys = np.concatenate(sets)
    order = np.argsort(keys, kind="stable")
    keys, owners = keys[order], owners[order]
    places = _sieve(index.lines, keys)
    rare = 16 * np.log2(max(_AT_LEAST, _COMMON * len(lookup)))
    places = places[index.rarity[places] <= rare]
    first = np.searchsorted(keys, index.lines[places], side="left")
    counts = np.searchsorted(keys, index.lines[places], side="right") - first
    real = counts > 0
    places, first, counts = places[real], first[real], counts[real]
    # One row a pair: line `places[i]` of the index with each of the `counts[i]` queries that have it.
    which = np.repeat(np.arange(len(places)), counts)
    key = first[which] + np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    commits = (np.searchsorted(lookup.line_starts, places, side="right") - 1)[which]
    # A line that a commit has twice counts once.
    _, once = np.unique(key * np.int64(len(lookup)) + commits, return_index=True)
    pair = owners[key[once]] * np.int64(len(lookup)) + commits[once]
    pairs, where = np.unique(pair, return_inverse=True)
    weight = np.bincount(where, weights=lookup.weights(places[which[once]])).astype(np.float64)
    return pairs // len(lookup), pairs % len(lookup), weight


def _sieve(terms: NDArray[np.uint64], keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Places of terms that may be among the keys: one pass through a table of bits."""
    table = np.zeros(_TABLE, dtype=bool)
    table[keys & np.uint64(_TABLE - 1)] = True
    found = [
        np.flatnonzero(table[terms[at : at + _TABLE] & np.uint64(_TABLE - 1)]) + at
        for at in range(0, len(terms), _TABLE)  # some at a time, so that memory stays bounded
    ]
    return np.concatenate(found) if found else np.empty(0, np.int64)


def _by_words(lookup: Lookup, queries: Sequence[Query], pools: list[set[int]]) -> None:
    """The nearest subjects by weighted Jaccard of their words."""
    asked = [query.words for query in queries if len(query.words)]
    if not asked:
        return
    index = lookup.index
    places = _sieve(index.words, np.concatenate(asked))
    starts = index.commit_words.astype(np.int64)
    has = Postings.of(index.words[places], np.searchsorted(starts, places, side="right") - 1)
    for query, pool in zip(queries, pools, strict=True):
        if not len(query.words):
            continue
        mine = np.unique(query.words)
        first, last = np.searchsorted(has.keys, mine, "left"), np.searchsorted(has.keys, mine, "right")
        weight = np.log((len(lookup) + 1) / np.maximum(1, last - first))
        found = np.concatenate(
            [has.owners[low:high] for low, high in zip(first.tolist(), last.tolist(), strict=True)]
        )
        # Counted over all commits: some words are in every other subject, too many to sort.
        common = np.bincount(found, np.repeat(weight, last - first), minlength=len(lookup))
        score = common / weight.sum()
        near = np.flatnonzero(score > _ALIKE)
        pool.update(near[_top(score[near], _NEAR_SUBJECTS)].tolist())


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
    places = _sieve(lookup.index.lines, np.concatenate(lines))
    found, first = np.unique(lookup.index.lines[places], return_index=True)
    return dict(zip(found.tolist(), lookup.weights(places[first]).tolist(), strict=True))
