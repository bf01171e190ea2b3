"""Few moves towards the fair shares for items of different weights, by local search.

For what is too large for ``milp.py``. Whether unlike weights fit under a load is bin packing, so nothing
here is optimal: heaviest first for what has to be placed [Graham 1969], then single moves, then swaps, as
long as the most overloaded agents gain.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate, islice

from outboard.netbalance.planning.flow import kept, may
from outboard.netbalance.planning.problem import Choice, Problem
from outboard.netbalance.planning.share import Shares
from outboard.netbalance.policy import Policy

# Only as many agents with the most room, or the most to give, are tried: hosts are many.
_TARGETS = 8
_DONORS = 8


class LocalSearch:
    """The same offer as ``Flow``."""

    def __init__(self, problem: Problem, share: Shares, policy: Policy, *, movable: bool) -> None:
        self._entries = problem.entries
        self._zones = problem.zones
        self._share = share
        self._policy = policy
        self._movable = movable
        self.load = [0] * len(problem.agents)
        self.on: list[set[int]] = [set() for _ in problem.entries]
        self._here: list[set[int]] = [set() for _ in problem.agents]
        self._order: dict[Choice, list[int]] = {}  # agents by room, until a load changes
        for number in range(len(problem.entries)):
            for agent in kept(problem, number, self.load):
                self._put(number, agent)

    def solve(self) -> None:
        """Place what waits, then even out.

        A relief lowers the sorted list of what agents have too much, filling never raises it: it ends. Each
        step depends on the loads and the shares alone, so what is finished stays finished.
        """
        waiting = [
            number
            for number, entry in enumerate(self._entries)
            for _ in range(entry.need - len(self.on[number]))
        ]
        for number in sorted(waiting, key=lambda one: (-self._weight(one), one)):
            targets = self._targets(number, None)
            if targets:
                self._put(number, targets[0])
        if self._movable:
            agents = range(len(self.load))
            high = {agent for agent in agents if self._uneven(self._excess(agent), agent)}
            low = {agent for agent in agents if self._uneven(self._lack(agent), agent)}
            while self._step(high, low):
                pass

    def _step(self, high: set[int], low: set[int]) -> bool:
        """One improvement of an agent that was uneven at the start, or is by now."""
        agents = range(len(self.load))
        over = [a for a in agents if self._uneven(self._excess(a), a) or (a in high and self._excess(a) > 0)]
        if any(self._relieve(a) for a in sorted(over, key=lambda a: (-self._excess(a), a))):
            return True
        under = [a for a in agents if self._uneven(self._lack(a), a) or (a in low and self._lack(a) > 0)]
        return self._policy.fill and any(
            self._fill(a) for a in sorted(under, key=lambda a: (-self._lack(a), a))
        )

    def _relieve(self, agent: int) -> bool:
        """One step that takes the agent closer to its share and leaves no other as far above."""
        excess = self._excess(agent)
        single = min(self._moves(agent, excess), default=None)
        if single is not None:
            _, _, _, number, target = single
            self._shift(number, agent, target)
            return True
        # A swap is two moves: too many for a crumb.
        swap = min(self._swaps(agent, excess), default=None) if self._uneven(excess, agent) else None
        if swap is None:
            return False
        _, number, other, back = swap
        self._shift(number, agent, other)
        self._shift(back, other, agent)
        return True

    def _fill(self, agent: int) -> bool:
        """Fetch the heaviest item that fits and can be spared."""
        donors = sorted(
            (a for a in range(len(self.load)) if self._lack(a) < 0), key=lambda a: (self._lack(a), a)
        )
        for donor in donors[:_DONORS]:
            fitting = (
                (-self._weight(number), self._entries[number].disruption(donor), number)
                for number in self._leavers(donor)
                if self._weight(number) <= min(-self._lack(donor), -self._excess(agent))
                and agent in self._entries[number].choice.members
                and self._may(number, donor, agent)
            )
            best = min(fitting, default=None)
            if best is not None:
                self._shift(best[2], donor, agent)
                return True
        return False

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
                    fits = agent in self._entries[back].choice.members and self._may(back, other, agent)
                    if gain > 0 and worst < excess and fits:
                        yield worst, number, other, back

    def _leavers(self, agent: int) -> list[int]:
        return [number for number in sorted(self._here[agent]) if self._entries[number].free]

    def _targets(self, number: int, source: int | None) -> list[int]:
        choice = self._entries[number].choice
        if choice not in self._order:
            self._order[choice] = sorted(choice.agents, key=lambda agent: (self._excess(agent), agent))
        return list(islice((a for a in self._order[choice] if self._may(number, source, a)), _TARGETS))

    def _excess(self, agent: int) -> int:
        return self.load[agent] - self._share.high[agent]

    def _lack(self, agent: int) -> int:
        return self._share.low[agent] - self.load[agent]

    def _uneven(self, off: int, agent: int) -> bool:
        return self._policy.uneven(off, self._share.high[agent])

    def _weight(self, number: int) -> int:
        return self._entries[number].item.weight

    def _may(self, number: int, source: int | None, target: int) -> bool:
        return may(self._entries[number], self.on[number], self._zones, source, target)

    def _shift(self, number: int, source: int, target: int) -> None:
        self._take(number, source)
        self._put(number, target)

    def _put(self, number: int, agent: int) -> None:
        self.on[number].add(agent)
        self._here[agent].add(number)
        self.load[agent] += self._weight(number)
        self._order.clear()

    def _take(self, number: int, agent: int) -> None:
        self.on[number].discard(agent)
        self._here[agent].discard(number)
        self.load[agent] -= self._weight(number)
        self._order.clear()


def lower_bound(problem: Problem, load: Sequence[int], aim: Shares) -> int:
    """The least additions of any plan after which each agent's load is within ``aim``, or no farther off it
    than the ``load`` given.

    What is missing has to be added, and each agent above its range has to lose weight, of which its
    heaviest items are the fewest; or each agent below its range has to get weight, of which the heaviest that
    reach it are the fewest. Items with replicas to spare are taken for gone already. Where chains or swaps
    are needed no plan reaches it.
    """
    size = len(load)
    missing = sum(
        entry.need - len(kept(problem, number, [0] * size)) for number, entry in enumerate(problem.entries)
    )
    here: list[list[int]] = [[] for _ in load]  # weights that may leave
    abroad: list[list[int]] = [[] for _ in load]  # weights that may come
    still, most = [0] * size, [0] * size  # what surely stays, what may be there at most before anything comes
    for entry in problem.entries:
        weight = entry.item.weight
        for agent in entry.home:
            most[agent] += weight
            if len(entry.home) > entry.need or entry.limit < entry.need:
                continue  # which of its replicas stay is open
            if entry.free:
                here[agent].append(weight)
            else:
                still[agent] += weight
        if entry.free or len(entry.home) < entry.need:
            for agent in entry.choice.members - entry.home:
                abroad[agent].append(weight)
    leaving = sum(_fewest(here[a], sum(here[a]) + still[a] - max(aim.high[a], load[a])) for a in range(size))
    coming = sum(_fewest(abroad[a], min(aim.low[a], load[a]) - most[a]) for a in range(size))
    return max(missing + leaving, coming)


def _fewest(weights: list[int], wanted: int) -> int:
    """How many of these weigh ``wanted`` together, at the least."""
    if wanted <= 0:
        return 0
    sums = list(accumulate(sorted(weights, reverse=True), initial=0))
    return bisect_left(sums, wanted)
