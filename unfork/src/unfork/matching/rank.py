"""Look up changes and rank what upstream has: the part of matching that evaluation measures."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from unfork.history import WideDiff
from unfork.matching.bags import QueryBags, bags_of
from unfork.matching.candidates import find_candidates, line_weights
from unfork.matching.context import anchored_lines, is_blank, same_patch_id, shared_surroundings
from unfork.matching.features import Features, adds_alike, compare, rows_of, with_look
from unfork.matching.lookup import Lookup
from unfork.matching.model import Model
from unfork.matching.query import Query
from unfork.matching.settings import Search

ReadWide = Callable[[Sequence[str]], Mapping[str, WideDiff]]
_NOWHERE = np.empty(0, np.uint64)


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """A commit that was compared with a change."""

    number: int
    features: Features
    probability: float  # by the first model
    likely: float  # by the model that finds it most probable
    anchored: NDArray[np.uint64] = field(default_factory=lambda: _NOWHERE)  # lines in the same place of both


def rank(
    lookup: Lookup,
    queries: Sequence[Query],
    wide: Callable[[int], WideDiff],
    models: Sequence[Model],
    topic: Model,
    read_wide: ReadWide,
    *,
    without: Mapping[int, frozenset[int]] | None = None,
) -> list[list[Ranked]]:
    """For each query the commits compared: what any of the models finds most probable first, in turns with
    what ``topic`` finds most likely to be about the same thing and with what both agree on.

    ``wide`` gives a query's own diff with context, by its place; ``read_wide`` those of upstream commits:
    of those that one of the models finds likely. ``without`` names, by the query's place, commits
    that must not be seen (an evaluation leaves the true ones out).
    """
    weights = line_weights(lookup, queries)
    pools = _pools(lookup, queries, without)
    infos = lookup.index.infos
    lookup.subject_words.read(infos[number].subject for pool in pools for number in pool)
    bags = [bags_of(query, weights, lookup.vocabulary, lookup.became) for query in queries]
    compared = [
        [compare(lookup, query, mine, number) for number in pool]
        for query, mine, pool in zip(queries, bags, pools, strict=True)
    ]
    near = [_near(features, models, lookup.search) for features in compared]
    looked_at = sorted({pool[at] for pool, places in zip(pools, near, strict=True) for at in places})
    diffs = read_wide([infos[number].sha for number in looked_at])  # neighbours share delta bases
    answers = []
    for place, pool in enumerate(pools):
        anchored = _look(
            lookup, bags[place], pool, near[place], compared[place], diffs, wide(place) if near[place] else {}
        )
        answers.append(_ranked(pool, compared[place], models, topic, anchored))
    return answers


def _look(
    lookup: Lookup,
    mine: QueryBags,
    pool: Sequence[int],
    near: Sequence[int],
    features: list[Features],
    diffs: Mapping[str, WideDiff],
    ours: WideDiff,
) -> dict[int, NDArray[np.uint64]]:
    """Compare a change with the candidates in the places ``near`` of its pool, context included: their
    features are changed in place. The lines of each that stand in the same place."""
    anchored: dict[int, NDArray[np.uint64]] = {}
    for at in near:
        theirs = diffs.get(lookup.index.infos[pool[at]].sha, {})
        lines = lookup.lines_of(pool[at]).lines
        shared = mine.lines.keys[mine.lines.counted(mine.lines.places(lines)) > 0]
        anchored[at] = anchored_lines(ours, theirs, shared, lookup.search)
        same = same_patch_id(ours, theirs) or (is_blank(ours) and features[at].same_lines > 0)
        features[at] = with_look(
            features[at], mine, lines, anchored[at],
            surroundings=shared_surroundings(ours, theirs), patch_id=same,
        )  # fmt: skip
    return anchored


def rank_by_lines(lookup: Lookup, queries: Sequence[Query], model: Model) -> list[list[Ranked]]:
    """The ranking the index alone gives, with no look at the surroundings."""
    weights = line_weights(lookup, queries)
    answers = []
    for query, pool in zip(queries, _pools(lookup, queries, None), strict=True):
        mine = bags_of(query, weights, lookup.vocabulary, lookup.became)
        features = [compare(lookup, query, mine, number) for number in pool]
        answers.append(_ranked(pool, features, (model,), model, {}))
    return answers


def _pools(
    lookup: Lookup, queries: Sequence[Query], without: Mapping[int, frozenset[int]] | None
) -> list[list[int]]:
    hidden = without or {}
    return [
        [number for number in pool if number not in hidden.get(place, frozenset())]
        for place, pool in enumerate(find_candidates(lookup, queries))
    ]


def _near(features: Sequence[Features], models: Sequence[Model], search: Search) -> list[int]:
    """The places of those worth a look: the best few by each model."""
    found: set[int] = set()
    rows = rows_of(features)
    for model in models:
        chances = model.probability(rows)
        best = np.argsort(-chances, kind="stable")[: search.look]
        found.update(best[chances[best] >= search.worth_a_look].tolist())
    return sorted(found)


def _ranked(
    numbers: Sequence[int],
    features: Sequence[Features],
    models: Sequence[Model],
    topic: Model,
    anchored: Mapping[int, NDArray[np.uint64]],
) -> list[Ranked]:
    rows = rows_of(features)
    same = models[0].probability(rows).tolist()
    most = np.max([model.probability(rows) for model in models], axis=0).tolist()
    ranked = [
        Ranked(number, each, chance, best if adds_alike(each) else chance, anchored.get(at, _NOWHERE))
        for at, (number, each, chance, best) in enumerate(zip(numbers, features, same, most, strict=True))
    ]
    by_models = sorted(ranked, key=lambda each: (*_order(each, models[0]), each.number))
    about = dict(zip(numbers, topic.probability(rows).tolist(), strict=True))
    by_topic = sorted(ranked, key=lambda each: (-about[each.number], each.number))
    by_both = sorted(ranked, key=lambda each: (-_odds(each.likely) - _odds(about[each.number]), each.number))
    turns = zip(by_models, by_both, by_topic, strict=True)
    order = {each.number: each for turn in turns for each in turn}
    return list(order.values())


def _odds(chance: float) -> float:
    """The logarithm of the odds: those of two models are added."""
    return math.log((chance + 1e-12) / (1 - chance + 1e-12))


def _order(ranked: Ranked, first: Model) -> tuple[bool, float]:
    """What may well be the same change comes before what may be a part of it."""
    same = ranked.probability >= first.ask
    return not same, -(ranked.probability if same else ranked.likely)
