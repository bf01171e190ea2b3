"""The load that each agent would have if all were spread as evenly as items' reach allows.

Fair shares are the max-min fair (lexicographically optimal) loads of fractional assignment [Megiddo 1974;
for unit jobs "semi-matching", Harvey et al. 2006]. Rounded up, the largest is the least maximum load there
is; and where some agents are the only ones to reach much, the shares of the others are the least for them.
Whole loads between the shares rounded down and up always exist, as the loads are a polymatroid's bases.

Items of the same choice are counted, not looked at one by one, so the effort hardly grows with their number.
A count per agent (at most one replica of an item on one agent, and a limit per zone) can always be dealt out
to the items, as integer points of a multiple of a matroid's base polytope can.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from outboard.netbalance.planning.problem import Choice


class Group:
    """Replicas that are alike: ``items`` times ``each``, at most ``items`` on one agent."""

    def __init__(self, agents: Sequence[int], items: int, each: int, limits: dict[int, int] | None) -> None:
        """``limits``: zone: replicas of one item there at most; ``None`` where that is no limit."""
        self.agents = agents
        self.items = items
        self.total = items * each
        self.on: dict[int, int] = {}
        self._limits = limits
        self._in: dict[int, int] = {}

    def room(self, zones: Sequence[int], source: int | None, target: int) -> int:
        """How many may go to ``target``; from ``source``, where it is given."""
        room = self.items - self.on.get(target, 0)
        zone = zones[target]
        if self._limits is not None and (source is None or zones[source] != zone):
            room = min(room, self._limits[zone] * self.items - self._in.get(zone, 0))
        return room if source is None else min(room, self.on.get(source, 0))

    def put(self, zones: Sequence[int], agent: int, count: int) -> None:
        """Add replicas on an agent; a negative count takes them off."""
        self.on[agent] = self.on.get(agent, 0) + count
        self._in[zones[agent]] = self._in.get(zones[agent], 0) + count


def limits_of(choice: Choice, need: int, limit: int) -> dict[int, int] | None:
    """The limit per zone as ``Group`` wants it."""
    return None if limit >= need else dict.fromkeys(choice.sizes, limit)


@dataclass(frozen=True, slots=True)
class Shares:
    """Bounds of each agent's fair share: ``low <= share <= high``, with ``high`` the share rounded up."""

    low: list[int]
    high: list[int]


def fair_shares(groups: Iterable[Group], base: Sequence[int], zones: Sequence[int]) -> Shares:
    """The fair share of each agent; ``base`` is load that cannot move. Fills the groups."""
    return _Levelling(list(groups), base, zones).shares()


class _Levelling:
    def __init__(self, groups: list[Group], base: Sequence[int], zones: Sequence[int]) -> None:
        self._zones = zones
        self._load = list(base)
        self._here: list[dict[Group, None]] = [{} for _ in base]
        for group in groups:
            self._fill(group)
        self._open = set(range(len(self._load)))

    def shares(self) -> Shares:
        shares = Shares([0] * len(self._load), [0] * len(self._load))
        while self._open:
            top = max(self._open, key=lambda agent: (self._load[agent], -agent))
            seen, path = self._search(top)
            if path is not None:
                self._push(path)
                continue
            # Nothing leaves what was seen, and nobody else is better off by giving to it: it is settled.
            # All of it has the load of the top or one less, so their shares are between these two.
            lowest = min(self._load[agent] for agent in seen)
            for agent in seen:
                shares.low[agent] = lowest
                shares.high[agent] = self._load[top]
            self._open -= seen
        return shares

    def _fill(self, group: Group) -> None:
        heap = [(self._load[agent], agent) for agent in group.agents]
        heapify(heap)
        for _ in range(group.total):
            while group.room(self._zones, None, heap[0][1]) == 0:
                heappop(heap)
            load, agent = heappop(heap)
            self._put(group, agent, 1)
            heappush(heap, (load + 1, agent))

    def _put(self, group: Group, agent: int, count: int) -> None:
        group.put(self._zones, agent, count)
        self._load[agent] += count
        if group.on[agent]:
            self._here[agent][group] = None
        else:
            self._here[agent].pop(group, None)

    def _search(self, top: int) -> tuple[set[int], list[tuple[int, Group, int]] | None]:
        """Agents that ``top`` can shift load to, and the way to one that is lower by two or more."""
        came: dict[int, tuple[int, Group]] = {}
        seen, queue = {top}, deque([top])
        while queue:
            agent = queue.popleft()
            for group in self._here[agent]:
                for other in group.agents:
                    if other in seen or other not in self._open:
                        continue
                    if group.room(self._zones, agent, other) > 0:
                        seen.add(other)
                        came[other] = (agent, group)
                        if self._load[other] <= self._load[top] - 2:
                            return seen, _way(came, other)
                        queue.append(other)
        return seen, None

    def _push(self, path: list[tuple[int, Group, int]]) -> None:
        path = self._straight(path)
        (first, _, _), (_, _, last) = path[0], path[-1]
        count = (self._load[first] - self._load[last]) // 2
        if len({group for _, group, _ in path}) < len(path):
            count = 1  # a group that is used twice shares its room
        count = min(count, *(group.room(self._zones, source, target) for source, group, target in path))
        for source, group, target in path:
            self._put(group, source, -count)
            self._put(group, target, count)

    def _straight(self, path: list[tuple[int, Group, int]]) -> list[tuple[int, Group, int]]:
        """Without detours through one group, which could count the room of a zone twice."""
        for start, (source, group, _) in enumerate(path):
            for end in range(len(path) - 1, start, -1):
                if path[end][1] is group and group.room(self._zones, source, path[end][2]) > 0:
                    return self._straight([*path[:start], (source, group, path[end][2]), *path[end + 1 :]])
        return path


def _way(came: dict[int, tuple[int, Group]], agent: int) -> list[tuple[int, Group, int]]:
    way: list[tuple[int, Group, int]] = []
    while agent in came:
        source, group = came[agent]
        way.append((source, group, agent))
        agent = source
    return way[::-1]
