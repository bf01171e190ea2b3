"""What every two patches of a series have in common: the same lines, and lines taken back.

One table from line to patches is made for the whole series; only pairs that meet in it are looked
at, and lines that many patches change are left out, so the work grows with the lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from unfork.grouping.lines import PatchLines


@dataclass(slots=True)
class Overlap:
    """A later patch and an earlier one."""

    same: float = 0.0  # weight of the lines that both have
    back: float = 0.0  # weight of the later one's lines that reverse the earlier one's
    places: list[int] = field(default_factory=list)  # of the reversing lines, in the later one's lines
    changes: bool = False  # the later one takes away a line that the earlier one added


def find_overlaps(series: Sequence[PatchLines], common: int) -> dict[tuple[int, int], Overlap]:
    """For each pair (later, earlier) that meets, by their places in the series."""
    where: dict[tuple[int, bool], list[int]] = {}
    for number, patch in enumerate(series):
        for key in patch.counts:
            where.setdefault(key, []).append(number)
    found: dict[tuple[int, int], Overlap] = {}
    for number, patch in enumerate(series):
        used: dict[tuple[int, int, bool], int] = {}
        for place, line in enumerate(patch.lines):
            for added in (line.added, not line.added):
                others = where.get((line.key, added), ())
                if len(others) > common:
                    continue
                for other in others:
                    if other >= number:
                        break
                    stock = (other, line.key, added)
                    used[stock] = used.get(stock, 0) + 1
                    if used[stock] > series[other].counts[line.key, added]:
                        continue
                    overlap = found.setdefault((number, other), Overlap())
                    if added == line.added:
                        overlap.same += line.weight
                    else:
                        overlap.back += line.weight
                        overlap.places.append(place)
                        overlap.changes |= added
    return found
