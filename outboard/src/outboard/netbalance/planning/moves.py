"""From an assignment to moves in a safe and useful order, and what no move can mend."""

from collections import defaultdict
from collections.abc import Mapping

from outboard.netbalance.model import Agent, Item, Move, Reason, State, Stuck

_RANK = {reason: rank for rank, reason in enumerate(Reason)}


def moves(
    state: State, wanted: Mapping[str, frozenset[str]], crowded: Mapping[str, frozenset[str]]
) -> tuple[list[Move], list[Stuck]]:
    """What turns the bindings into ``wanted`` (item: usable agents it is to be on), in order, and the rest.

    ``crowded``: the agents of an item that are too many in one zone.

    A removal comes with an addition, or after it where the item has more replicas than it should: whatever
    part of the plan is carried out from its start, no item has fewer replicas than before or than it should.
    """
    made: list[Move] = []
    stuck: list[Stuck] = []
    for id_ in sorted(wanted):
        one, rest = _of_item(state, state.items[id_], wanted[id_], crowded[id_])
        made += one
        stuck += rest
    return _ordered(state, made), stuck


def _of_item(
    state: State, item: Item, wanted: frozenset[str], crowded: frozenset[str]
) -> tuple[list[Move], list[Stuck]]:
    now = state.bindings.get(item.id, frozenset())
    reasons = {agent: _reason(state, item, agent, agent in crowded) for agent in now - wanted}
    # Who serves it goes last: of too many a drained host stays before one that does not reach its networks.
    leaving = sorted(reasons, key=lambda agent: (_serves(state, item, agent), _RANK[reasons[agent]], agent))
    coming = sorted(wanted - now)
    made = []
    for target in coming:
        if leaving:
            source = leaving.pop(0)
            made.append(Move(item.id, source, target, reasons[source]))
        else:
            # Of two replicas for an item that has none, the second is no longer for an unhosted one.
            reason = Reason.REPLICAS if now or made else Reason.UNHOSTED
            made.append(Move(item.id, None, target, reason))
    spare = max(0, len(wanted) + len(leaving) - item.replicas)
    made += [Move(item.id, source, None, Reason.SURPLUS) for source in leaving[:spare]]
    stuck = [Stuck(item.id, agent, _why(state, item, agent, len(wanted))) for agent in leaving[spare:]]
    if not wanted and not now and item.replicas:
        stuck.append(Stuck(item.id, None, _nowhere(state, item)))
    return made, stuck


def _serves(state: State, item: Item, agent_id: str) -> bool:
    agent = state.agents.get(agent_id)
    return agent is not None and agent.alive and agent.enabled and agent_id in item.reachable


def _reason(state: State, item: Item, agent_id: str, crowded: bool) -> Reason:
    """Why an item leaves an agent."""
    agent = state.agents.get(agent_id)
    if agent is None or not (agent.alive and agent.enabled):
        return Reason.FAILED
    if agent.drained:
        return Reason.DRAIN
    if agent_id not in item.reachable:
        return Reason.UNREACHABLE
    if crowded or (item.zones and agent.zone not in item.zones):
        return Reason.ZONE
    return Reason.LOAD


def _ordered(state: State, made: list[Move]) -> list[Move]:
    """What nothing serves first, then by reason; of each, from the fullest agent: the load falls early."""
    served = {
        id_: any(a in state.agents and state.agents[a].alive and state.agents[a].enabled for a in on)
        for id_, on in state.bindings.items()
    }
    full: dict[str, int] = defaultdict(int)
    for id_, on in state.bindings.items():
        for agent in on:
            full[agent] += state.items[id_].weight
    keyed = []
    for place, move in enumerate(made):
        left = full[move.source] if move.source is not None else 0
        keyed.append(((served.get(move.item, False), _RANK[move.reason], -left, place), move))
        if move.source is not None:
            full[move.source] -= state.items[move.item].weight
    return [move for _, move in sorted(keyed, key=lambda one: one[0])]


def _why(state: State, item: Item, agent_id: str, serving: int) -> str:
    """Why an item stays on an agent it should leave, when ``serving`` others have it."""
    why = f"{_state(state, item, agent_id)}; {_nowhere(state, item, serving)}"
    return (
        f"{why}; {serving} other agent{'s' * (serving != 1)} serve{'s' * (serving == 1)} it"
        if serving
        else why
    )


def _state(state: State, item: Item, agent_id: str) -> str:
    agent = state.agents.get(agent_id)
    if agent is None:
        return "its agent does not exist"
    if not agent.alive:
        return "its agent is dead"
    if not agent.enabled:
        return "its agent is disabled"
    if agent.drained:
        return "its host is to be empty"
    if agent_id not in item.reachable:
        return "its agent's host does not reach its networks"
    return "its agent is outside its zones"


def _nowhere(state: State, item: Item, serving: int = 0) -> str:
    """Why there is no (further) agent for an item."""
    reach: list[Agent] = [state.agents[a] for a in item.reachable if a in state.agents]
    usable = [agent for agent in reach if agent.usable]
    other = "other " if serving else ""
    if not reach:
        return "no agent's host reaches its networks"
    if not usable or len(usable) <= serving:
        return f"no {other}agent that reaches it is alive, enabled and not drained"
    return f"no {other}usable agent of its zones ({', '.join(item.zones)}) reaches it"
