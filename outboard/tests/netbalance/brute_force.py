"""Every assignment of small clouds, and what is best among them. Also for benchmarks."""

from collections.abc import Iterator, Sequence
from itertools import combinations, product

from outboard.netbalance.model import Item, Kind, Plan, State
from outboard.netbalance.planning import apply
from outboard.netbalance.policy import Policy

Result = tuple[int, int, int]  # largest overload, sum of overloads, moves; of both kinds together


def allowed(state: State, item: Item, policy: Policy) -> list[frozenset[str]]:
    """Every set of agents an item may be on: as many as can be, zones as even as can be."""
    usable = [
        a.id
        for a in state.agents.values()
        if a.kind is item.kind and a.usable and a.id in item.reachable
        and (not item.zones or a.zone in item.zones)
    ]  # fmt: skip
    sets = list(combinations(sorted(usable), min(item.replicas, len(usable))))

    def crowd(on: Sequence[str]) -> int:
        zones = [state.agents[a].zone for a in on]
        return max(map(zones.count, zones), default=0)

    least = min(map(crowd, sets)) if policy.spread else len(usable)
    return [frozenset(on) for on in sets if crowd(on) <= least]


def assignments(state: State, kind: Kind, policy: Policy) -> Iterator[dict[str, frozenset[str]]]:
    items = [item for item in state.items.values() if item.kind is kind]
    for sets in product(*(allowed(state, item, policy) for item in items)):
        yield dict(zip([item.id for item in items], sets, strict=True))


def load(state: State, on: dict[str, frozenset[str]]) -> dict[str, int]:
    return {a: sum(state.items[i].weight for i, agents in on.items() if a in agents) for a in state.agents}


def moves(state: State, on: dict[str, frozenset[str]]) -> int:
    """Additions, and removals of what is too much."""
    total = 0
    for item, agents in on.items():
        now = state.bindings.get(item, frozenset())
        coming, leaving = len(agents - now), len(now - agents)
        spare = max(0, len(agents) + max(0, leaving - coming) - state.items[item].replicas)
        total += coming + spare
    return total


def nearest(state: State, share: dict[str, int], policy: Policy) -> Result:
    """The least largest overload over the ``share``, then the least sum of them, then the fewest moves."""
    best = [
        min((*_over(on, state, share), moves(state, on)) for on in assignments(state, kind, policy))
        for kind in Kind
    ]
    return best[0][0] + best[1][0], best[0][1] + best[1][1], best[0][2] + best[1][2]


def reached(state: State, made: Plan) -> Result:
    """The same of a plan."""
    left = {(one.item, one.agent) for one in made.stuck}  # where it cannot be, and cannot leave
    after = apply(state, made.moves).bindings
    on = {item: frozenset(a for a in agents if (item, a) not in left) for item, agents in after.items()}
    over = [
        _over({i: agents for i, agents in on.items() if state.items[i].kind is kind}, state, made.least)
        for kind in Kind
    ]
    return over[0][0] + over[1][0], over[0][1] + over[1][1], len(made.moves)


def _over(on: dict[str, frozenset[str]], state: State, share: dict[str, int]) -> tuple[int, int]:
    over = [max(0, has - share[a]) for a, has in load(state, on).items() if a in share]
    return max(over, default=0), sum(over)
