"""From ranked candidates to a claim: the relation of each patch to upstream, with its evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unfork.forked import in_two
from unfork.history import History
from unfork.matching.candidates import line_weights
from unfork.matching.context import wide_of_patch
from unfork.matching.cover import Part, cover, explained_by
from unfork.matching.evidence import evidence_for, part_evidence, trailer_warnings
from unfork.matching.lookup import Lookup, make_lookup, wanted_of
from unfork.matching.model import Models
from unfork.matching.naming import name_one, name_several
from unfork.matching.query import Query, query_of_patch
from unfork.matching.rank import Ranked, rank
from unfork.matching.share import covering
from unfork.matching.standing import Standing, read_standing
from unfork.matching.undone import find_undone, newer
from unfork.model import Candidate, Evidence, Match, Patch, Relation, UpstreamCommit

SHOWN = 10  # candidates kept for a person to look at
_FEWEST = 40  # patches that are worth a second process


def match_patches(
    history: History,
    patches: Sequence[Patch],
    models: Models,
    *,
    hidden: Mapping[str, frozenset[str]] | None = None,
) -> list[Match]:
    """What each patch is to the commits of a history.

    ``hidden`` names, by a patch's id, the full hashes of commits it must not be matched with.
    A long series is matched by two processes, where no other thread runs.
    """
    readable = [patch for patch in patches if patch.error is None and patch.edit is None]
    lookup = make_lookup(history.index, wanted_of(history))
    lookup.fill()
    standing = read_standing(history)
    found = in_two(
        lambda places: _match_some(
            history, [readable[place] for place in places], models, hidden or {}, lookup, standing
        ),
        len(readable),
        Match,
        fewest=_FEWEST,
    )
    matches = {id(patch): match for patch, match in zip(readable, found, strict=True)}
    unread = Match(relation=Relation.UNKNOWN)
    return [matches.get(id(patch), unread) for patch in patches]


def _match_some(
    history: History,
    readable: Sequence[Patch],
    models: Models,
    hidden: Mapping[str, frozenset[str]],
    lookup: Lookup,
    standing: Standing,
) -> list[Match]:
    queries = [query_of_patch(patch) for patch in readable]
    answers = rank(
        lookup,
        queries,
        lambda place: wide_of_patch(readable[place]),
        (models.same, models.part),
        models.topic,
        history.wide,
        without={
            place: frozenset(
                number for sha in hidden.get(patch.id, ()) if (number := history.find(sha)) is not None
            )
            for place, patch in enumerate(readable)
        }
        if hidden
        else None,
    )
    matcher = _Matcher(history, lookup, models, standing, line_weights(lookup, queries))
    likely = {
        place: patch
        for place, patch in enumerate(readable)
        if any(each.probability >= models.same.ask for each in answers[place])
    }
    undone = find_undone(lookup, likely, models)
    return [
        matcher.match(query, answers[place], undone.get(place, ())) for place, query in enumerate(queries)
    ]


@dataclass(frozen=True, slots=True, eq=False)
class _Matcher:
    """What is the same for all patches of a run."""

    history: History
    lookup: Lookup
    models: Models
    standing: Standing
    weights: dict[int, float]

    def match(self, query: Query, ranked: Sequence[Ranked], undone: Sequence[int]) -> Match:
        """The relation of one patch; ``undone`` are the commits that change its lines back."""
        reverter = {each.number: self._reverter(each.number, undone) for each in ranked}
        claim = self._same(ranked, reverter)
        if claim is not None and (claim.features.patch_id or claim.features.same_lines):
            relation = Relation.IDENTICAL if claim.features.patch_id else Relation.EQUIVALENT
            return self._claimed(query, ranked, relation, claim, reverter[claim.number])
        pool = [
            each
            for each in ranked
            # "Executable now" says nothing about another file.
            if reverter[each.number] is None and (each.features.same_lines or not query.header_only)
        ]
        parts = cover(self.lookup, query, pool, self.models.part, self.weights)
        naming = self.models.naming
        if len(parts) > 1:
            explained = np.concatenate([part.lines for part in parts])
            return self._covered(query, ranked, parts, name_several(query, explained, naming))
        if claim is not None:
            explained = explained_by(self.lookup, query, claim.number)
            name = self._name(query, claim, explained, same=True)
            return self._claimed(query, ranked, name, claim, reverter[claim.number])
        if parts:
            only = next(each for each in ranked if each.number == parts[0].number)
            same = only.probability >= self.models.same.ask
            return self._covered(query, ranked, parts, self._name(query, only, parts[0].lines, same=same))
        return self._nothing(query, ranked)

    def _reverter(self, number: int, undone: Sequence[int]) -> int | None:
        """The commit that took one back: one that says so, or a newer one that undoes the lines."""
        said = self.standing.reverter(number)
        if said is not None:
            return said
        standing = [each for each in undone if self.standing.reverter(each) is None]
        return newer(standing, number, self.history)

    def _same(self, ranked: Sequence[Ranked], reverter: Mapping[int, int | None]) -> Ranked | None:
        """The commit that is the same change. One that was reverted and stays so gives way to
        another that is at least likely: the change that came back."""
        same = sorted(ranked, key=lambda each: -each.probability)
        if not same or same[0].probability < self.models.same.claim:
            return None
        likely = [each for each in same if each.probability >= self.models.same.ask]
        if self.history.source(same[0].number).is_other:
            likely.sort(key=lambda each: not self._own_as_good(each, same[0]))
        return next((each for each in likely if reverter[each.number] is None), same[0])

    def _own_as_good(self, each: Ranked, best: Ranked) -> bool:
        """Whether a commit of the upstream itself explains as much as the best of another repository:
        both took the change in, and what the fork's own upstream has is what counts."""
        own = not self.history.source(each.number).is_other
        sure = each.probability >= self.models.same.claim
        return own and sure and each.features.contained >= best.features.contained

    def _name(self, query: Query, found: Ranked, explained: NDArray[np.int64], *, same: bool) -> Relation:
        if found.features.patch_id:
            return Relation.IDENTICAL
        share = covering(self.history.index, query, found.number)
        return name_one(query, explained, share, self.models.naming, same=same)

    def _claimed(
        self,
        query: Query,
        ranked: Sequence[Ranked],
        relation: Relation,
        claim: Ranked,
        reverter: int | None,
    ) -> Match:
        info = self.history.index.infos[claim.number]
        common = len(explained_by(self.lookup, query, claim.number))
        share = common / len(query.lines) if len(query.lines) else 1.0
        warnings = trailer_warnings(self.history, query, [claim.number])
        revert = None if reverter is None else self.history.index.infos[reverter]
        if revert is not None:
            warnings.append(f"upstream took {info.sha[:12]} back: {revert.sha[:12]} {revert.subject}")
        return Match(
            relation=relation,
            commits=(self._commit(claim.number, share),),
            candidates=self._candidates(ranked),
            confidence=round(claim.probability, 4),
            evidence=tuple(evidence_for(self.history, query, claim)),
            residue=len(query.lines) - common,
            warnings=tuple(warnings),
            reverted_by=None if revert is None else revert.sha,
        )

    def _covered(
        self, query: Query, ranked: Sequence[Ranked], parts: Sequence[Part], relation: Relation
    ) -> Match:
        evidence: list[Evidence] = []
        for part in parts:
            evidence += part_evidence(self.history, query, part)
        return Match(
            relation=relation,
            commits=tuple(self._commit(part.number, len(part.lines) / len(query.lines)) for part in parts),
            candidates=self._candidates(ranked, first=[part.number for part in parts]),
            confidence=round(min(part.probability for part in parts), 4),
            evidence=tuple(evidence),
            residue=len(query.lines) - sum(len(part.lines) for part in parts),
            warnings=tuple(trailer_warnings(self.history, query, [part.number for part in parts])),
        )

    def _nothing(self, query: Query, ranked: Sequence[Ranked]) -> Match:
        best = ranked[0].likely if ranked else 0.0
        evidence: tuple[Evidence, ...] = ()
        if ranked and best >= self.models.same.ask:
            evidence = tuple(evidence_for(self.history, query, ranked[0]))
        return Match(
            relation=Relation.NONE,
            candidates=self._candidates(ranked),
            confidence=round(1 - best, 4),
            evidence=evidence,
            residue=len(query.lines),
            warnings=tuple(trailer_warnings(self.history, query, [])),
        )

    def _candidates(self, ranked: Sequence[Ranked], first: Sequence[int] = ()) -> tuple[Candidate, ...]:
        """The best for a person to look at; what is claimed comes first."""
        order = {number: place for place, number in enumerate(first)}
        best = sorted(ranked, key=lambda each: order.get(each.number, len(order)))[:SHOWN]
        found = [(each, self.history.index.infos[each.number]) for each in best]
        return tuple(
            Candidate(self.history.source(each.number).name, info.sha, info.subject, round(each.likely, 4))
            for each, info in found
        )

    def _commit(self, number: int, share: float) -> UpstreamCommit:
        info = self.history.index.infos[number]
        source = self.history.source(number)
        graph, shipped = source.graph, self.history.shipped(number)
        return UpstreamCommit(
            repo=source.name,
            sha=info.sha,
            subject=info.subject,
            share=round(share, 4),
            first_release=graph.release(shipped.first) if shipped else None,
            backports=tuple(graph.releases[each] for each in shipped.picks) if shipped else (),
        )
