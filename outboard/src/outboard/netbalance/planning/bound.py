"""A lower bound on the moves of any plan, proven apart from how the plan was found.

For prices v of a place on each agent, no assignment within the bounds of load is cheaper than

    L(v) = sum over items of min over allowed sets S of (|S not home| + sum of v over S)
           - sum of cap * v where v > 0 - sum of floor * v where v < 0

(the Lagrangian relaxation of the bounds): each item takes its cheapest set by itself, greedily, as allowed
sets are the bases of a matroid. With prices that fit the assignment of ``Flow``, L(v) is its number of moves;
with any others it is a bound still. So a mistake in ``Flow`` shows as a gap, never as a plan called optimal.
"""

from collections.abc import Iterator, Sequence

from outboard.netbalance.planning.flow import may
from outboard.netbalance.planning.problem import Choice, Entry, Problem

Bounds = tuple[Sequence[int], Sequence[int]]  # the least and the most load of each agent


def lower_bound(
    problem: Problem, bounds: Bounds, on: Sequence[set[int]], stays: Sequence[Sequence[int]], goal: int
) -> int:
    """The least additions of any plan within ``bounds``; ``on`` is what one with ``goal`` additions leads to.

    ``stays``: of each item that may not be moved, the agents it stays on; else nothing.
    """
    floor, cap = bounds
    load = [0] * len(cap)
    for entry in problem.entries:
        for agent in entry.home:
            load[agent] += 1
    best = 0
    # The first three are right for most plans and cost little.
    high = [int(here > most) for here, most in zip(load, cap, strict=True)]
    low = [int(here < least) for here, least in zip(load, floor, strict=True)]
    for price in ([0] * len(cap), high, [-each for each in low]):
        best = max(best, _value(problem, bounds, stays, price))
        if best == goal:
            return best
    return max(best, _value(problem, bounds, stays, _prices(problem, cap, on, stays)))


def _value(problem: Problem, bounds: Bounds, stays: Sequence[Sequence[int]], price: list[int]) -> int:
    by_price: dict[Choice, list[int]] = {}
    value = -sum(
        each * (most if each > 0 else least) for least, most, each in zip(*bounds, price, strict=True)
    )
    for entry, fixed in zip(problem.entries, stays, strict=True):
        order = by_price.get(entry.choice)
        if order is None:
            order = by_price[entry.choice] = sorted(entry.choice.agents, key=price.__getitem__)
        chosen = list(fixed)
        value += sum(price[agent] for agent in chosen)
        for cost, agent in _cheapest(entry, order, price):
            if len(chosen) == entry.need:
                break
            if may(entry, chosen, problem.zones, None, agent):
                chosen.append(agent)
                value += cost
    return value


def _cheapest(entry: Entry, order: Sequence[int], price: list[int]) -> Iterator[tuple[int, int]]:
    """What a place on each agent costs the item, the cheapest first."""
    home = sorted((price[agent], agent) for agent in entry.home)
    for agent in order:
        if agent not in entry.home:
            cost = 1 + price[agent]
            while home and home[0][0] <= cost:
                yield home.pop(0)
            yield cost, agent
    yield from home


def _prices(
    problem: Problem, cap: Sequence[int], on: Sequence[set[int]], stays: Sequence[Sequence[int]]
) -> list[int]:
    """What it costs to make room on each agent, moving what is there on until room is found."""
    size = len(cap)
    load = [0] * size
    for agents in on:
        for agent in agents:
            load[agent] += 1
    arcs = _arcs(problem, on, stays)
    price = [0 if load[agent] < cap[agent] else size + 1 for agent in range(size)]
    changed = True
    for _ in range(size):
        if not changed:
            break
        changed = False
        for (source, target), cost in arcs.items():
            if price[target] + cost < price[source]:
                price[source] = price[target] + cost
                changed = True
    return price


def _arcs(
    problem: Problem, on: Sequence[set[int]], stays: Sequence[Sequence[int]]
) -> dict[tuple[int, int], int]:
    """Between which agents something could move, and the least it costs."""
    arcs: dict[tuple[int, int], int] = {}
    # Of items alike, the targets that none of them could go to yet.
    sought: dict[tuple[Choice, int, int], set[int]] = {}
    for entry, agents, fixed in zip(problem.entries, on, stays, strict=True):
        for source in sorted(agents.difference(fixed)):
            left = 0 if source in entry.home else -1
            far = sought.setdefault((entry.choice, source, left), set(entry.choice.agents))
            for target in [*(entry.home - agents), *(far - entry.home)]:
                if may(entry, agents, problem.zones, source, target):
                    cost = left + (target not in entry.home)
                    arcs[source, target] = min(cost, arcs.get((source, target), cost))
                    if target not in entry.home:
                        far.discard(target)
    return arcs
