"""Which patches of a series belong together, and which of them to look up as one change."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from unfork.grouping.bounds import Bounds
from unfork.grouping.joined import Joined, join
from unfork.grouping.parts import families
from unfork.grouping.relations import Edge, Relations
from unfork.model import KinKind, Patch


@dataclass(frozen=True, slots=True)
class Family:
    """Patches that belong together, by their places."""

    places: tuple[int, ...]
    cancels: bool = False
    reason: str = ""


def find_families(patches: Sequence[Patch], relations: Relations, bounds: Bounds) -> list[Family]:
    """All groups of two and more, in the order of their first patches."""
    edges = [edge for edge in relations.edges if binds(edge, bounds)]
    links = [(edge.patch, edge.other) for edge in edges]
    reasons: dict[int, str] = {}
    for number, members in families(patches).items():
        links += [(members[0], other) for other in members[1:]]
        reasons[members[0]] = f"numbered as parts of {number}, which the series does not hold"
    cancelled = {(edge.other, edge.patch) for edge in edges if cancels(edge, bounds)}
    found = []
    for places in _components(links):
        reason = next((reasons[place] for place in places if place in reasons), "")
        found.append(Family(places, cancels=len(places) == 2 and places in cancelled, reason=reason))
    return sorted(found, key=lambda family: family.places)


def binds(edge: Edge, bounds: Bounds) -> bool:
    """Whether a relation is what the later patch is for, and not only true of a corner of it."""
    return edge.share >= bounds.bulk or any(
        each.method in ("subject", "trailer", "message", "listed", "number") for each in edge.evidence
    )


def cancels(edge: Edge, bounds: Bounds) -> bool:
    """Whether the two leave nothing behind."""
    return edge.kind is KinKind.REVERTS and min(edge.share, edge.other_share) >= bounds.same


def joined_changes(patches: Sequence[Patch], relations: Relations, bounds: Bounds) -> list[Joined]:
    """For each patch that others mend: it and all that mend it, or mend those, as one change.

    The smallest come first, so that what is said of two is not said of twenty.
    """
    mended: dict[int, list[int]] = {}
    for edge in relations.edges:
        mends = edge.kind in (KinKind.FIXES, KinKind.REVERTS)
        if mends and binds(edge, bounds) and not cancels(edge, bounds):
            mended.setdefault(edge.other, []).append(edge.patch)
    sets = {tuple(sorted(_reached(root, mended))) for root in mended}
    readable = [places for places in sets if not any(patches[place].error for place in places)]
    chosen = [places for places in readable if len(places) <= bounds.members]
    return [join(patches, places) for places in sorted(chosen, key=lambda places: (len(places), places))]


def _reached(root: int, mended: dict[int, list[int]]) -> set[int]:
    seen = {root}
    todo = [root]
    while todo:
        for each in mended.get(todo.pop(), ()):
            if each not in seen:
                seen.add(each)
                todo.append(each)
    return seen


def _components(links: Iterable[tuple[int, int]]) -> list[tuple[int, ...]]:
    """Connected components (union-find)."""
    parent: dict[int, int] = {}

    def root(place: int) -> int:
        while parent.setdefault(place, place) != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for one, other in links:
        parent[root(one)] = root(other)
    found: dict[int, list[int]] = {}
    for place in parent:
        found.setdefault(root(place), []).append(place)
    return [tuple(sorted(places)) for places in found.values()]
