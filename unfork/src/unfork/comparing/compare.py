"""From a patch, a target and perhaps a base to a relation, with what the trees and the changelog say."""

from collections.abc import Sequence
from dataclasses import dataclass

from unfork.comparing.files import Tree
from unfork.comparing.hunks import Seen, see
from unfork.comparing.model import Snapshots, features_of
from unfork.comparing.news import Mention, News
from unfork.comparing.wording import mention_evidence, tree_evidence
from unfork.model import Evidence, Match, Patch, Placement, Relation, State


@dataclass(frozen=True, slots=True)
class Compared:
    """What a patch is to a snapshot."""

    match: Match
    release: str | None  # the release whose heading the changelog's entry stands under
    ask: bool  # between yes and no
    taken: tuple[bool, ...]  # of each hunk, whether the target has it
    share: float  # of its telling lines that the target has


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """The trees a series is compared with. Without a base the patches' own context stands for it."""

    target: Tree
    base: Tree | None
    news: News
    at_target: Sequence[Placement]
    at_base: Sequence[Placement] | None


def compare(patches: Sequence[Patch], sides: Sides, models: Snapshots) -> list[Compared]:
    """Each patch of a series, in order."""
    return [_compare(number, patch, sides, models) for number, patch in enumerate(patches)]


def _compare(number: int, patch: Patch, sides: Sides, models: Snapshots) -> Compared:
    placement = sides.at_target[number]
    if patch.error is not None or not patch.files:
        return Compared(Match(relation=Relation.UNKNOWN), None, ask=False, taken=(), share=0.0)
    had = sides.at_base is not None and sides.at_base[number].alone is State.ABSORBED
    seen = see(patch, sides.target, sides.base)
    chances = [models.hunk_chance(each.features) for each in seen]
    mention = sides.news.find(patch)
    features = features_of(
        seen,
        chances,
        placement,
        mention,
        news=sides.news,
        based=sides.base is not None,
        had=had,
    )
    chance = models.patch_chance(features)
    relation, confidence, ask = _relation(seen, chances, chance, placement, models, had=had)
    # Half of it is there, it seems: a person should look, whatever the models make of the rest.
    ask = ask or (relation is Relation.NONE and not had and features.share >= models.patch.ask)
    taken = tuple(
        each.is_judged and sure >= models.hunk.ask for each, sure in zip(seen, chances, strict=True)
    )
    claimed = relation is not Relation.NONE
    told = _is_of_patch(mention, models)
    evidence: list[Evidence] = tree_evidence(seen, taken, had=had)
    if told:
        evidence += mention_evidence(mention)
    match = Match(
        relation=relation,
        confidence=round(confidence, 4),
        evidence=tuple(evidence),
        residue=sum(each.left for each in seen),
    )
    release = mention.entry.release if claimed and told and mention.entry else None
    weight = sum(each.weight for each in seen)
    share = 1 - match.residue / weight if weight else 0.0
    return Compared(match, release, ask, taken, share)


def _relation(
    seen: Sequence[Seen],
    chances: Sequence[float],
    chance: float,
    placement: Placement,
    models: Snapshots,
    *,
    had: bool,
) -> tuple[Relation, float, bool]:
    """The relation, how sure it is, and whether a person is to be asked.

    Which commit it is nobody knows, so it is never "identical". A part is claimed only where the rest
    is seen to be missing: where the code around it has changed nobody can tell from the trees alone.
    """
    whole = placement.alone is State.ABSORBED and not had
    if whole or chance >= models.patch.claim:
        left = sum(each.left for each in seen)
        return (Relation.EQUIVALENT if whole or left == 0 else Relation.REWORKED), chance, False
    pairs = list(zip(seen, chances, strict=True))
    inside = [(each.weight, sure) for each, sure in pairs if sure >= models.hunk.claim and each.is_judged]
    # Of the many hunks of a large patch some look as if they were there by chance.
    is_part = sum(weight for weight, _ in inside) >= models.part * sum(each.weight for each in seen)
    missing = any(each.is_missing and sure < models.hunk.ask for each, sure in pairs)
    if inside and is_part and missing:
        return Relation.PARTIAL, sum(sure for _, sure in inside) / len(inside), False
    return Relation.NONE, 1 - chance, (bool(inside) and is_part) or chance >= models.patch.ask


def _is_of_patch(mention: Mention, models: Snapshots) -> bool:
    """Whether an entry is about this patch, sure enough to name its release."""
    return bool(
        mention.same or mention.joined or mention.commit or mention.named or mention.near >= models.entry
    )
