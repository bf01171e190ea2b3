"""Look up changes and rank what upstream has: the part of matching that evaluation measures."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from unfork.history import WideDiff
from unfork.matching.bags import bags_of
from unfork.matching.candidates import find_candidates, line_weights
from unfork.matching.context import same_patch_id, shared_surroundings
from unfork.matching.features import FEATURE_NAMES, Features, as_row, compare
from unfork.matching.lookup import Lookup
from unfork.matching.model import Model
from unfork.matching.query import Query

_LOOK = 3  # candidates a query that are looked at with their context
_WORTH = 0.01  # and only those that are not hopeless

ReadWide = Callable[[Sequence[str]], Mapping[str, WideDiff]]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A commit that was compared with a change."""

    number: int
    features: Features
    probability: float


def rank(
    lookup: Lookup,
    queries: Sequence[Query],
    wide: Callable[[int], WideDiff],
    model: Model,
    read_wide: ReadWide,
    *,
    without: Mapping[int, frozenset[int]] | None = None,
) -> list[list[Ranked]]:
    """For each query the commits compared, most probable first.

    ``wide`` gives a query's own diff with context, by its place; ``read_wide`` those of upstream commits.
    ``without`` names, by the query's place, commits that must not be seen (an evaluation leaves
    the true ones out).
    """
    first = rank_by_lines(lookup, queries, model, without)
    looked_at = {lookup.index.infos[each.number].sha for ranked in first for each in _worth_a_look(ranked)}
    diffs = read_wide(sorted(looked_at))
    answers = []
    for place, ranked in enumerate(first):
        closer = []
        near = _worth_a_look(ranked)
        ours = wide(place) if near else {}
        # Modes and binary contents have no context: the same header changes are the same change.
        blank = not any(len(lines) for lines in ours.values())
        for each in near:
            theirs = diffs.get(lookup.index.infos[each.number].sha, {})
            closer.append(
                replace(
                    each.features,
                    looked=1.0,
                    surroundings=shared_surroundings(ours, theirs),
                    patch_id=float(same_patch_id(ours, theirs) or (blank and each.features.same_lines > 0)),
                )
            )
        numbers = [each.number for each in ranked]
        features = [*closer, *(each.features for each in ranked[len(closer) :])]
        answers.append(_ranked(numbers, features, model))
    return answers


def _worth_a_look(ranked: list[Ranked]) -> list[Ranked]:
    return [each for each in ranked[:_LOOK] if each.probability >= _WORTH]


def rank_by_lines(
    lookup: Lookup,
    queries: Sequence[Query],
    model: Model,
    without: Mapping[int, frozenset[int]] | None = None,
) -> list[list[Ranked]]:
    """The ranking the index alone gives, with no look at the surroundings."""
    without = without or {}
    weights = line_weights(lookup, queries)
    answers = []
    for place, pool in enumerate(find_candidates(lookup, queries)):
        query = queries[place]
        hidden = without.get(place, frozenset())
        numbers = [number for number in pool if number not in hidden]
        mine = bags_of(query, weights, lookup.became)
        answers.append(_ranked(numbers, [compare(lookup, query, mine, number) for number in numbers], model))
    return answers


def _ranked(numbers: Sequence[int], features: Sequence[Features], model: Model) -> list[Ranked]:
    rows = np.array([as_row(each) for each in features], dtype=np.float64).reshape(
        len(features), len(FEATURE_NAMES)
    )
    chances = model.probability(rows).tolist() if len(features) else []
    ranked = [Ranked(*each) for each in zip(numbers, features, chances, strict=True)]
    return sorted(ranked, key=lambda each: (-each.probability, each.number))
