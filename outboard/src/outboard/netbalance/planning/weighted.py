"""Few moves towards the fair shares for items of different weights, by local search.

Whether unlike weights fit under a load is bin packing, so nothing here is optimal: heaviest first for what
has to be placed [Graham 1969], then single moves, then swaps, as long as the most overloaded agents gain.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence

from outboard.netbalance.planning.flow import kept, may
from outboard.netbalance.planning.problem import Problem

# Of the agents an item may come to, only these many with the most room are tried: more found nothing better
# in benchmarks/outboard_planner.py, and hosts are many.
_TARGETS = 8


class LocalSearch:
    """The same offer as ``Flow``."""

    def __init__(
        self,
        problem: Problem,
        cap: Sequence[int],
        *,
        uneven: Callable[[int, int], bool],
        movable: bool = True,
    ) -> None:
        """``uneven``: whether a load above a cap is worth a swap, which is two moves."""
        self._entries = problem.entries
        self._zones = problem.zones
        self._cap = cap
        self._uneven = uneven
        self._movable = movable
        self.load = [0] * len(problem.agents)
        self.on: list[set[int]] = [set() for _ in problem.entries]
        self._here: list[set[int]] = [set() for _ in problem.agents]
        for number in range(len(problem.entries)):
            for agent in kept(problem, number, self.load):
                self._put(number, agent)

    def solve(self) -> None:
        """Place what waits, then even out."""
        waiting = [
            number
            for number, entry in enumerate(self._entries)
            for _ in range(entry.need - len(self.on[number]))
        ]
        for number in sorted(waiting, key=lambda one: (-self._weight(one), one)):
            targets = self._targets(number, None)
            if targets:
                self._put(number, targets[0])
        while self._movable and any(self._relieve(agent) for agent in self._over()):
            pass

    def _relieve(self, agent: int) -> bool:
        """One step that takes the agent closer to its cap and leaves no other as far above."""
        excess = self._excess(agent)
        single = min(self._moves(agent, excess), default=None)
        if single is not None:
            _, _, _, number, target = single
            self._take(number, agent)
            self._put(number, target)
            return True
        if not self._uneven(self.load[agent], self._cap[agent]):
            return False
        swap = min(self._swaps(agent, excess), default=None)
        if swap is None:
            return False
        _, number, other, back = swap
        self._take(number, agent)
        self._take(back, other)
        self._put(number, other)
        self._put(back, agent)
        return True

    def _moves(self, agent: int, excess: int) -> Iterator[tuple[int, int, int, int, int]]:
        for number in self._leavers(agent):
            weight = self._weight(number)
            for target in self._targets(number, agent):
                worst = max(self._excess(target) + weight, excess - weight, 0)
                if worst < excess:
                    yield worst, self._entries[number].disruption(agent), weight, number, target

    def _swaps(self, agent: int, excess: int) -> Iterator[tuple[int, int, int, int]]:
        for number in self._leavers(agent):
            for other in self._targets(number, agent):
                for back in self._leavers(other):
                    gain = self._weight(number) - self._weight(back)
                    worst = max(self._excess(other) + gain, excess - gain, 0)
                    if gain > 0 and worst < excess and self._may(back, other, agent):
                        yield worst, number, other, back

    def _leavers(self, agent: int) -> list[int]:
        return [number for number in sorted(self._here[agent]) if self._entries[number].free]

    def _targets(self, number: int, source: int | None) -> list[int]:
        agents = (agent for agent in self._entries[number].choice.agents if self._may(number, source, agent))
        return sorted(agents, key=lambda agent: (self._excess(agent), agent))[:_TARGETS]

    def _over(self) -> list[int]:
        over = [agent for agent in range(len(self.load)) if self._excess(agent) > 0]
        return sorted(over, key=lambda agent: (-self._excess(agent), agent))

    def _excess(self, agent: int) -> int:
        return self.load[agent] - self._cap[agent]

    def _weight(self, number: int) -> int:
        return self._entries[number].item.weight

    def _may(self, number: int, source: int | None, target: int) -> bool:
        return may(self._entries[number], self.on[number], self._zones, source, target)

    def _put(self, number: int, agent: int) -> None:
        self.on[number].add(agent)
        self._here[agent].add(number)
        self.load[agent] += self._weight(number)

    def _take(self, number: int, agent: int) -> None:
        self.on[number].discard(agent)
        self._here[agent].discard(number)
        self.load[agent] -= self._weight(number)


def lower_bound(problem: Problem, load: Sequence[int], cap: Sequence[int], *, moved: bool) -> int:
    """The least additions of any plan after which each agent has at most its cap, or the ``load`` given.

    What is missing has to be added; and each agent above its limit has to lose weight, of which its heaviest
    items are the fewest. Items with replicas to spare are taken for gone already. Where chains or swaps
    are needed no plan reaches it.
    """
    missing = sum(
        entry.need - len(kept(problem, number, [0] * len(cap)))
        for number, entry in enumerate(problem.entries)
    )
    if not moved:
        return missing
    weights: list[list[int]] = [[] for _ in cap]
    fixed = [0] * len(cap)
    for entry in problem.entries:
        if len(entry.home) > entry.need or entry.limit < entry.need:
            continue  # which of its replicas stay is open
        for agent in entry.home:
            if entry.free:
                weights[agent].append(entry.item.weight)
            else:
                fixed[agent] += entry.item.weight
    return missing + sum(
        _fewest(sorted(each, reverse=True), sum(each) + still - max(limit, reached))
        for each, still, limit, reached in zip(weights, fixed, cap, load, strict=True)
    )


def _fewest(heaviest_first: list[int], excess: int) -> int:
    """How many of these have to go for ``excess`` to go."""
    if excess <= 0:
        return 0
    sums = [0]
    for weight in heaviest_first:
        sums.append(sums[-1] + weight)
    return bisect_right(sums, excess - 1)
