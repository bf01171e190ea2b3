"""From ranked candidates to a claim: the relation of each patch to upstream, with its evidence."""

from collections.abc import Sequence

from unfork.history import History, read_wide
from unfork.matching.context import wide_of_patch
from unfork.matching.evidence import evidence_for, trailer_warnings
from unfork.matching.lookup import make_lookup, wanted_of
from unfork.matching.model import Model
from unfork.matching.query import Query, query_of_patch
from unfork.matching.rank import Ranked, rank
from unfork.matching.share import shared_lines
from unfork.matching.standing import Standing, read_standing
from unfork.model import Candidate, Evidence, Match, Patch, Relation, UpstreamCommit

_SHOWN = 10  # candidates kept for a person to look at


def match_patches(history: History, patches: Sequence[Patch], model: Model) -> list[Match]:
    """What each patch is to the commits of a history."""
    readable = [patch for patch in patches if patch.error is None]
    queries = [query_of_patch(patch) for patch in readable]
    lookup = make_lookup(history.index, wanted_of(history))
    answers = rank(
        lookup,
        queries,
        lambda place: wide_of_patch(readable[place]),
        model,
        lambda shas: read_wide(history.repository, shas),
    )
    standing = read_standing(history)
    matches = {
        id(patch): _match(history, query, ranked, model, standing)
        for patch, query, ranked in zip(readable, queries, answers, strict=True)
    }
    unread = Match(relation=Relation.UNKNOWN)
    return [matches.get(id(patch), unread) for patch in patches]


def _match(
    history: History, query: Query, ranked: Sequence[Ranked], model: Model, standing: Standing
) -> Match:
    candidates = tuple(
        Candidate(history.name, info.sha, info.subject, round(each.probability, 4))
        for each in ranked[:_SHOWN]
        for info in (history.index.infos[each.number],)
    )
    claim = _claim(ranked, model, standing)
    if claim is None:
        best = ranked[0].probability if ranked else 0.0
        evidence: tuple[Evidence, ...] = ()
        if ranked and best >= model.ask:
            evidence = tuple(evidence_for(history, query, ranked[0]))
        return Match(
            relation=Relation.NONE,
            candidates=candidates,
            confidence=round(1 - best, 4),
            evidence=evidence,
            residue=len(query.lines),
            warnings=tuple(trailer_warnings(history, query, None)),
        )
    return _claimed(history, query, claim, candidates, standing)


def _claim(ranked: Sequence[Ranked], model: Model, standing: Standing) -> Ranked | None:
    """The commit claimed: the most probable one, or an equally sure one that was not reverted."""
    sure = [each for each in ranked if each.probability >= model.claim]
    stands = [each for each in sure if standing.reverter(each.number) is None]
    return next(iter(stands or sure), None)


def relation_of(ranked: Ranked) -> Relation:
    """The name for how alike a claimed commit is."""
    if ranked.features.patch_id:
        return Relation.IDENTICAL
    if ranked.features.same_lines or ranked.features.jaccard > 1 - 1e-9:
        return Relation.EQUIVALENT
    return Relation.REWORKED


def _claimed(
    history: History, query: Query, claim: Ranked, candidates: tuple[Candidate, ...], standing: Standing
) -> Match:
    info = history.index.infos[claim.number]
    shipped = history.shipped(claim.number)
    common = shared_lines(history.index, query, claim.number)
    commit = UpstreamCommit(
        repo=history.name,
        sha=info.sha,
        subject=info.subject,
        share=round(common / len(query.lines), 4) if len(query.lines) else 1.0,
        first_release=history.graph.release(shipped.first) if shipped else None,
        backports=tuple(history.graph.releases[number] for number in shipped.picks) if shipped else (),
    )
    warnings = trailer_warnings(history, query, claim.number)
    reverter = standing.reverter(claim.number)
    if reverter is not None:
        revert = history.index.infos[reverter]
        warnings.append(f"upstream took it back: {revert.sha[:12]} {revert.subject}")
    return Match(
        relation=relation_of(claim),
        commits=(commit,),
        candidates=candidates,
        confidence=round(claim.probability, 4),
        evidence=tuple(evidence_for(history, query, claim)),
        residue=len(query.lines) - common,
        warnings=tuple(warnings),
        reverted_by=None if reverter is None else history.index.infos[reverter].sha,
    )
