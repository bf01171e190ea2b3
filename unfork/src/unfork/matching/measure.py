"""Measure the matcher on changes whose upstream commit is known."""

import math
from collections.abc import Sequence

from unfork.history import History
from unfork.matching.candidates import line_weights
from unfork.matching.context import same_patch_id
from unfork.matching.cover import cover
from unfork.matching.lookup import Lookup, make_lookup, wanted_of
from unfork.matching.model import Model, Models
from unfork.matching.query import Query
from unfork.matching.rank import Ranked, rank
from unfork.matching.reliability import calibration_error, reliability
from unfork.matching.truth import Known, Truth
from unfork.model.evaluation import Evaluation, Miss, Share


def wilson(hits: int, of: int) -> Share:
    """A share with its 95 % interval (Wilson's score interval, JASA 1927)."""
    if not of:
        return Share(0, 0, 0.0, 1.0)
    z = 1.959964
    share = hits / of
    middle = share + z * z / (2 * of)
    spread = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    whole = 1 + z * z / of
    return Share(hits, of, max(0.0, (middle - spread) / whole), min(1.0, (middle + spread) / whole))


def measure(
    history: History,
    truth: Truth,
    ranges: Sequence[str],
    models: Models,
    *,
    content_only: bool,
    leave_out: bool,
) -> Evaluation:
    """Look every backport up and compare with what it was picked from.

    With ``leave_out`` the true commits and their picks are hidden from each row, so that every
    claim is false.
    """
    lookup = make_lookup(history.index, wanted_of(history))
    hidden = {place: row.relatives for place, row in enumerate(truth.rows)} if leave_out else {}
    queries = truth.queries(message=not content_only)
    answers = rank(
        lookup,
        queries,
        truth.wide.__getitem__,
        (models.same, models.part),
        models.topic,
        history.wide,
        without=hidden,
    )
    pairs = list(zip(truth.rows, answers, strict=True))
    ranks = [_rank_of(row, ranked) for row, ranked in pairs]
    weights = line_weights(lookup, queries)
    claims = [_claimed(ranked, models.same) for ranked in answers]
    false = [
        claim is not None and claim not in row.relatives
        for (row, _), claim in zip(pairs, claims, strict=True)
    ]
    # Siblings share code: that some of a change is in another commit can be true all the same.
    parts = [
        claim is None and _is_part_of_others(lookup, row, query, ranked, models.part, weights)
        for (row, ranked), claim, query in zip(pairs, claims, queries, strict=True)
    ]
    differing = [
        place for place, (row, _) in enumerate(pairs) if not _same_patch_id(history, truth, place, row)
    ]
    count = len(pairs)
    first = [place == 1 for place in ranks]
    best = [
        (top.probability, top.number in row.relatives and not leave_out)
        for row, ranked in pairs
        if (top := _surest(ranked)) is not None
    ]
    bins = reliability(best)
    return Evaluation(
        upstream=history.name,
        ranges=tuple(ranges),
        content_only=content_only,
        leave_out=leave_out,
        truth=count,
        recall_at_1=wilson(sum(first), count),
        recall_at_5=wilson(sum(place is not None and place <= 5 for place in ranks), count),
        wrong=wilson(0 if leave_out else sum(false), count),
        false_claims=wilson(sum(false), count),
        part_claims=wilson(sum(parts), count),
        differing=wilson(sum(first[place] for place in differing), len(differing)),
        reliability=bins,
        calibration_error=calibration_error(bins),
        misses=tuple(
            _miss(history, row, claim, place)
            for (row, _), claim, place, bad in zip(pairs, claims, ranks, false, strict=True)
            if bad or (place != 1 and not leave_out)
        ),
        commits_searched=len(history.searched),
    )


def _rank_of(row: Known, ranked: Sequence[Ranked]) -> int | None:
    for place, each in enumerate(ranked, 1):
        if each.number in row.relatives:
            return place
    return None


def _surest(ranked: Sequence[Ranked]) -> Ranked | None:
    return max(ranked, key=lambda each: each.probability, default=None)


def _claimed(ranked: Sequence[Ranked], model: Model) -> int | None:
    """The commit a scan would claim as the same change."""
    top = _surest(ranked)
    return top.number if top is not None and top.probability >= model.claim else None


def _is_part_of_others(
    lookup: Lookup,
    row: Known,
    query: Query,
    ranked: Sequence[Ranked],
    model: Model,
    weights: dict[int, float],
) -> bool:
    """Whether a scan would claim that some of a change is in commits which are not its originals."""
    parts = cover(lookup, query, ranked, model, weights)
    return bool(parts) and not any(part.number in row.relatives for part in parts)


def _same_patch_id(history: History, truth: Truth, place: int, row: Known) -> bool:
    """Whether one of the originals has the backport's very patch-id."""
    return any(
        same_patch_id(truth.wide[place], truth.originals_wide[history.index.infos[number].sha])
        for number in row.originals
    )


def _miss(history: History, row: Known, claim: int | None, place: int | None) -> Miss:
    infos = history.index.infos
    return Miss(
        backport=row.sha,
        truth=infos[min(row.originals)].sha,
        claimed=None if claim is None else infos[claim].sha,
        rank=place,
        subject=row.subject,
    )
