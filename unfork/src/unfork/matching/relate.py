"""From ranked candidates to a claim: the relation of each patch to upstream, with its evidence."""

from collections.abc import Sequence
from dataclasses import dataclass

from unfork.history import History, read_wide
from unfork.matching.candidates import line_weights
from unfork.matching.context import wide_of_patch
from unfork.matching.cover import Part, cover, explained_by
from unfork.matching.evidence import evidence_for, part_evidence, trailer_warnings
from unfork.matching.lookup import Lookup, make_lookup, wanted_of
from unfork.matching.model import Models
from unfork.matching.query import Query, query_of_patch
from unfork.matching.rank import Ranked, rank
from unfork.matching.share import covering
from unfork.matching.standing import Standing, read_standing
from unfork.model import Candidate, Evidence, Match, Patch, Relation, UpstreamCommit

_SHOWN = 10  # candidates kept for a person to look at


def match_patches(history: History, patches: Sequence[Patch], models: Models) -> list[Match]:
    """What each patch is to the commits of a history."""
    readable = [patch for patch in patches if patch.error is None]
    queries = [query_of_patch(patch) for patch in readable]
    lookup = make_lookup(history.index, wanted_of(history))
    answers = rank(
        lookup,
        queries,
        lambda place: wide_of_patch(readable[place]),
        models.same,
        lambda shas: read_wide(history.repository, shas),
    )
    matcher = _Matcher(history, lookup, models, read_standing(history), line_weights(lookup, queries))
    matches = {
        id(patch): matcher.match(query, ranked)
        for patch, query, ranked in zip(readable, queries, answers, strict=True)
    }
    unread = Match(relation=Relation.UNKNOWN)
    return [matches.get(id(patch), unread) for patch in patches]


@dataclass(frozen=True, slots=True, eq=False)
class _Matcher:
    """What is the same for all patches of a run."""

    history: History
    lookup: Lookup
    models: Models
    standing: Standing
    weights: dict[int, float]

    def match(self, query: Query, ranked: Sequence[Ranked]) -> Match:
        """The relation of one patch."""
        claim = self._same(ranked)
        if claim is not None and (claim.features.patch_id or claim.features.same_lines):
            relation = Relation.IDENTICAL if claim.features.patch_id else Relation.EQUIVALENT
            return self._claimed(query, ranked, relation, claim)
        parts = self._parts(query, ranked)
        if len(parts) > 1:
            whole = self._explained(query, parts) >= self.models.naming.whole
            return self._covered(query, ranked, parts, Relation.SPLIT if whole else Relation.PARTIAL)
        if claim is not None:
            share = len(explained_by(self.lookup, query, claim.number)) / max(1, len(query.lines))
            return self._claimed(query, ranked, self._name(query, claim, share, same=True), claim)
        if parts:
            only = next(each for each in ranked if each.number == parts[0].number)
            same = only.probability >= self.models.same.ask
            name = self._name(query, only, self._explained(query, parts), same=same)
            return self._covered(query, ranked, parts, name)
        return self._nothing(query, ranked)

    def _same(self, ranked: Sequence[Ranked]) -> Ranked | None:
        """The commit that is the same change. One that was reverted and stays so gives way to
        another that is at least likely: the change that came back."""
        if not ranked or ranked[0].probability < self.models.same.claim:
            return None
        likely = [each for each in ranked if each.probability >= self.models.same.ask]
        return next((each for each in likely if self.standing.reverter(each.number) is None), ranked[0])

    def _parts(self, query: Query, ranked: Sequence[Ranked]) -> list[Part]:
        """The commits that make up the patch; one that was reverted and stays so is none of them."""
        pool = [each.number for each in ranked if self.standing.reverter(each.number) is None]
        return cover(self.lookup, query, pool, self.models.part, self.weights)

    @staticmethod
    def _explained(query: Query, parts: Sequence[Part]) -> float:
        return sum(len(part.lines) for part in parts) / len(query.lines)

    def _name(self, query: Query, found: Ranked, explained: float, *, same: bool) -> Relation:
        """What one commit is to a patch, by the share of the patch it explains and the share of it
        the patch is. Lines left over on both sides mean other code for the same thing; left over
        on one side only, that one side is larger."""
        naming = self.models.naming
        share = covering(self.history.index, query, found.number)
        if found.features.patch_id:
            return Relation.IDENTICAL
        if explained == share == 1:
            return Relation.EQUIVALENT
        if explained >= naming.whole:
            return Relation.REWORKED if share >= naming.bulk else Relation.SQUASHED
        if share >= naming.whole:
            return Relation.PARTIAL
        return Relation.REWORKED if same or min(explained, share) >= naming.bulk else Relation.PARTIAL

    def _claimed(self, query: Query, ranked: Sequence[Ranked], relation: Relation, claim: Ranked) -> Match:
        info = self.history.index.infos[claim.number]
        common = len(explained_by(self.lookup, query, claim.number))
        share = common / len(query.lines) if len(query.lines) else 1.0
        warnings = trailer_warnings(self.history, query, [claim.number])
        reverter = self.standing.reverter(claim.number)
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
        best = ranked[0].probability if ranked else 0.0
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
        best = sorted(ranked, key=lambda each: order.get(each.number, len(order)))[:_SHOWN]
        found = [(self.history.index.infos[each.number], each.probability) for each in best]
        return tuple(
            Candidate(self.history.name, info.sha, info.subject, round(chance, 4)) for info, chance in found
        )

    def _commit(self, number: int, share: float) -> UpstreamCommit:
        info = self.history.index.infos[number]
        graph = self.history.graph
        shipped = self.history.shipped(number)
        return UpstreamCommit(
            repo=self.history.name,
            sha=info.sha,
            subject=info.subject,
            share=round(share, 4),
            first_release=graph.release(shipped.first) if shipped else None,
            backports=tuple(graph.releases[each] for each in shipped.picks) if shipped else (),
        )
