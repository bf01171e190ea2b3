"""Against brute force: on small states every assignment is looked at."""

from collections.abc import Iterator, Sequence
from itertools import combinations, product

from hypothesis import given, settings
from hypothesis import strategies as st
from netstates import states
from outboard.netbalance.model import Agent, Item, Kind, State, Style
from outboard.netbalance.planning import apply, plan
from outboard.netbalance.policy import Policy

EVEN = Policy(absolute=0, relative=0.0, fill=False)
FULL = Policy(absolute=0, relative=0.0)


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
    return {a: sum(a in agents for agents in on.values()) for a in state.agents}


def moves(state: State, on: dict[str, frozenset[str]]) -> int:
    """Additions, and removals of what is too much."""
    total = 0
    for item, agents in on.items():
        now = state.bindings.get(item, frozenset())
        coming, leaving = len(agents - now), len(now - agents)
        spare = max(0, len(agents) + max(0, leaving - coming) - state.items[item].replicas)
        total += coming + spare
    return total


@settings(max_examples=400, deadline=None)
@given(states(agents=4, items=4))
def test_the_least_maximum_load_with_the_fewest_moves(state: State) -> None:
    made = plan(state, EVEN, 0.0)
    for kind in Kind:
        every = [(load(state, on), moves(state, on)) for on in assignments(state, kind, EVEN)]
        usable = [a.id for a in state.agents.values() if a.kind is kind and a.usable]
        if not usable or not every:
            continue
        # The largest fair share is the least maximum load.
        assert max(made.least[a] for a in usable) == min(max(each[a] for a in usable) for each, _ in every)
    # And within the shares nothing has fewer moves.
    fewest = 0
    for kind in Kind:
        within = [
            count
            for each, count in ((load(state, on), moves(state, on)) for on in assignments(state, kind, EVEN))
            if all(each[a] <= made.least.get(a, 99) for a in state.agents)
        ]
        fewest += min(within, default=0)
    assert len(made.moves) == made.bound == fewest


@settings(max_examples=300, deadline=None)
@given(states(agents=4, items=4))
def test_shares_are_the_rounded_max_min_fair_loads(state: State) -> None:
    """By the definition: the set of agents that is forced to the highest mean load, then the rest."""
    made = plan(state, Policy(spread=False), 0.0)
    for kind in Kind:
        rest = {a.id for a in state.agents.values() if a.kind is kind and a.usable}
        items = [(i.replicas, i.reachable & rest if not i.zones else frozenset(
            a for a in i.reachable & rest if state.agents[a].zone in i.zones))
            for i in state.items.values() if i.kind is kind]  # fmt: skip
        items = [(min(r, len(reach)), reach) for r, reach in items]
        done: frozenset[str] = frozenset()

        def forced(agents: frozenset[str], items: list[tuple[int, frozenset[str]]] = items) -> int:
            return sum(max(0, need - len(reach - agents)) for need, reach in items)

        while rest:
            sets = [frozenset(s) for n in range(1, len(rest) + 1) for s in combinations(sorted(rest), n)]
            mean = max((forced(done | s) - forced(done)) / len(s) for s in sets)
            densest = max((s for s in sets if (forced(done | s) - forced(done)) / len(s) == mean), key=len)
            for agent in densest:
                assert made.least[agent] == -int(-mean // 1)
            done |= densest
            rest -= densest


@settings(max_examples=300, deadline=None)
@given(states(agents=5, items=6), st.sampled_from([EVEN, FULL, Policy(), Policy(spread=False)]))
def test_the_plan_ends_what_it_is_for(state: State, policy: Policy) -> None:
    made = plan(state, policy, 0.0)
    after = apply(state, made.moves)
    second = plan(after, policy, 0.0)
    assert second.moves == ()
    assert second.stuck == made.stuck
    assert made.bound == len(made.moves)
    assert plan(state, policy, 0.0) == made


@settings(max_examples=200, deadline=None)
@given(states(agents=5, items=6, weights=True), st.sampled_from([EVEN, FULL, Policy()]))
def test_weighted_plans_end_and_keep_their_bound(state: State, policy: Policy) -> None:
    made = plan(state, policy, 0.0)
    assert made.bound <= len(made.moves)
    assert plan(apply(state, made.moves), policy, 0.0).moves == ()


def test_two_items_of_one_agent_split() -> None:
    reach = frozenset({"a", "b"})
    state = State(
        {x: Agent(x, Kind.L3, x) for x in "ab"},
        {x: Item(x, Kind.L3, Style.LEGACY, reachable=reach) for x in "1234"},
        {x: frozenset({"a"}) for x in "1234"},
    )
    assert plan(state, EVEN, 0.0).after == {"a": 2, "b": 2}
