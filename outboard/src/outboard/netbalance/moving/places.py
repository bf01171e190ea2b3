"""Where an item may go when its planned target does not take it."""

from collections import Counter

from outboard.netbalance.model import Item, State


class Places:
    """The state a plan was made on, with the loads as moves change them.

    ``portless`` networks have no DHCP server though an agent has them: there is nothing to wait for.
    """

    def __init__(self, state: State, portless: frozenset[str] = frozenset()) -> None:
        self.state = state
        self.portless = portless
        self._load: Counter[str] = Counter()
        for item, agents in state.bindings.items():
            for agent in agents:
                self._load[agent] += state.items[item].weight

    def moved(self, item: Item, source: str | None, target: str | None) -> None:
        """Keep the loads."""
        if source:
            self._load[source] -= item.weight
        if target:
            self._load[target] += item.weight

    def others(self, item: Item, tried: set[str]) -> list[str]:
        """Agents that could have it too, the least loaded first; those in its zones before others."""
        agents = self.state.agents
        free = item.reachable - tried - self.state.bindings[item.id]
        able = [agents[id_] for id_ in free if id_ in agents and agents[id_].usable]
        outside = {agent.id: bool(item.zones) and agent.zone not in item.zones for agent in able}
        able.sort(key=lambda agent: (outside[agent.id], self._load[agent.id], agent.id))
        return [agent.id for agent in able]

    def serves(self, item: Item, agent: str) -> bool:
        """Whether an item that is found on an agent may stay there."""
        known = self.state.agents.get(agent)
        return known is not None and known.usable and agent in item.reachable
