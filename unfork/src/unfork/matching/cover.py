"""Explain a patch by a set of upstream commits: each changed line by at most one of them.

The best commit is taken, its lines are set aside, and what is left is compared anew: a sibling that
shares only what is already explained then has nothing to offer (greedy weighted set cover, with the
model deciding at each step whether the next commit is part of the patch at all).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from unfork.matching.bags import bags_of, lines_of, placed_keys
from unfork.matching.features import FEATURE_NAMES, Features, as_row, compare
from unfork.matching.lookup import Lookup
from unfork.matching.model import Model
from unfork.matching.query import Query

_MOST = 12  # commits a patch is taken apart into; more is a whole release


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A commit of a cover."""

    number: int
    features: Features  # of what was left of the patch when it was taken
    probability: float  # that it is part of the patch
    lines: NDArray[np.int64]  # places in the query's lines that it explains


def cover(
    lookup: Lookup, query: Query, pool: Mapping[int, Features], model: Model, weights: dict[int, float]
) -> list[Part]:
    """The commits of ``pool`` that make up a query, in the order they were taken; often none.

    ``pool`` gives for each commit how it compares with the whole query.
    """
    parts: list[Part] = []
    open_lines = np.arange(len(query.lines))
    left = dict(pool)
    rest = query
    while left and len(open_lines) and len(parts) < _MOST:
        rows = np.array([as_row(each) for each in left.values()]).reshape(len(left), len(FEATURE_NAMES))
        chances = model.probability(rows)
        best = int(np.argmax(chances))
        if chances[best] < model.claim:
            break
        number, features = list(left.items())[best]
        explained = open_lines[explained_by(lookup, rest, number)]
        if not len(explained):
            break
        parts.append(Part(number, features, float(chances[best]), explained))
        open_lines = np.setdiff1d(open_lines, explained, assume_unique=True)
        rest = _only(query, open_lines)
        mine = bags_of(rest, weights, lookup.became)
        left = {other: compare(lookup, rest, mine, other) for other in left if other != number}
    return parts


def _only(query: Query, places: NDArray[np.int64]) -> Query:
    """A query of some of the lines."""
    return replace(query, lines=query.lines[places], line_paths=query.line_paths[places], pieces=None)


def explained_by(lookup: Lookup, query: Query, number: int) -> NDArray[np.int64]:
    """Places of a query's lines that a commit has, each of its lines used once, same files first."""
    theirs = lines_of(lookup.index, number, lookup.became)
    stock = Counter(theirs.lines.tolist())
    placed = Counter(theirs.placed.tolist())
    ours = placed_keys(query, lookup.became)
    found = []
    rest = []
    for place, (line, key) in enumerate(zip(query.lines.tolist(), ours.tolist(), strict=True)):
        if placed[key] > 0 and stock[line] > 0:
            placed[key] -= 1
            stock[line] -= 1
            found.append(place)
        elif stock[line] > 0:
            rest.append((place, line))
    for place, line in rest:
        if stock[line] > 0:
            stock[line] -= 1
            found.append(place)
    return np.array(sorted(found), dtype=np.int64)
