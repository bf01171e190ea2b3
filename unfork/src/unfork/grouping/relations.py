"""Bring together what messages, file names and lines say: the relations inside a series."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from unfork.grouping.bounds import Bounds
from unfork.grouping.content import Met, kind_by_content, meet, mended, take_back
from unfork.grouping.lines import PatchLines, lines_of_series
from unfork.grouping.naming import Names
from unfork.grouping.overlap import Overlap, find_overlaps
from unfork.grouping.parts import Part, read_parts
from unfork.grouping.said import Said, read_said, wants_mending
from unfork.grouping.surroundings import Surroundings
from unfork.model import Evidence, Kin, KinKind, ListedPart, Patch


@dataclass(frozen=True, slots=True)
class Edge:
    """A relation by the places of its two patches in the series."""

    patch: int
    kind: KinKind
    other: int
    share: float
    other_share: float
    evidence: tuple[Evidence, ...]
    copied: bool = False

    def named(self, patches: Sequence[Patch]) -> Kin:
        """The relation as reports have it."""
        return Kin(
            patch=patches[self.patch].name,
            kind=self.kind,
            other=patches[self.other].name,
            share=round(min(self.share, 1.0), 4),
            other_share=round(min(self.other_share, 1.0), 4),
            evidence=self.evidence,
            copied=self.copied,
        )


@dataclass(frozen=True, slots=True)
class Relations:
    """What was found in a series."""

    edges: tuple[Edge, ...]
    parts: tuple[Part, ...]
    listed: tuple[tuple[str, tuple[ListedPart, ...]], ...]  # the parts as reports have them


def find_relations(patches: Sequence[Patch], bounds: Bounds) -> Relations:
    """Which patches of a series fix, revert, repeat or are part of which others."""
    series = lines_of_series(patches, bounds.long)
    overlaps = find_overlaps(series, bounds.common)
    names = Names(patches)
    finder = _Finder(patches, series, overlaps, bounds)
    parts = read_parts(patches, names, finder.shares, bounds.whole)
    edges = finder.find(parts, read_said(patches, names))
    return Relations(tuple(edges), tuple(parts), finder.listed(parts))


class _Finder:
    def __init__(
        self,
        patches: Sequence[Patch],
        series: Sequence[PatchLines],
        overlaps: dict[tuple[int, int], Overlap],
        bounds: Bounds,
    ) -> None:
        self.patches, self.series, self.overlaps, self.bounds = patches, series, overlaps, bounds
        self.pairs = {pair: meet(series[pair[0]], series[pair[1]], each) for pair, each in overlaps.items()}
        self.surroundings: dict[int, Surroundings] = {}
        self.found: dict[tuple[int, int], Edge] = {}

    def find(self, parts: Sequence[Part], said: Sequence[Said]) -> list[Edge]:
        """All relations; what is said of a pair goes before what its lines say."""
        wholes = {part.patch: part.whole for part in parts if part.patch is not None}
        for part in parts:
            self._part(part)
        for each in said:
            self._said(each)
        gone = take_back(self.series, self.pairs, self.bounds)
        for (later, earlier), met in self.pairs.items():
            kind = None if self._made_before(later, earlier, wholes) else kind_by_content(met, self.bounds)
            if kind is KinKind.REVERTS:
                self._add(later, kind, earlier, met.back, met.back_other, _took_back(met))
            elif kind is KinKind.REPEATS and earlier in gone:
                self._add(later, kind, earlier, met.same, met.same_other, _repeated(met))
            elif kind is KinKind.REPEATS and self._copied(later, earlier):  # else the like, in another place
                if met.same >= self.bounds.whole:
                    self._add(later, kind, earlier, met.same, met.same_other, _repeated(met))
                elif wholes.get(later, later) != wholes.get(earlier, earlier):
                    self._held(earlier, later, met)
        self._mended(wholes)
        order = list(KinKind)
        return sorted(self.found.values(), key=lambda edge: (edge.patch, order.index(edge.kind), edge.other))

    def shares(self, patch: int, whole: int) -> tuple[float, float]:
        """The share of a patch's text that another has too, and of the other's that it has."""
        met = self.pairs.get((max(patch, whole), min(patch, whole)))
        if met is None:
            return 0.0, 0.0
        return (met.same, met.same_other) if patch > whole else (met.same_other, met.same)

    def listed(self, parts: Sequence[Part]) -> tuple[tuple[str, tuple[ListedPart, ...]], ...]:
        """The parts of each squash as reports have them."""
        by_whole: dict[int, list[ListedPart]] = {}
        for part in parts:
            name, share = None, 0.0
            if part.patch is not None:
                name, share = self.patches[part.patch].name, self.shares(part.patch, part.whole)[1]
            by_whole.setdefault(part.whole, []).append(
                ListedPart(part.subject, part.hash, name, round(min(1.0, share), 4), part.joined_by)
            )
        return tuple((self.patches[whole].name, tuple(listed)) for whole, listed in by_whole.items())

    def _add(
        self, patch: int, kind: KinKind, other: int, share: float, other_share: float, *why: Evidence
    ) -> None:
        pair = (patch, other)
        if pair in self.found or (other, patch) in self.found:
            return
        copied = kind in (KinKind.REPEATS, KinKind.PART_OF) and self._copied(patch, other)
        self.found[pair] = Edge(patch, kind, other, share, other_share, why, copied)

    def _copied(self, one: int, other: int) -> bool:
        """Whether most of what two patches share stands in the same surroundings."""
        met = self.pairs.get((max(one, other), min(one, other)))
        if met is None or max(met.same, met.same_other) < self.bounds.whole:
            return False
        if other not in self.surroundings:
            self.surroundings[other] = Surroundings(self.patches[other])
        return self.surroundings[other].in_place(self.patches[one]) >= self.bounds.bulk

    def _part(self, part: Part) -> None:
        if part.patch is None:
            return
        share, other_share = self.shares(part.patch, part.whole)
        how = {
            "hash": f"its message lists {part.hash}, the commit this patch was made from",
            "subject": "its message lists this patch's subject",
            "number": "the file's number says so",
        }[part.joined_by or "number"]
        lines = (
            f"{_percent(share)} of its changed text is in the squash too: the same change twice in the series"
        )
        why = [Evidence("listed" if part.hash else "number", how)]
        if share >= self.bounds.touch:
            why.append(Evidence("lines", lines))
        self._add(part.patch, KinKind.PART_OF, part.whole, share, other_share, *why)

    def _said(self, said: Said) -> None:
        met = self.pairs.get((said.patch, said.other))
        if said.kind is None and (met is None or not met.changes or met.reach < self.bounds.touch):
            return
        kind = said.kind or KinKind.FIXES
        why = [said.evidence]
        share = other_share = 0.0
        if met is not None:
            reverts = kind is KinKind.REVERTS
            share, other_share = (met.back, met.back_other) if reverts else (met.reach, met.back_other)
            if met.back:
                why.append(_took_back(met) if reverts else _changed(met))
            if met.same >= self.bounds.whole:
                share = max(share, met.same)
                why.append(_repeated(met))
        self._add(said.patch, kind, said.other, share, other_share, *why)

    @staticmethod
    def _made_before(later: int, earlier: int, wholes: Mapping[int, int]) -> bool:
        """Whether the later one is a part beside its squash, and the earlier one is neither that nor
        another part: parts are older than their place in the series."""
        return later in wholes and wholes.get(earlier, earlier) != wholes[later]

    def _held(self, earlier: int, later: int, met: Met) -> None:
        """The earlier one is whole in a larger one, and nobody took it away in between."""
        lines = f"{_percent(met.same_other)} of its changed text is in the larger patch too"
        self._add(earlier, KinKind.PART_OF, later, met.same_other, met.same, Evidence("lines", lines))

    def _mended(self, wholes: dict[int, int]) -> None:
        by_later: dict[int, dict[int, Overlap]] = {}
        for (later, earlier), overlap in self.overlaps.items():
            known = (later, earlier) in self.found or (earlier, later) in self.found
            if overlap.changes and not known and not self._made_before(later, earlier, wholes):
                by_later.setdefault(later, {})[earlier] = overlap
        for later, overlaps in by_later.items():
            for earlier, share in mended(self.series[later], overlaps, wholes, self.bounds):
                met = self.pairs[later, earlier]
                why = [_changed(met)]
                if wants_mending(self.patches[later].subject):
                    why.insert(0, Evidence("subject", self.patches[later].subject))
                self._add(later, KinKind.FIXES, earlier, share, met.back_other, *why)


def _percent(share: float) -> str:
    return f"{100 * min(share, 1.0):.0f} %"


def _took_back(met: Met) -> Evidence:
    return Evidence(
        "lines",
        f"{_percent(met.back)} of its changed text takes back what the other does, "
        f"{_percent(met.back_other)} of that",
    )


def _changed(met: Met) -> Evidence:
    return Evidence(
        "lines",
        f"{_percent(met.reach)} of its changed text stands where it changes lines of the other "
        f"({_percent(met.back_other)} of the other's)",
    )


def _repeated(met: Met) -> Evidence:
    return Evidence(
        "lines",
        f"{_percent(met.same)} of its changed text is in the other too, {_percent(met.same_other)} of that",
    )
