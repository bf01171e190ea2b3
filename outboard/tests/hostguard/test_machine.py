"""The state machine alone: whatever is seen in whatever order, it never does what must not be done."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from outboard.hostguard.gates import gates
from outboard.hostguard.machine import Known, decide, foreign
from outboard.hostguard.model import (
    OURS,
    Act,
    Agent,
    Desired,
    Guest,
    Policy,
    Service,
    State,
    View,
    Wish,
    marked,
    unmarked,
)

_NEW = Policy().new_reasons[0]
_REASONS = ["", _NEW, f"{OURS}drained", f"{OURS}failed", "maintenance", "AUTO: Connection to libvirt lost: 1"]
_KINDS = ["Open vSwitch agent", "DHCP agent", "L3 agent", "Metadata agent"]
_SERVICE_ACTS = frozenset({Act.ENABLE, Act.DISABLE, Act.RAISE, Act.FORCE_DOWN, Act.DELETE_SERVICE})

_services = st.builds(
    Service, id=st.just("s"), enabled=st.booleans(), up=st.booleans(), forced_down=st.booleans(),
    reason=st.sampled_from(_REASONS),
).map(lambda service: replace(service, reason="") if service.enabled else service)  # fmt: skip
_agents = st.lists(st.sampled_from(_KINDS), unique=True, max_size=4).flatmap(
    lambda kinds: st.tuples(*(
        st.builds(
            Agent, id=st.just(kind), kind=st.just(kind), alive=st.booleans(), enabled=st.booleans(),
            description=st.sampled_from(["", "rack 7", f"{OURS}drained", f"{OURS}failed | rack 7"]),
            mappings=st.sampled_from([{}, {"physnet0": "br-ex"}]),
        )
        for kind in kinds
    ))
)  # fmt: skip
_guests = st.lists(
    st.builds(
        Guest, st.sampled_from(["g1", "g2", "g3"]), st.sampled_from(["ACTIVE", "SHUTOFF"]), st.booleans()
    ),
    max_size=3,
).map(tuple)
_views = st.builds(
    View, host=st.just("c1"), service=st.none() | _services, agents=_agents, mapped=st.booleans(),
    member=st.sampled_from([frozenset(), frozenset({"rack"})]),
    aggregates=st.sampled_from([frozenset(), frozenset({"rack"})]),
    inventory=st.none() | st.booleans(), script=st.sampled_from([None, "", "closed"]),
    hosted=st.none() | st.fixed_dictionaries({kind: st.integers(0, 2) for kind in _KINDS}),
    guests=st.none() | _guests, fenced=st.none() | st.booleans(),
)  # fmt: skip
_wishes = st.builds(
    Wish, state=st.sampled_from(Desired), fenced=st.booleans(),
    aggregates=st.sampled_from([(), ("rack",)]), agents=st.sampled_from([(), ("L3 agent",)]),
    bridge_mappings=st.sampled_from([{}, {"physnet0": "br-ex"}]),
)  # fmt: skip
_policies = st.builds(
    Policy, script=st.booleans(), migrate=st.booleans(), wait_guests=st.booleans(),
    evacuate=st.sampled_from(["none", "nova", "masakari"]), new_agents=st.booleans(), network=st.booleans(),
)  # fmt: skip
_knowns = st.builds(
    Known, was_enabled=st.booleans(), gone_twice=st.booleans(), notified=st.booleans(),
    tries=st.dictionaries(st.sampled_from(["g1", "g2"]), st.integers(0, 5)),
)  # fmt: skip


@given(_views, _wishes, _policies, _knowns)
def test_it_opens_a_host_only_by_a_look_that_saw_every_gate_open(
    view: View, wish: Wish, policy: Policy, known: Known
) -> None:
    decision = decide(view, wish, policy, known)
    if any(step.act is Act.ENABLE for step in decision.steps):
        assert wish.state is Desired.ENABLED
        assert len(decision.steps) == 1
        seen, asked = gates(view, wish, policy)
        assert not asked and not [gate for gate in seen if gate.closed]
        # The gates, said once more in other words.
        assert view.service is not None and view.service.up and not view.service.forced_down
        assert view.mapped and view.inventory and set(wish.aggregates) <= view.member
        assert not policy.script or view.script == ""
        live = [a for a in view.agents if a.alive and a.enabled]
        if policy.network:
            assert view.agents and set(wish.agents) <= {a.kind for a in live}
        if wish.bridge_mappings:
            assert any(a.mappings.get("physnet0") == "br-ex" for a in view.agents if a.alive)


@given(_views, _wishes, _policies, _knowns)
def test_it_never_touches_what_somebody_else_disabled(
    view: View, wish: Wish, policy: Policy, known: Known
) -> None:
    steps = decide(view, wish, policy, known).steps
    service = view.service
    if service is not None and not service.enabled and service.reason not in (_NEW, *_ours()):
        assert foreign(service, policy)
        assert not [step for step in steps if step.act in _SERVICE_ACTS]
    for step in steps:
        if step.act is Act.AGENT_UP:
            agent = next(a for a in view.agents if a.id == step.of)
            new = policy.new_agents and not known.was_enabled and not agent.description
            assert agent.description.startswith(OURS) or new


def _ours() -> list[str]:
    return [reason for reason in _REASONS if reason.startswith(OURS)]


@given(_views, _wishes, _policies, _knowns)
def test_agents_of_a_drained_host_go_down_only_when_they_host_nothing(
    view: View, wish: Wish, policy: Policy, known: Known
) -> None:
    if wish.state is Desired.FAILED:
        return
    for step in decide(view, wish, policy, known).steps:
        if step.act is Act.AGENT_DOWN:
            assert view.hosted is not None and view.hosted[step.of] == 0


@given(_views, _wishes, _policies, _knowns)
def test_what_cannot_be_undone_needs_fencing_or_two_looks(
    view: View, wish: Wish, policy: Policy, known: Known
) -> None:
    acts = {step.act for step in decide(view, wish, policy, known).steps}
    if acts & {Act.FORCE_DOWN, Act.EVACUATE, Act.NOTIFY}:
        assert wish.state is Desired.FAILED and (wish.fenced or view.fenced)
    if acts & {Act.EVACUATE, Act.NOTIFY}:
        assert view.service is not None and view.service.forced_down
    if acts & {Act.DELETE_SERVICE, Act.DELETE_AGENT}:
        assert wish.state is Desired.ABSENT and known.gone_twice
        assert not any(agent.alive for agent in view.agents)
        assert view.service is None or not view.guests


@given(_views, _wishes, _policies, _knowns)
def test_what_is_done_is_not_done_again(view: View, wish: Wish, policy: Policy, known: Known) -> None:
    """Each step taken, the machine decides again until it rests; it rests, and then wants nothing."""
    for _ in range(12):
        decision = decide(view, wish, policy, known)
        steps = [step for step in decision.steps if step.act not in (Act.DRAIN, Act.MIGRATE, Act.EVACUATE)]
        if not steps:
            break
        for step in steps:
            view, known = _after(view, known, step.act, step.of, step.value)
    else:
        pytest.fail(f"no rest: {steps}")


def _after(view: View, known: Known, act: Act, of: str, value: str) -> tuple[View, Known]:
    service = view.service
    if act is Act.NOTIFY:
        return view, replace(known, notified=True)
    if act is Act.AGGREGATE:
        return replace(view, member=view.member | {of}), known
    if act in (Act.AGENT_UP, Act.AGENT_DOWN):
        return replace(view, agents=tuple(
            replace(a, enabled=act is Act.AGENT_UP, description=value) if a.id == of else a
            for a in view.agents
        )), known  # fmt: skip
    if act is Act.DELETE_AGENT:
        return replace(view, agents=tuple(a for a in view.agents if a.id != of)), known
    if act is Act.DELETE_SERVICE:
        return replace(view, service=None), known
    assert service is not None
    changed = {
        Act.ENABLE: {"enabled": True, "reason": ""}, Act.DISABLE: {"enabled": False, "reason": value},
        Act.RAISE: {"forced_down": False}, Act.FORCE_DOWN: {"forced_down": True},
    }[act]  # fmt: skip
    return replace(view, service=replace(service, **changed)), known  # type: ignore[arg-type]


@given(_views, _wishes, _policies, _knowns)
def test_a_host_is_done_or_says_what_it_waits_for(
    view: View, wish: Wish, policy: Policy, known: Known
) -> None:
    decision = decide(view, wish, policy, known)
    reached = {
        Desired.ENABLED: State.ENABLED, Desired.DRAINED: State.DRAINED, Desired.FAILED: State.FAILED,
        Desired.ABSENT: State.ABSENT,
    }[wish.state]  # fmt: skip
    assert decision.steps or decision.ask or decision.waits or decision.state is reached


@pytest.mark.parametrize("description", ["", "rack 7", "a | b"])
def test_an_agents_description_survives(description: str) -> None:
    assert unmarked(marked(description, "drained")) == description
    assert marked(description, "drained").startswith(OURS)
