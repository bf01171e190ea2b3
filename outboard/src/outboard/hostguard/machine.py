"""The state machine of a host: from a wish and a look at it to what is to be done now. Pure.

Nothing is remembered that could be looked at: whatever was done before a kill, the next look continues.
A host is opened by one step that stands alone, from a look that saw every gate open.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from outboard.hostguard.gates import gates
from outboard.hostguard.model import (
    OURS,
    Act,
    Agent,
    Decision,
    Desired,
    Policy,
    Question,
    Service,
    State,
    Step,
    View,
    Wish,
    marked,
    unmarked,
)

UNFENCED = "fencing is not confirmed"


@dataclass(frozen=True, slots=True)
class Known:
    """What a look cannot tell."""

    was_enabled: bool = False  # it was seen enabled before
    gone_twice: bool = False  # the look before, long enough ago, saw it as gone as this one
    notified: bool = False  # masakari took this failure
    tries: Mapping[str, int] = field(default_factory=dict)  # guest: times it was asked to move


def decide(view: View, wish: Wish, policy: Policy, known: Known = Known()) -> Decision:
    """What ``view`` is and what follows from ``wish``."""
    match wish.state:
        case Desired.ENABLED:
            return _enabled(view, wish, policy, known)
        case Desired.DRAINED:
            return _drained(view, policy, known)
        case Desired.FAILED:
            return _failed(view, wish, policy, known)
        case Desired.ABSENT:
            return _absent(view, policy, known)


def foreign(service: Service | None, policy: Policy) -> str:
    """Why a disabled service is not ours to touch; empty: it is."""
    if service is None or service.enabled or service.reason.startswith(OURS):
        return ""
    if service.reason and service.reason in policy.new_reasons:
        return ""
    return f"disabled by somebody else: {service.reason or 'no reason given'}"


def _enabled(view: View, wish: Wish, policy: Policy, known: Known) -> Decision:
    service = view.service
    if service is None and not view.agents:
        return Decision(State.ABSENT, waits="neither nova nor neutron knows it yet")
    others = foreign(service, policy)
    if others:
        return Decision(State.PREPARED, waits=others)
    first: list[Step] = []
    if service is not None:
        if service.forced_down and not service.enabled:
            first.append(Step(Act.RAISE))
        if view.mapped:  # nova takes a host into an aggregate only once it is
            first += [
                Step(Act.AGGREGATE, name)
                for name in wish.aggregates
                if name in view.aggregates and name not in view.member
            ]
        first += [Step(Act.AGENT_UP, a.id, unmarked(a.description)) for a in _to_raise(view, policy, known)]
    if service is not None and service.enabled:
        waits = "nova-compute is forced down by somebody else" if service.forced_down else ""
        return Decision(State.ENABLED, tuple(first), waits)
    closed, ask = gates(view, wish, policy)
    if first:
        return Decision(State.PREPARED, tuple(first), gates=closed)
    waits = "; ".join(f"{gate.name}: {gate.closed}" for gate in closed if gate.closed)
    steps = () if waits else (Step(Act.ENABLE),)
    return Decision(State.PREPARED, steps, waits, ask, closed)


def _to_raise(view: View, policy: Policy, known: Known) -> list[Agent]:
    """Agents that are off, by us; or because neutron makes new ones so, and this host is new."""
    new = policy.new_agents and not known.was_enabled
    return [a for a in view.agents if a.ours or (new and not a.enabled and not a.description)]


def _drained(view: View, policy: Policy, known: Known) -> Decision:
    service = view.service
    if service is None and not view.agents:
        return Decision(State.ABSENT, waits="neither nova nor neutron knows it")
    steps: list[Step] = []
    waits: list[str] = []
    ask: set[Question] = set()
    if service is not None and service.enabled:
        steps.append(Step(Act.DISABLE, value=f"{OURS}drained"))
    elif others := foreign(service, policy):
        waits.append(others)  # left as it is, and what nova places no guests on can still be emptied
    if policy.migrate or policy.wait_guests:
        _move_guests(view, policy, known, steps, waits, ask)
    _empty_agents(view, policy, "drained", steps, waits, ask)
    done = not (steps or ask or waits) or waits == [foreign(service, policy)]
    return Decision(
        State.DRAINED if done and not steps and not ask else State.DRAINING,
        tuple(steps), "; ".join(waits), frozenset(ask),
    )  # fmt: skip


def _move_guests(
    view: View, policy: Policy, known: Known, steps: list[Step], waits: list[str], ask: set[Question]
) -> None:
    if view.guests is None:
        ask.add(Question.GUESTS)
        return
    if not view.guests:
        return
    waits.append(f"{len(view.guests)} guests on it")
    if not policy.migrate:
        return
    stuck = [g for g in view.guests if g.status != "ACTIVE" or known.tries.get(g.id, 0) >= policy.tries]
    ready = [g for g in view.guests if g not in stuck and not g.busy]
    free = policy.parallel - sum(guest.busy for guest in view.guests)
    steps += [Step(Act.MIGRATE, guest.id) for guest in ready[: max(0, free)]]
    if stuck:
        named = ", ".join(f"{guest.id} ({guest.status})" for guest in stuck)
        waits.append(f"cannot be live-migrated: {named}")


def _empty_agents(
    view: View, policy: Policy, word: str, steps: list[Step], waits: list[str], ask: set[Question]
) -> None:
    """Agents go down only once neutron says that they host nothing."""
    agents = [agent for agent in view.agents if agent.kind in policy.agents_down]
    if not agents:
        return
    if view.hosted is None:
        ask.add(Question.HOSTED)
        return
    full = [agent for agent in agents if view.hosted.get(agent.id, 0)]
    steps += [
        Step(Act.AGENT_DOWN, agent.id, marked(agent.description, word))
        for agent in agents
        if agent.enabled and agent not in full
    ]
    if full:
        steps.append(Step(Act.DRAIN))
        waits.append(", ".join(f"{agent.kind} hosts {view.hosted[agent.id]}" for agent in full))


def _failed(view: View, wish: Wish, policy: Policy, known: Known) -> Decision:
    service = view.service
    if service is None and not view.agents:
        return Decision(State.ABSENT, waits="neither nova nor neutron knows it")
    steps: list[Step] = []
    ask: set[Question] = set()
    if service is not None and service.enabled:
        steps.append(Step(Act.DISABLE, value=f"{OURS}failed"))
    if not (wish.fenced or view.fenced):
        if view.fenced is None:
            ask.add(Question.FENCED)
        return Decision(State.FAILED, tuple(steps), UNFENCED, frozenset(ask))
    waits: list[str] = []
    others = foreign(service, policy)
    if others:
        waits.append(others)
    elif service is not None and not service.forced_down:
        steps.append(Step(Act.FORCE_DOWN))
    down = [a for a in view.agents if a.kind in policy.agents_down]
    # What is on them is served by nobody: neutron must not put more there, and others take it over.
    steps += [Step(Act.AGENT_DOWN, a.id, marked(a.description, "failed")) for a in down if a.enabled]
    if down and view.hosted is None:
        ask.add(Question.HOSTED)
    elif full := [a for a in down if (view.hosted or {}).get(a.id, 0)]:
        steps.insert(0, Step(Act.DRAIN))  # it only begins, and is what guests elsewhere wait for
        waits.append(", ".join(f"{a.kind} hosts {(view.hosted or {})[a.id]}" for a in full))
    if service is not None and service.forced_down and not others:
        _evacuate(view, policy, known, steps, waits, ask)
    return Decision(State.FAILED, tuple(steps), "; ".join(waits), frozenset(ask))


def _evacuate(
    view: View, policy: Policy, known: Known, steps: list[Step], waits: list[str], ask: set[Question]
) -> None:
    if policy.evacuate == "masakari" and not known.notified:
        steps.append(Step(Act.NOTIFY))
    if policy.evacuate != "nova":
        return
    if view.guests is None:
        ask.add(Question.GUESTS)
        return
    if not view.guests:
        return
    waits.append(f"{len(view.guests)} guests to evacuate")
    stuck = [guest for guest in view.guests if known.tries.get(guest.id, 0) >= policy.tries]
    ready = [guest for guest in view.guests if guest not in stuck and not guest.busy]
    free = policy.parallel - sum(guest.busy for guest in view.guests)
    steps += [Step(Act.EVACUATE, guest.id) for guest in ready[: max(0, free)]]
    if stuck:
        waits.append(f"asked {policy.tries} times in vain: {', '.join(guest.id for guest in stuck)}")


def _absent(view: View, policy: Policy, known: Known) -> Decision:
    service = view.service
    if service is None and not view.agents:
        return Decision(State.ABSENT)
    others = foreign(service, policy)
    if others:
        return Decision(State.DRAINED, waits=others)
    if service is not None and service.enabled:
        return Decision(State.DRAINING, (Step(Act.DISABLE, value=f"{OURS}absent"),))
    alive = [agent.kind for agent in view.agents if agent.alive]
    if service is not None and service.up and not service.forced_down:
        alive.append("nova-compute")
    if alive:
        return Decision(State.DRAINED, waits=f"still reports: {', '.join(sorted(alive))}; stop it first")
    steps: list[Step] = []
    waits: list[str] = []
    ask: set[Question] = set()
    _empty_agents(view, policy, "absent", steps, waits, ask)
    if service is not None and view.guests is None:
        ask.add(Question.GUESTS)
    if view.guests:
        waits.append(f"{len(view.guests)} guests are still on it")
    if steps or waits or ask:
        return Decision(State.DRAINING, tuple(steps), "; ".join(waits), frozenset(ask))
    if not known.gone_twice:
        return Decision(State.DRAINED, waits="a second look is to confirm it")
    if service is not None:
        steps.append(Step(Act.DELETE_SERVICE))
    steps += [Step(Act.DELETE_AGENT, agent.id) for agent in view.agents]
    return Decision(State.DRAINED, tuple(steps))
