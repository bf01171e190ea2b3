"""Against brute force: on small states every assignment is looked at."""

import sys
from dataclasses import replace
from itertools import combinations

import pytest
from brute_force import assignments, load, moves, nearest, reached
from hypothesis import given, settings
from hypothesis import strategies as st
from netstates import states
from outboard.errors import InputError
from outboard.netbalance.model import Agent, Item, Kind, Move, Reason, State, Style
from outboard.netbalance.planning import apply, milp, plan
from outboard.netbalance.policy import Policy

EVEN = Policy(absolute=0, relative=0.0, fill=False)
FULL = Policy(absolute=0, relative=0.0)


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
@given(states(agents=4, items=4, weights=True))
def test_of_unlike_weights_the_nearest_loads_with_the_fewest_moves(state: State) -> None:
    """The least largest overload, then the least sum of overloads, then the fewest moves."""
    made = plan(state, EVEN, 0.0)
    assert reached(state, made) == nearest(state, made.least, EVEN)
    assert made.bound == len(made.moves)


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


@pytest.mark.parametrize("columns", [2000, 0])  # with an integer program, and too large for one
@settings(max_examples=200, deadline=None)
@given(states(agents=5, items=6, weights=True), st.sampled_from([EVEN, FULL, Policy()]))
def test_weighted_plans_end_and_keep_their_bound(columns: int, state: State, policy: Policy) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(milp, "_COLUMNS", columns)
        made = plan(state, policy, 0.0)
        assert made.bound <= len(made.moves)
        assert plan(apply(state, made.moves), policy, 0.0).moves == ()


def unlike() -> State:
    """Two routers on one of two agents, the larger one at home there."""
    state = routers("ab", {"1": ("a", "ab"), "2": ("a", "ab")})
    return replace(state, items=state.items | {"2": replace(state.items["2"], weight=9)})


def test_standbys_of_unlike_weight_are_moved_rather_than_masters(capfd: pytest.CaptureFixture[str]) -> None:
    state = replace(unlike(), active={"2": "a"})
    assert [move.item for move in plan(state, EVEN, 0.0).moves] == ["1"]
    state = replace(state, active={"1": "a"})
    assert [move.item for move in plan(state, EVEN, 0.0).moves] == ["2"]
    assert capfd.readouterr() == ("", "")  # a solver likes to print what it does


def test_the_solver_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "highspy", None)
    with pytest.raises(InputError, match="HiGHS is not installed"):
        plan(unlike(), EVEN, 0.0)


def test_two_items_of_one_agent_split() -> None:
    reach = frozenset({"a", "b"})
    state = State(
        {x: Agent(x, Kind.L3, x) for x in "ab"},
        {x: Item(x, Kind.L3, Style.LEGACY, reachable=reach) for x in "1234"},
        {x: frozenset({"a"}) for x in "1234"},
    )
    assert plan(state, EVEN, 0.0).after == {"a": 2, "b": 2}


def routers(known: str, items: dict[str, tuple[str, str]]) -> State:
    """Of each router the agents it is on, and those that reach it; two replicas there are one too many."""
    return State(
        {x: Agent(x, Kind.L3, x) for x in known},
        {id_: Item(id_, Kind.L3, Style.HA, reachable=frozenset(reach)) for id_, (_, reach) in items.items()},
        {id_: frozenset(on) for id_, (on, _) in items.items()},
    )


def test_of_too_many_replicas_that_goes_which_saves_a_move() -> None:
    """The master is kept where that costs nothing; here another router would have to make room for it."""
    state = replace(routers("abcd", {"1": ("bc", "abcd"), "2": ("b", "abcd")}), active={"1": "b"})
    assert plan(state, EVEN, 0.0).moves == (Move("1", "b", None, Reason.SURPLUS),)


def test_a_host_is_filled_through_another() -> None:
    """None is above its share, and what could be spared does not reach the empty one."""
    state = routers("edmt", {
        "1": ("e", "ed"), "2": ("e", "ed"), "3": ("d", "dm"), "4": ("d", "dm"), "5": ("m", "mt"),
    })  # fmt: skip
    made = plan(state, FULL, 0.0)
    assert made.before == {"e": 2, "d": 2, "m": 1, "t": 0}
    assert made.after["t"] == made.after["m"] == 1
    assert len(made.moves) == made.bound == 2
