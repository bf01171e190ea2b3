"""Put pieces together: correlation clustering of a graph with signed weights.

The weight of a pair is the probability that the two belong together, less a half. Of a partition, the sum
of the weights inside its clusters is then, but for a constant, half the number of pairs it is expected to
put rightly together or apart (the Rand index): no number of clusters and no threshold is to be set.

Greedy joining of the two clusters that gain most, then moves of single pieces while they gain (greedy
additive edge contraction and its refinement: Keuper et al., ICCV 2015). The problem itself is NP-hard.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_ROUNDS = 20  # of moves; a handful settle it
_FARTHEST = 16.0  # log-odds that no pair reaches: all apart, all together
_HALVINGS = 9
_LITTLE = 1e-5  # gains below are rounding


def cluster(
    weights: NDArray[np.float32], fixed: Sequence[int | None], *, count: int | None = None
) -> list[int]:
    """The cluster of each node. ``fixed`` gives nodes their cluster beforehand (a number from 0); no two
    of these are joined. ``count``: how many clusters there are, where that is known: all weights are then
    shifted by what makes so many of them, or nearly."""
    found = _clustered(weights, fixed)
    if count is None:
        return found
    low, high = -_FARTHEST, _FARTHEST
    best = found
    for _ in range(_HALVINGS):
        if len(set(best)) == count:
            break
        shift = (low + high) / 2
        found = _clustered(weights + np.float32(shift), fixed)
        if abs(len(set(found)) - count) < abs(len(set(best)) - count):
            best = found
        low, high = (shift, high) if len(set(found)) > count else (low, shift)
    return best


def _clustered(weights: NDArray[np.float32], fixed: Sequence[int | None]) -> list[int]:
    label = _joined(weights.astype(np.float64), fixed)
    free = np.array([each is None for each in fixed])
    for _ in range(_ROUNDS):
        if not _moved(weights, label, free):
            break
    order = {each: number for number, each in enumerate(dict.fromkeys(label.tolist()))}
    return [order[each] for each in label.tolist()]


def _joined(weights: NDArray[np.float64], fixed: Sequence[int | None]) -> NDArray[np.int64]:
    size = len(fixed)
    label = np.arange(size)
    gain = weights.copy()
    np.fill_diagonal(gain, -np.inf)
    alive = np.ones(size, dtype=bool)
    seed: dict[int, int] = {}

    def join(one: int, other: int) -> None:
        label[label == other] = one
        gain[one] += gain[other]
        gain[:, one] = gain[one]
        gain[one, one] = -np.inf
        gain[other] = gain[:, other] = -np.inf
        alive[other] = False

    for node, number in enumerate(fixed):
        if number is not None:
            if number in seed:
                join(seed[number], node)
            else:
                seed[number] = node
    seeds = list(seed.values())
    for at, one in enumerate(seeds):
        gain[one, seeds[at + 1 :]] = gain[seeds[at + 1 :], one] = -np.inf
    best = gain.argmax(axis=1)
    while alive.sum() > 1:
        rows = gain[np.arange(size), best]
        one = int(rows.argmax())
        other = int(best[one])
        if rows[one] <= 0:
            break
        if other in seeds:
            one, other = other, one
        join(one, other)
        stale = (best == one) | (best == other)
        stale[[one, other]] = True
        best[stale] = gain[stale].argmax(axis=1)
        better = gain[np.arange(size), one] > gain[np.arange(size), best]
        best[better] = one
    return label


def _moved(weights: NDArray[np.float32], label: NDArray[np.int64], free: NDArray[np.bool_]) -> bool:
    """Move each free node to the cluster where it gains most, or to one of its own; whether any moved."""
    size = len(label)
    names, place = np.unique(label, return_inverse=True)
    member = np.zeros((size, len(names) + 1), dtype=np.float32)  # the last one: nobody's yet
    member[np.arange(size), place] = 1
    off = weights.copy()
    np.fill_diagonal(off, 0)
    sums = off @ member
    moved = False
    for node in np.flatnonzero(free):
        here, there = int(place[node]), int(sums[node].argmax())
        if sums[node, there] > sums[node, here] + _LITTLE:
            sums[:, here] -= off[:, node]
            sums[:, there] += off[:, node]
            place[node] = there
            moved = True
    label[:] = place
    return moved
