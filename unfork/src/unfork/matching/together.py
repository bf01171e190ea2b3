"""What the patches of a series are upstream together: a patch with its fix-ups as one change."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest

import numpy as np

from unfork.grouping import Bounds, Joined, Member, find_families, find_relations, joined_changes
from unfork.history import History
from unfork.matching.model import Models
from unfork.matching.query import Query, query_of_patch
from unfork.matching.relate import SHOWN, match_patches
from unfork.matching.share import shared_lines
from unfork.model import Answers, Candidate, Evidence, Group, Household, Joint, Match, Patch, Relation

METHOD = "together"


def match_series(
    history: History,
    patches: Sequence[Patch],
    models: Models,
    *,
    hidden: Mapping[str, frozenset[str]] | None = None,
) -> Answers:
    """What each patch is to a history, with regard to the others of its series.

    ``hidden`` names, by a patch's id, the full hashes of commits it must not be matched with.
    """
    hidden = dict(hidden or {})
    relations = find_relations(patches, models.series)
    joined = joined_changes(patches, relations, models.series)
    for each in joined:
        not_these = [hidden.get(patches[member.place].id, frozenset()) for member in each.members]
        if any(not_these):
            hidden[each.patch.id] = frozenset().union(*not_these)
    found = match_patches(history, [*patches, *(each.patch for each in joined)], models, hidden=hidden)
    matches, together = found[: len(patches)], found[len(patches) :]
    joints = [
        joint
        for change, match in zip(joined, together, strict=True)
        if (joint := _settle(history, matches, patches, change, match, models)) is not None
    ]
    groups = tuple(
        Group(tuple(patches[place].name for place in family.places), family.cancels, family.reason)
        for family in find_families(patches, relations, models.series)
    )
    household = Household(
        kin=tuple(edge.named(patches) for edge in relations.edges),
        parts=relations.listed,
        groups=groups,
        joints=tuple(joints),
    )
    return Answers(tuple(matches), household)


def _settle(
    history: History,
    matches: list[Match],
    patches: Sequence[Patch],
    change: Joined,
    found: Match,
    models: Models,
) -> Joint | None:
    """Give the members of a joined change what is claimed of it; ``None`` when that is nothing.

    A member takes part when its own share of the change is upstream: what is left of it, and that
    the lines it took back are not there. So a fix-up of a patch that upstream has without the fix stays.
    """
    if not found.commits:
        _offer(matches, change, found, models.series)
        return None
    if found.reverted_by is not None:
        return None
    numbers = [history.number(commit.sha) for commit in found.commits]
    whole = query_of_patch(change.patch)
    parts = [_taken_part(history, member, whole, numbers) for member in change.members]
    if parts[0] < models.naming.bulk:
        return None  # what is mended is not there: this is about something else
    taken = [
        member
        for member, part in zip(change.members, parts, strict=True)
        if part >= models.naming.whole or member is change.members[0]
    ]
    for member in taken if len(taken) > 1 else ():
        own = matches[member.place]
        others = ", ".join(patches[each.place].name for each in taken if each is not member)
        said = f"together with {others} it is {found.relation} upstream, {_percent(found.confidence)} sure"
        evidence = Evidence(METHOD, said, found.commits[0].sha)
        if own.commits:
            matches[member.place] = replace(own, evidence=(*own.evidence, evidence))
        elif parts[change.members.index(member)] >= models.naming.whole:
            first = member is change.members[0]
            relation = found.relation if first or len(numbers) > 1 else Relation.SQUASHED
            matches[member.place] = _as_member(
                history, patches[member.place], replace(own, relation=relation), found, numbers, evidence
            )
    return Joint(
        patches=tuple(patches[member.place].name for member in change.members),
        taken=tuple(patches[member.place].name for member in taken),
        relation=found.relation,
        commits=found.commits,
        confidence=found.confidence,
        residue=found.residue,
    )


def _offer(matches: list[Match], change: Joined, found: Match, bounds: Bounds) -> None:
    """Let members that claim nothing see the candidates of a change they are a fair part of."""
    sizes = [member.left.changed_lines + member.undone.changed_lines for member in change.members]
    for member, size in zip(change.members, sizes, strict=True):
        own = matches[member.place]
        if own.relation is Relation.NONE and size >= bounds.touch * sum(sizes):
            best: dict[str, Candidate] = {}
            for pair in zip_longest(own.candidates, found.candidates):
                for each in sorted(filter(None, pair), key=lambda each: -each.score):
                    best.setdefault(each.sha, each)
            matches[member.place] = replace(own, candidates=tuple(best.values())[:SHOWN])


def _taken_part(history: History, member: Member, whole: Query, numbers: Sequence[int]) -> float:
    """Share of a member's part of the change that the commits bear out.

    That is what is left of it, and that the lines it took back are not there beside the whole change.
    """
    left, undone = query_of_patch(member.left), query_of_patch(member.undone)
    total = len(left.lines) + len(undone.lines)
    if not total:
        return 0.0
    both = replace(whole, lines=np.concatenate([whole.lines, undone.lines]))
    still_there = _common(history, both, numbers) - _common(history, whole, numbers)
    return (_common(history, left, numbers) + len(undone.lines) - still_there) / total


def _common(history: History, query: Query, numbers: Sequence[int]) -> int:
    return min(len(query.lines), sum(shared_lines(history.index, query, number) for number in numbers))


def _as_member(
    history: History, patch: Patch, own: Match, found: Match, numbers: Sequence[int], evidence: Evidence
) -> Match:
    """The answer for a member of which nothing could be claimed alone."""
    query = query_of_patch(patch)
    total = max(1, len(query.lines))
    commits = tuple(
        replace(commit, share=round(shared_lines(history.index, query, number) / total, 4))
        for commit, number in zip(found.commits, numbers, strict=True)
    )
    return replace(
        own,
        commits=commits,
        confidence=found.confidence,
        evidence=(evidence, *own.evidence),
        residue=len(query.lines) - _common(history, query, numbers),
    )


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
