"""What two patches of a series are to each other by their lines alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from unfork.grouping.bounds import Bounds
from unfork.grouping.lines import PatchLines
from unfork.grouping.overlap import Overlap
from unfork.model import KinKind


@dataclass(frozen=True, slots=True)
class Met:
    """How a later patch meets an earlier one; shares are of changed text."""

    same: float  # share of the later one's that the earlier one has too
    same_other: float  # share of the earlier one's
    back: float  # share of the later one's that reverses the earlier one
    back_other: float  # share of the earlier one's that is reversed
    reach: float  # share of the later one's in runs of lines that reverse something of the earlier one
    pure: float  # what reverses, over that and what is new there: 1 is a removal, less a replacement
    common: float  # whole lines in common, the same or reversed
    changes: bool  # it takes away lines that the earlier one added


def meet(later: PatchLines, earlier: PatchLines, overlap: Overlap) -> Met:
    """Measure a pair."""
    runs = {later.lines[place].run for place in overlap.places}
    reach = sum(later.run_weight[run] for run in runs)
    back_in = sum(later.lines[place].weight for place in overlap.places if later.lines[place].added)
    new = sum(later.run_weight[run] - later.run_removed.get(run, 0.0) for run in runs) - back_in
    return Met(
        same=overlap.same / later.total,
        same_other=overlap.same / earlier.total,
        back=overlap.back / later.total,
        back_other=overlap.back / earlier.total,
        reach=reach / later.total,
        pure=overlap.back / (overlap.back + max(0.0, new)) if overlap.back else 0.0,
        common=overlap.same + overlap.back,
        changes=overlap.changes,
    )


def kind_by_content(met: Met, bounds: Bounds) -> KinKind | None:
    """What the lines say; ``None``: not enough. That one mends the other is ``mended``'s to say."""
    exact = max(min(met.back, met.back_other), min(met.same, met.same_other)) >= bounds.same
    if met.common < (bounds.little if exact else bounds.matter):
        return None
    if met.pure >= bounds.whole and (
        met.back_other >= bounds.whole or (met.back >= bounds.bulk and met.back_other >= bounds.touch)
    ):
        return KinKind.REVERTS
    if max(met.same, met.same_other) >= bounds.whole and met.same >= met.back:
        return KinKind.REPEATS
    return None


def mended(
    later: PatchLines, overlaps: Mapping[int, Overlap], wholes: Mapping[int, int], bounds: Bounds
) -> list[tuple[int, float]]:
    """The earlier patches whose added lines a patch mostly changes, with the share of its text there.

    A run of changed lines counts where most of what it takes away is the earlier patch's: "else:" and
    "try:" are everybody's. Each line is given to one patch: the one that has most, of equals the whole
    before its parts and then the latest. ``wholes`` says for a part which patch it is a part of.
    """
    if later.total <= 0:
        return []
    found: list[tuple[int, float]] = []
    free = set(range(len(later.lines)))
    waiting = {other: overlap for other, overlap in overlaps.items() if overlap.changes}
    while waiting:
        weights = {
            other: sum(later.lines[place].weight for place in overlap.places if place in free)
            for other, overlap in waiting.items()
        }
        best = max(waiting, key=lambda other: (round(weights[other], 6), other not in wholes, other))
        owned: dict[int, float] = {}
        for place in waiting.pop(best).places:
            line = later.lines[place]
            if place in free and not line.added:
                owned[line.run] = owned.get(line.run, 0.0) + line.weight
        runs = {run for run, weight in owned.items() if weight >= bounds.bulk * later.run_removed[run]}
        reach = sum(line.weight for at, line in enumerate(later.lines) if at in free and line.run in runs)
        if weights[best] <= 0 or reach < bounds.matter or reach / later.total < bounds.touch:
            break
        found.append((best, reach / later.total))
        free -= {at for at in free if later.lines[at].run in runs}
    return found if sum(share for _, share in found) >= bounds.bulk else []


def take_back(series: Sequence[PatchLines], pairs: Mapping[tuple[int, int], Met], bounds: Bounds) -> set[int]:
    """The patches of which a later one takes back all."""
    return {
        earlier
        for (_, earlier), met in pairs.items()
        if met.back_other >= bounds.whole and series[earlier].total >= bounds.matter
    }
