"""The state of one kind as numbers: who may go where, what is wanted, what is right already. Pure."""

from collections import Counter
from dataclasses import dataclass, field

from outboard.netbalance.model import Item, Kind, State, Style
from outboard.netbalance.policy import Policy


@dataclass(frozen=True, eq=False, slots=True)
class Choice:
    """The agents that may host an item. Items with the same choice share one object."""

    agents: tuple[int, ...]
    members: frozenset[int]
    sizes: dict[int, int]  # zone: how many of the agents are in it


@dataclass(frozen=True, slots=True)
class Entry:
    """An item as the solvers see it."""

    item: Item
    choice: Choice
    need: int  # replicas it can have
    limit: int  # of them in one zone at most
    home: frozenset[int]  # agents it is on rightly
    free: bool  # may be moved for the sake of load
    active: int | None  # agent that is master

    def disruption(self, agent: int) -> int:
        """What its users notice when it leaves ``agent``: nothing, a fail-over, a gap."""
        if self.item.style is Style.HA:
            return int(self.active == agent)
        return 0 if self.item.style is Style.DHCP else 2


@dataclass(slots=True)
class Problem:
    """One kind of one state."""

    agents: list[str]  # usable ones, by id
    zones: list[int]  # of each agent
    entries: list[Entry] = field(default_factory=list)  # by id

    weighted: bool = False  # items weigh differently
    unit: int = 1  # what one of load stands for: where items weigh the same, an item

    def weight(self, number: int) -> int:
        """An item's load."""
        return self.entries[number].item.weight // self.unit

    def crowded(self, entry: Entry) -> list[int]:
        """The agents of an item that are too many in their zone."""
        if entry.limit >= entry.need:
            return []
        count = Counter(self.zones[agent] for agent in entry.home)
        return [agent for agent in entry.home if count[self.zones[agent]] > entry.limit]


def problem(state: State, policy: Policy, kind: Kind, now: float) -> Problem:
    """What there is to decide for ``kind`` at ``now`` (Unix seconds)."""
    agents = sorted(agent.id for agent in state.agents.values() if agent.kind is kind and agent.usable)
    number = {id_: index for index, id_ in enumerate(agents)}
    names = [state.agents[id_].zone for id_ in agents]
    zone_numbers = {name: index for index, name in enumerate(sorted(set(names)))}
    made = Problem(agents, [zone_numbers[name] for name in names])
    choices: dict[tuple[int, tuple[str, ...]], Choice] = {}
    same: dict[tuple[int, ...], Choice] = {}
    for id_ in sorted(state.items):
        item = state.items[id_]
        if item.kind is not kind:
            continue
        key = (id(item.reachable), item.zones)  # the sets live as long as the state
        choice = choices.get(key)
        if choice is None:
            hinted = set(item.zones)
            may = tuple(
                sorted(
                    number[a]
                    for a in item.reachable
                    if a in number and (not hinted or state.agents[a].zone in hinted)
                )
            )
            if may not in same:
                same[may] = Choice(may, frozenset(may), dict(Counter(made.zones[a] for a in may)))
            choice = choices[key] = same[may]
        need = min(item.replicas, len(choice.agents))
        bound = {number[a] for a in state.bindings.get(id_, ()) if a in number}
        active = number.get(state.active.get(id_, ""))
        made.entries.append(
            Entry(
                item, choice, need, _limit(choice, need) if policy.spread else need,
                frozenset(bound & choice.members), item.frozen_until <= now, active,
            )
        )  # fmt: skip
    weights = {entry.item.weight for entry in made.entries}
    made.weighted = len(weights) > 1
    made.unit = weights.pop() if len(weights) == 1 else 1
    return made


def _limit(choice: Choice, need: int) -> int:
    """The fewest replicas one zone must take so that all find a place."""
    limit = -(-need // len(choice.sizes)) if choice.sizes else need
    while sum(min(limit, size) for size in choice.sizes.values()) < need:
        limit += 1
    return limit
