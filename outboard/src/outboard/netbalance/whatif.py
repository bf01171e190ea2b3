"""The same cloud, were a host to be drained, to fail or to join. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from outboard.errors import InputError
from outboard.netbalance.model import Agent, State


def drained(state: State, host: str) -> State:
    """As if ``host`` were to be empty. Raises ``InputError`` for a host without agents."""
    return _changed(state, host, lambda agent: replace(agent, drained=True))


def failed(state: State, host: str) -> State:
    """As if ``host`` were dead. Raises ``InputError`` for a host without agents."""
    return _changed(state, host, lambda agent: replace(agent, alive=False))


def joined(state: State, host: str, like: str = "") -> State:
    """As if ``host`` were in use: one that is known is alive, enabled and not drained.

    One that is not has agents as the host ``like`` has, which reach what those reach. Raises ``InputError``.
    """
    if any(agent.host == host for agent in state.agents.values()):
        return _changed(state, host, lambda agent: replace(agent, alive=True, enabled=True, drained=False))
    if not like:
        raise InputError(
            f"no agent is on host {host}", hint=f"{host}=HOST: a new host that reaches what HOST reaches"
        )
    twins = {
        agent.id: replace(
            agent, id=f"{agent.kind}@{host}", host=host, alive=True, enabled=True, drained=False
        )
        for agent in _on(state, like)
    }
    reach = {old: twin.id for old, twin in twins.items()}
    same: dict[frozenset[str], frozenset[str]] = {}
    items = {}
    for id_, item in state.items.items():
        if item.reachable not in same:
            more = frozenset(reach[agent] for agent in item.reachable & reach.keys())
            same[item.reachable] = item.reachable | more
        items[id_] = replace(item, reachable=same[item.reachable])
    return replace(state, agents=state.agents | {twin.id: twin for twin in twins.values()}, items=items)


def _changed(state: State, host: str, change: Callable[[Agent], Agent]) -> State:
    changed = {agent.id: change(agent) for agent in _on(state, host)}
    return replace(state, agents=state.agents | changed)


def _on(state: State, host: str) -> Iterable[Agent]:
    agents = [agent for agent in state.agents.values() if agent.host == host]
    if not agents:
        raise InputError(f"no agent is on host {host}", hint=f"known: {_some_hosts(state)}")
    return agents


def _some_hosts(state: State) -> str:
    hosts = sorted({agent.host for agent in state.agents.values()})
    return ", ".join(hosts[:5]) + (", ..." if len(hosts) > 5 else "") if hosts else "none"
