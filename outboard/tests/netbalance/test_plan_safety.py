"""Whatever part of a plan is carried out from its start, nothing is lost or put where it cannot be."""

from hypothesis import given, settings
from hypothesis import strategies as st
from netstates import states
from outboard.netbalance.model import Kind, Reason, State, Style
from outboard.netbalance.planning import apply, plan
from outboard.netbalance.policy import Policy

POLICIES = [Policy(), Policy(absolute=0, relative=0.0), Policy(spread=False), Policy(rebalance=False)]


def serving(state: State, item: str) -> int:
    return sum(
        a in state.agents and state.agents[a].alive and state.agents[a].enabled
        and a in state.items[item].reachable
        for a in state.bindings[item]
    )  # fmt: skip


@settings(max_examples=250, deadline=None)
@given(states(agents=5, items=7, weights=True, frozen=True) | states(agents=5, items=7, frozen=True),
       st.sampled_from(POLICIES))  # fmt: skip
def test_every_step_is_safe(state: State, policy: Policy) -> None:
    made = plan(state, policy, 5.0)
    assert made.bound <= len(made.moves)
    now = state
    for move in made.moves:
        item = state.items[move.item]
        if move.target is not None:
            target = state.agents[move.target]
            assert target.usable
            assert target.kind is item.kind
            assert move.target in item.reachable
            assert not item.zones or target.zone in item.zones
            assert move.target not in now.bindings[move.item]
        assert move.source is None or move.source in now.bindings[move.item]
        before = now
        now = apply(now, [move])
        # A removal alone only where enough are left, and what serves never becomes fewer by a move.
        assert len(now.bindings[move.item]) >= min(len(before.bindings[move.item]), item.replicas)
        assert serving(now, move.item) >= min(serving(before, move.item), item.replicas)
        if item.style in (Style.LEGACY, Style.DVR):
            assert len(now.bindings[move.item]) <= 1
        if move.reason is Reason.LOAD:
            assert item.frozen_until <= 5.0
    named = {one.item for one in made.stuck}
    for id_, item in now.items.items():
        usable = [
            a for a in item.reachable
            if now.agents[a].usable and (not item.zones or now.agents[a].zone in item.zones)
        ]  # fmt: skip
        on = now.bindings[id_] & set(usable)
        assert len(on) == min(item.replicas, len(usable))
        if now.bindings[id_] - on:
            assert id_ in named


@settings(max_examples=100, deadline=None)
@given(states(agents=5, items=7))
def test_drained_hosts_end_empty_or_named(state: State) -> None:
    made = plan(state, Policy(), 0.0)
    after = apply(state, made.moves)
    for id_, on in after.bindings.items():
        for agent in on:
            if agent not in state.agents or not state.agents[agent].usable:
                assert (id_, agent) in {(one.item, one.agent) for one in made.stuck}
    for kind in Kind:
        for agent in state.agents.values():
            if agent.kind is kind and not agent.usable:
                assert made.after[agent.id] <= made.before[agent.id]
