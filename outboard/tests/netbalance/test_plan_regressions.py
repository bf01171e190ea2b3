"""What StarlingX's rebalancers get wrong, as they were measured (probes P2 to P4 of the research)."""

from collections import Counter
from dataclasses import replace

import pytest
from outboard.netbalance.model import Agent, Item, Kind, Reason, State, Style
from outboard.netbalance.planning import apply, plan
from outboard.netbalance.policy import Policy
from outboard.netbalance.reachability import Reach, RouterAgent, Segment, Wiring


def agents(kind: Kind, count: int) -> dict[str, Agent]:
    return {f"a{n}": Agent(f"a{n}", kind, f"h{n}") for n in range(count)}


def routers(count: int, on: str, reach: frozenset[str], style: Style = Style.LEGACY) -> State:
    items = {f"r{n}": Item(f"r{n}", Kind.L3, style, reachable=reach) for n in range(count)}
    return State({}, items, {id_: frozenset({on}) for id_ in items})


def test_a_router_that_cannot_be_placed_holds_up_no_other() -> None:
    state = routers(6, "a0", frozenset({"a0", "a1", "a2"}))
    known = agents(Kind.L3, 3) | {"a0": Agent("a0", Kind.L3, "h0", alive=False)}
    first = replace(state.items["r0"], reachable=frozenset({"a0"}))
    made = plan(replace(state, agents=known, items=state.items | {"r0": first}), Policy(), 0.0)
    assert {move.item for move in made.moves} == {"r1", "r2", "r3", "r4", "r5"}
    assert {move.reason for move in made.moves} == {Reason.FAILED}
    [stuck] = made.stuck
    assert (stuck.item, stuck.agent) == ("r0", "a0")
    assert stuck.why == "its agent is dead; no agent that reaches it is alive, enabled and not drained"


@pytest.mark.parametrize("networks", [20, 60, 120])
def test_a_fourth_host_takes_no_replica_away(networks: int) -> None:
    known = agents(Kind.DHCP, 4)
    items = {
        f"n{n}": Item(f"n{n}", Kind.DHCP, Style.DHCP, replicas=3, reachable=frozenset(known))
        for n in range(networks)
    }
    state = State(known, items, {id_: frozenset({"a0", "a1", "a2"}) for id_ in items})
    made = plan(state, Policy(), 0.0)
    for end in range(len(made.moves) + 1):
        now = apply(state, made.moves[:end])
        assert {len(on) for on in now.bindings.values()} == {3}
    assert set(made.after.values()) == {networks * 3 // 4}
    assert len(made.moves) == networks * 3 // 4  # no plan has fewer: that many have to come to the new host


def test_vxlan_is_moved_like_any_other() -> None:
    wirings = [Wiring(f"h{n}", tunnels=frozenset({"vxlan"})) for n in range(3)]
    reach = Reach(
        wirings, {f"d{n}": f"h{n}" for n in range(3)}, {f"l{n}": RouterAgent(f"h{n}") for n in range(3)}
    )
    vxlan = frozenset({Segment("vxlan")})
    known = {f"d{n}": Agent(f"d{n}", Kind.DHCP, f"h{n}", drained=n == 0) for n in range(3)}
    known |= {f"l{n}": Agent(f"l{n}", Kind.L3, f"h{n}", drained=n == 0) for n in range(3)}
    items = {
        "net": Item("net", Kind.DHCP, Style.DHCP, reachable=reach.dhcp(vxlan)),
        "router": Item("router", Kind.L3, Style.LEGACY, reachable=reach.l3(frozenset({vxlan}), False, None)),
    }
    state = State(known, items, {"net": frozenset({"d0"}), "router": frozenset({"l0"})})
    assert {(move.item, move.reason) for move in plan(state, Policy(), 0.0).moves} == {
        ("net", Reason.DRAIN), ("router", Reason.DRAIN),
    }  # fmt: skip


def test_ha_routers_keep_both_replicas_beside_a_busier_third_agent() -> None:
    known = agents(Kind.L3, 3)
    items = {
        f"r{n}": Item(f"r{n}", Kind.L3, Style.HA, replicas=2, floor=2, reachable=frozenset(known))
        for n in range(6)
    }
    items |= {f"x{n}": Item(f"x{n}", Kind.L3, Style.LEGACY, reachable=frozenset(known)) for n in range(9)}
    bindings = {id_: frozenset({"a0", "a1"} if id_[0] == "r" else {"a2"}) for id_ in items}
    state = State(known, items, bindings)
    made = plan(state, Policy(absolute=0, relative=0), 0.0)
    after = apply(state, made.moves)
    assert all(len(on) == state.items[id_].replicas for id_, on in after.bindings.items())
    assert sorted(made.after.values()) == [7, 7, 7]


def test_fifteen_fifteen_and_none() -> None:
    state = routers(30, "a0", frozenset({"a0", "a1", "a2"}))
    half = state.bindings | {f"r{n}": frozenset({"a1"}) for n in range(15)}
    made = plan(replace(state, agents=agents(Kind.L3, 3), bindings=half), Policy(), 0.0)
    assert made.after == {"a0": 10, "a1": 10, "a2": 10}
    assert len(made.moves) == 10


def test_standbys_are_moved_rather_than_masters() -> None:
    known = agents(Kind.L3, 3)
    items = {
        f"r{n}": Item(f"r{n}", Kind.L3, Style.HA, replicas=2, reachable=frozenset(known)) for n in range(6)
    }
    state = State(
        known, items, {id_: frozenset({"a0", "a1"}) for id_ in items},
        {id_: "a0" if n % 2 else "a1" for n, id_ in enumerate(items)},
    )  # fmt: skip
    made = plan(state, Policy(), 0.0)
    assert len(made.moves) == 4
    assert not [move for move in made.moves if state.active[move.item] == move.source]


def test_what_was_moved_lately_stays_unless_its_agent_has_to_go() -> None:
    state = routers(10, "a0", frozenset({"a0", "a1"}))
    cold = {id_: replace(item, frozen_until=100.0) for id_, item in state.items.items()}
    state = replace(state, agents=agents(Kind.L3, 2), items=cold)
    assert plan(state, Policy(), 99.0).moves == ()
    assert len(plan(state, Policy(), 100.0).moves) == 5
    gone = state.agents | {"a0": Agent("a0", Kind.L3, "h0", drained=True)}
    assert len(plan(replace(state, agents=gone), Policy(), 99.0).moves) == 10


def test_order_and_limit() -> None:
    known = agents(Kind.L3, 3) | {"dead": Agent("dead", Kind.L3, "d", alive=False)}
    reach = frozenset({"a0", "a1", "a2"})
    state = routers(12, "a0", reach)
    bindings = state.bindings | {"r11": frozenset(), "r10": frozenset({"dead"})}
    state = replace(state, agents=known, bindings=bindings)
    made = plan(state, Policy(), 0.0)
    reasons = [move.reason for move in made.moves]
    assert reasons[:2] == [Reason.UNHOSTED, Reason.FAILED]
    assert Counter(reasons)[Reason.LOAD] == 6
    limited = plan(state, Policy(max_moves=3), 0.0)
    assert limited.moves == made.moves[:3]


def test_a_host_that_joins_a_large_even_cloud_is_filled() -> None:
    state = routers(60, "a0", frozenset(f"a{n}" for n in range(21)))
    spread = {f"r{n}": frozenset({f"a{n % 20}"}) for n in range(60)}
    state = replace(state, agents=agents(Kind.L3, 21), bindings=spread)
    assert max(plan(state, Policy(), 0.0).after.values()) == 3
    assert plan(state, Policy(), 0.0).after["a20"] == 2
    assert plan(state, Policy(fill=False), 0.0).moves == ()


def test_nothing_reaches_anything_moves_nothing() -> None:
    """No layer-2 agent that we know, as with OVN and its routers: named, never moved."""
    state = replace(routers(3, "a0", frozenset()), agents=agents(Kind.L3, 2))
    made = plan(state, Policy(), 0.0)
    assert made.moves == ()
    assert {one.why for one in made.stuck} == {
        "its agent's host does not reach its networks; no agent's host reaches its networks"
    }


def test_of_too_many_the_one_that_serves_stays_though_its_host_is_drained() -> None:
    known = agents(Kind.DHCP, 2)
    known["a0"] = replace(known["a0"], drained=True)
    item = Item("n", Kind.DHCP, Style.DHCP, reachable=frozenset({"a0"}))
    state = State(known, {"n": item}, {"n": frozenset({"a0", "a1"})})
    (move,) = plan(state, Policy(), 0.0).moves
    assert (move.source, move.target) == ("a1", None)
