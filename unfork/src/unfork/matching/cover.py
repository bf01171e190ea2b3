"""Explain a patch by a set of upstream commits: each changed line by at most one of them.

The best commit is taken, its lines are set aside, and what is left is compared anew: a sibling that
shares only what is already explained then has nothing to offer (greedy weighted set cover, with the
model deciding at each step whether the next commit is part of the patch at all).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from unfork.history import ADDED
from unfork.matching.bags import QueryBags, bags_of, core_lines, placed_keys
from unfork.matching.features import Features, compare, rows_of, with_look
from unfork.matching.lookup import Lookup
from unfork.matching.model import Model
from unfork.matching.query import Query
from unfork.matching.rank import Ranked


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A commit of a cover."""

    number: int
    features: Features  # of what was left of the patch when it was taken
    probability: float  # that it is part of the patch
    lines: NDArray[np.int64]  # places in the query's lines that it explains


def cover(
    lookup: Lookup, query: Query, pool: Sequence[Ranked], model: Model, weights: dict[int, float]
) -> list[Part]:
    """The commits of ``pool`` that make up a query, in the order they were taken; often none."""
    parts: list[Part] = []
    open_lines = np.arange(len(query.lines))
    left = list(pool)
    rest = query
    core = core_lines(query)
    search = lookup.search
    enough = min(search.core, search.core_share * int(core.sum()))
    while left and len(open_lines) and len(parts) < search.parts:
        chances = model.probability(rows_of([each.features for each in left]))
        best = int(np.argmax(chances))
        if chances[best] < model.claim:
            break
        number, features = left[best].number, left[best].features
        explained = open_lines[explained_by(lookup, rest, number)]
        # Tests are copied, and code indented anew is nobody's: to share these says little.
        least = min(enough, search.core_share * lookup.lines_of(number).core)
        if core[explained].sum() < least or not _says_something(query, explained):
            left.pop(best)
            continue
        parts.append(Part(number, features, float(chances[best]), explained))
        open_lines = np.setdiff1d(open_lines, explained, assume_unique=True)
        rest = query.some(open_lines)
        mine = bags_of(rest, weights, lookup.vocabulary, lookup.became)
        left = [_again(lookup, rest, mine, each) for each in left if each.number != number]
    return parts


def _says_something(query: Query, explained: NDArray[np.int64]) -> bool:
    """Whether lines can make a commit a part. Where two changes remove the same lines and put other things
    in their place, they touch the same code and no more."""
    added = (query.lines & ADDED) == ADDED
    pieces = query.line_paths if query.pieces is None else query.pieces
    replacing = np.isin(pieces[explained], pieces[added])
    return bool(np.any(added[explained] | ~replacing))


def _again(lookup: Lookup, rest: Query, mine: QueryBags, ranked: Ranked) -> Ranked:
    """A candidate compared with what is left; where the lines stand was seen already."""
    features = compare(lookup, rest, mine, ranked.number)
    if ranked.features.looked:
        features = with_look(
            features,
            mine,
            lookup.lines_of(ranked.number).lines,
            ranked.anchored,
            surroundings=ranked.features.surroundings,
            patch_id=False,
        )
    return replace(ranked, features=features)


def explained_by(lookup: Lookup, query: Query, number: int) -> NDArray[np.int64]:
    """Places of a query's lines that a commit has, each of its lines used once, same files first."""
    theirs = lookup.lines_of(number)
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
