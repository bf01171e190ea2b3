"""How rightly a squash was taken apart: the Rand index over its hunks."""

from collections import Counter
from collections.abc import Mapping

from unfork.unsquashing.pieces import Line


def units(truth: Mapping[Line, int]) -> dict[tuple[int, int, int], list[Line]]:
    """The hunks of a squash, one that several commits made once for each of them: (file, hunk, commit)."""
    found: dict[tuple[int, int, int], list[Line]] = {}
    for line, maker in truth.items():
        found.setdefault((line.file, line.hunk, maker), []).append(line)
    return found


def rand_index(truth: Mapping[Line, int], said: Mapping[Line, int]) -> float:
    """Share of the pairs of hunks that are put together or apart rightly; 1 when there is no pair.

    A hunk of two commits that was not cut counts as two that were wrongly put together.
    """
    chosen = [
        (maker, Counter(said[line] for line in lines).most_common(1)[0][0])
        for (_, _, maker), lines in units(truth).items()
    ]
    return pair_index(chosen)


def pair_index(chosen: list[tuple[int, int]]) -> float:
    """The Rand index of (true, said) labels, from the table of how often each pair of labels occurs."""

    def pairs(counts: Counter[int] | Counter[tuple[int, int]]) -> int:
        return sum(count * (count - 1) // 2 for count in counts.values())

    total = len(chosen) * (len(chosen) - 1) // 2
    if not total:
        return 1.0
    both = pairs(Counter(chosen))
    true, told = pairs(Counter(each[0] for each in chosen)), pairs(Counter(each[1] for each in chosen))
    return (total + 2 * both - true - told) / total
