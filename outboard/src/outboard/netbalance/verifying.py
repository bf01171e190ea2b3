"""What is not as it should be, without a plan: a pure look at a state."""

from dataclasses import dataclass
from enum import StrEnum

from outboard.netbalance.model import Item, State


class Fault(StrEnum):
    """What can be wrong with an item; in the order of urgency."""

    UNHOSTED = "unhosted"  # no living agent has it
    DEAD = "dead"  # one of its agents is dead, disabled or gone
    UNREACHABLE = "unreachable"  # one of its agents is on a host that does not reach its networks
    UNDER_REPLICATED = "under-replicated"  # fewer agents serve it than should and could


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault of an item."""

    fault: Fault
    kind: str
    item: str
    name: str
    agent: str  # empty: not about one agent
    host: str
    why: str


def verify(state: State) -> list[Finding]:
    """The faults of all items, the most urgent first. Draining hosts still serve: they are no fault."""
    found = [finding for id_ in sorted(state.items) for finding in _of_item(state, state.items[id_])]
    order = list(Fault)
    return sorted(found, key=lambda one: order.index(one.fault))


def _of_item(state: State, item: Item) -> list[Finding]:
    bound = sorted(state.bindings.get(item.id, frozenset()))
    found = []
    serving = 0
    for agent_id in bound:
        agent = state.agents.get(agent_id)
        if agent is None or not (agent.alive and agent.enabled):
            what = "does not exist" if agent is None else "is disabled" if agent.alive else "is dead"
            found.append(_finding(Fault.DEAD, state, item, agent_id, f"its agent {what}"))
        elif agent_id not in item.reachable:
            why = "the host does not reach all its networks"
            found.append(_finding(Fault.UNREACHABLE, state, item, agent_id, why))
        else:
            serving += 1
    if not serving and item.replicas:
        why = f"none of its {len(bound)} agents serves it" if bound else "no agent has it"
        found.append(_finding(Fault.UNHOSTED, state, item, "", why))
    elif serving < _possible(state, item):
        why = f"{serving} of {item.replicas} agents serve it, {_possible(state, item)} could"
        found.append(_finding(Fault.UNDER_REPLICATED, state, item, "", why))
    return found


def _possible(state: State, item: Item) -> int:
    """The replicas an item can have, counting what serves it on draining hosts too."""
    bound = state.bindings.get(item.id, frozenset())
    could = 0
    for agent_id in item.reachable:
        agent = state.agents.get(agent_id)
        if agent is None or not (agent.alive and agent.enabled):
            continue
        if agent_id in bound or (not agent.drained and (not item.zones or agent.zone in item.zones)):
            could += 1
    return min(item.replicas, could)


def _finding(fault: Fault, state: State, item: Item, agent_id: str, why: str) -> Finding:
    agent = state.agents.get(agent_id)
    return Finding(fault, item.kind, item.id, item.name, agent_id, agent.host if agent else "", why)
