"""Lines as weighted multisets: what two changes share, counted three ways."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from unfork.history import ADDED, RAREST, Index, is_aside, kept_lines
from unfork.matching.order import Order, neighbours, order_of
from unfork.matching.query import Query
from unfork.matching.vocabulary import Names, Vocabulary

_U64 = NDArray[np.uint64]
Renames = Mapping[str, str]  # what a renamed file is called in the end


@dataclass(frozen=True, slots=True, eq=False)
class Bag:
    """Distinct keys, sorted, with how often each occurs and what one occurrence weighs."""

    keys: _U64
    counts: NDArray[np.int64]
    weights: NDArray[np.float64]
    place_of: NDArray[np.int64]  # of each key as given, its place among the distinct ones
    total: float  # the weight of everything in it

    @classmethod
    def of(cls, keys: _U64, weights: NDArray[np.float64]) -> "Bag":
        """A bag of keys, each with its weight."""
        distinct, first, place_of, counts = np.unique(
            keys, return_index=True, return_inverse=True, return_counts=True
        )
        return cls(distinct, counts, weights[first], place_of, float((counts * weights[first]).sum()))

    def places(self, others: _U64) -> NDArray[np.int64]:
        """For each of others its place among the keys; one past the last of them where it is none."""
        place = self.keys.searchsorted(others)
        if len(self.keys):
            place[place == len(self.keys)] = 0
            place[self.keys[place] != others] = len(self.keys)
        return place

    def counted(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """How often each key is among others that are in these places."""
        return np.bincount(places, minlength=len(self.keys) + 1)[:-1]

    def shared(self, found: NDArray[np.int64]) -> float:
        """The weight of what is in both, of others that have each key so often; a key counts as often as
        both have it."""
        return float((np.minimum(found, self.counts) * self.weights).sum())


@dataclass(frozen=True, slots=True, eq=False)
class QueryBags:
    """A query's lines ready for comparing; made once a query."""

    lines: Bag  # wherever they are
    added: Bag  # those that are added
    added_at: NDArray[np.int64]  # the place of each of these among all
    core: Bag  # those in the product's files that are not only moved; all lines where there is none
    core_at: NDArray[np.int64]
    placed: Bag  # with their file
    neighbours: Bag  # pairs of lines that follow each other in a file
    names: Names
    paths: frozenset[str]
    order: Order

    @property
    def total(self) -> float:
        """The weight of all lines."""
        return self.lines.total


def bags_of(query: Query, weight_of: dict[int, float], vocabulary: Vocabulary, became: Renames) -> QueryBags:
    """Weigh a query's lines and names: those upstream has by how rare they are, others as the rarest."""
    weights = np.array([weight_of.get(key, RAREST) for key in query.lines.tolist()], dtype=np.float64)
    together = query.line_paths[1:] == query.line_paths[:-1]
    is_added = (query.lines & ADDED) == ADDED
    is_core = core_lines(query)
    lines = Bag.of(query.lines, weights)
    added = Bag.of(query.lines[is_added], weights[is_added])
    core = Bag.of(query.lines[is_core], weights[is_core])
    placed = Bag.of(placed_keys(query, became), weights)
    pairs = Bag.of(neighbours(query.lines)[together], ((weights[1:] + weights[:-1]) / 2)[together])
    pair_of = np.full(len(together), len(pairs.keys))
    pair_of[together] = pairs.place_of
    return QueryBags(
        lines=lines,
        added=added,
        added_at=lines.places(added.keys),
        core=core,
        core_at=lines.places(core.keys),
        placed=placed,
        neighbours=pairs,
        names=vocabulary.weigh(query.tokens),
        paths=frozenset(became.get(path, path) for path in query.paths),
        order=order_of(query, weights, is_core, lines.place_of, placed.place_of, pair_of),
    )


def core_lines(query: Query) -> NDArray[np.bool_]:
    """Which lines of a change do something: those in the product's files that are not only moved or
    indented otherwise; all where there is none."""
    aside = np.array([is_aside(path) for path in query.paths] or [False])[query.line_paths]
    core = ~aside & kept_lines(query.lines)
    return core if core.any() else np.ones(len(query.lines), dtype=bool)


def placed_keys(query: Query, became: Renames) -> _U64:
    """A query's lines, each salted with its file, by the name that file has in the end."""
    salts = np.array([path_hash(became.get(path, path)) for path in query.paths] or [0], dtype=np.uint64)
    return query.lines ^ salts[query.line_paths]


@dataclass(frozen=True, eq=False)
class CommitLines:
    """The lines of one indexed commit, as bags want them."""

    lines: _U64
    placed: _U64
    neighbours: _U64
    tokens: NDArray[np.uint32]
    paths: list[str]
    rarity: NDArray[np.uint8]  # of each line, as in the index
    _file_of: NDArray[np.int64]  # of each line the place of its path

    @cached_property
    def is_kept(self) -> NDArray[np.bool_]:
        """Which of the lines are not only moved."""
        return kept_lines(self.lines)  # dear, and only asked where lines are shared

    @property
    def core(self) -> int:
        """How many of these are in the product's files."""
        return int((self.is_kept & ~self._is_aside).sum())

    @cached_property
    def _is_aside(self) -> NDArray[np.bool_]:
        aside = np.array([is_aside(path) for path in self.paths] or [False])
        return np.asarray(aside[self._file_of])

    def by_file(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """The sum of its lines' weights in each of the product's files; nothing in the others."""
        own = np.where(self._is_aside, 0.0, weights)
        return np.bincount(self._file_of, own, minlength=1).astype(np.float64, copy=False)


def read_lines(index: Index, number: int, became: Renames) -> CommitLines:
    """The lines of the commit of this number."""
    first, last = int(index.commit_files[number]), int(index.commit_files[number + 1])
    bounds = index.file_lines[first : last + 1].astype(np.int64)
    lines = index.lines[bounds[0] : bounds[-1]]
    names = [index.paths[path] for path in index.file_path[first:last].tolist()]
    paths = [became.get(name, name) for name in names]
    file_of = np.repeat(np.arange(len(paths)), np.diff(bounds))
    salts = np.array([path_hash(path) for path in paths] or [0], dtype=np.uint64)
    pairs = neighbours(lines)[file_of[1:] == file_of[:-1]]
    tokens = index.tokens[index.commit_tokens[number] : index.commit_tokens[number + 1]]
    rarity = index.rarity[bounds[0] : bounds[-1]]
    return CommitLines(lines, lines ^ salts[file_of], pairs, tokens, paths, rarity, file_of)


def path_hash(path: str) -> int:
    """A salt for the lines of a file; valid within one process."""
    return hash(("path", path)) & 0xFFFFFFFFFFFFFFFF
