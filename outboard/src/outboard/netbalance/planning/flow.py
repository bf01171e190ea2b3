"""The fewest moves so that each agent's load is within its bounds: exact, for items that weigh the same.

A minimum-cost flow from items to agents, where staying costs nothing and coming costs one, by successive
shortest paths [Ahuja, Magnanti, Orlin, Network Flows, 1993, section 9.7]. It starts from what is in place,
so the paths are as many as the moves, not as the replicas; and the graph that is searched has the agents as
nodes only: an arc is an item that is on one and may be on the other.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from outboard.netbalance.planning.problem import Choice, Entry, Problem
from outboard.netbalance.planning.share import Shares

_Shelf = tuple[int, bool]  # disruption when it leaves, whether this is its home


@dataclass(frozen=True, slots=True)
class _Arc:
    source: int | None  # None: a replica that is on no agent yet
    item: int
    target: int


class Flow:
    """An assignment of items (by number) to agents that is improved step by step."""

    def __init__(self, problem: Problem, aim: Shares, *, movable: bool) -> None:
        """What is in place rightly, at most ``need`` of each item; ``movable=False``: that stays there.

        ``aim`` are the least and the most load of each agent; some assignment has to be within.
        """
        self._entries = problem.entries
        self._zones = problem.zones
        self._floor = aim.low
        self._cap = aim.high
        self._movable = movable
        self.load = [0] * len(problem.agents)
        self.on: list[set[int]] = [set() for _ in problem.entries]
        # Of each agent, its movable items by choice and shelf; a dict is a set with an order.
        self._here: list[dict[Choice, dict[_Shelf, dict[int, None]]]] = [{} for _ in problem.agents]
        # Of each agent, its movable items that could return to a home they are not on.
        self._strays: list[dict[int, None]] = [{} for _ in problem.agents]
        for number in range(len(problem.entries)):
            for agent in kept(problem, number, self.load):
                self._put(number, agent)
        self._waiting = [
            number
            for number, entry in enumerate(self._entries)
            for _ in range(entry.need - len(self.on[number]))
        ]

    def solve(self) -> None:
        """Place what waits and bring every agent within its bounds."""
        if self._movable:
            while self._choose_better():
                pass
        self._place_directly()
        if self._movable:
            self._shed_directly()
        while self._relieve():
            pass
        if self._movable:
            while self._fill(0):
                pass
            self._fill_directly()
            while self._fill():
                pass

    def _choose_better(self) -> bool:
        """Go ways that cost nothing: of an item with too many replicas, another one is dropped.

        Before anything was placed these are the only such ways, and nothing costs less than nothing.
        """
        over = self._over()
        came: dict[int, _Arc] = {}
        queue = deque(over)
        while queue:
            agent = queue.popleft()
            for arc, _ in self._returns(agent):
                if arc.target not in came and arc.target not in over:
                    came[arc.target] = arc
                    queue.append(arc.target)
        went = False
        for goal in sorted(came):
            while self.load[goal] < self._cap[goal] and self._go(_way(came, goal), self._cap):
                went = True
        return went

    # -- one step that is surely shortest: nothing costs less than one move by now

    def _place_directly(self) -> None:
        left = []
        for number in sorted(self._waiting, key=lambda one: (len(self._entries[one].choice.agents), one)):
            target = self._roomiest(number, None)
            if target is None:
                left.append(number)
            else:
                self._put(number, target)
        self._waiting = left

    def _shed_directly(self) -> None:
        for agent in self._over():
            for number in list(self._leavers(agent)):
                if self.load[agent] <= self._cap[agent]:
                    break
                target = self._roomiest(number, agent)
                if target is not None:
                    self._take(number, agent)
                    self._put(number, target)

    def _fill_directly(self) -> None:
        wanting = [agent for agent, load in enumerate(self.load) if load < self._floor[agent]]
        for target in wanting:
            donors = [(self._floor[a] - self.load[a], a) for a in range(len(self.load))]
            heapify(donors)
            while self.load[target] < self._floor[target] and donors and donors[0][0] < 0:
                spare, agent = heappop(donors)
                number = next((n for n in self._leavers(agent, target) if self._may(n, agent, target)), None)
                if number is not None:
                    self._take(number, agent)
                    self._put(number, target)
                    heappush(donors, (spare + 1, agent))

    def _leavers(self, agent: int, target: int | None = None) -> Iterator[int]:
        """Items that are at home on ``agent`` and reach ``target``, those first whose users notice least."""
        shelves = [
            (shelf[0], order, items)
            for order, (choice, by_shelf) in enumerate(self._here[agent].items())
            for shelf, items in by_shelf.items()
            if shelf[1] and (target is None or target in choice.members)
        ]
        for _, _, items in sorted(shelves, key=lambda one: one[:2]):
            yield from items

    def _roomiest(self, number: int, source: int | None) -> int | None:
        """The agent furthest below its cap among those the item may come to; ``None`` where none is below."""
        best = (0, 0, -1)
        for agent in self._entries[number].choice.agents:
            key = (self.load[agent] - self._cap[agent], self.load[agent], agent)
            if key < best and key[0] < 0 and self._may(number, source, agent):
                best = key
        return best[2] if best[0] < 0 else None

    # -- the general step

    def _relieve(self) -> bool:
        """Go shortest ways from what is too much to where room is; whether there was one."""
        over = self._over()
        return bool(over or self._waiting) and self._augment(over, self._waiting, self._cap, None)

    def _fill(self, limit: int | None = None) -> bool:
        """Go shortest ways from where load can be spared to where it is missing; up to ``limit`` if given."""
        if all(load >= floor for load, floor in zip(self.load, self._floor, strict=True)):
            return False
        donors = [agent for agent, load in enumerate(self.load) if load > self._floor[agent]]
        return self._augment(donors, [], self._floor, limit)

    def _augment(
        self, sources: list[int], waiting: list[int], line: Sequence[int], limit: int | None
    ) -> bool:
        """Go all shortest ways from loads above ``line``, and from what waits, to those below it."""
        cost, came = self._search(sources, waiting)
        goals = sorted((cost[a], a) for a in cost if self.load[a] < line[a])
        if not goals or (limit is not None and goals[0][0] > limit):
            return False
        went = False
        for far, goal in goals:
            if far > goals[0][0]:
                break
            while self.load[goal] < line[goal] and self._go(_way(came, goal), line):
                went = True
        return went

    def _search(self, sources: list[int], waiting: list[int]) -> tuple[dict[int, int], dict[int, _Arc]]:
        """Bellman and Ford's labels, as arcs back to a home cost less than nothing."""
        cost = dict.fromkeys(sources, 0)
        came: dict[int, _Arc] = {}
        queue = deque(sources)
        queued = set(sources)

        def reach(arc: _Arc, far: int) -> None:
            if far < cost.get(arc.target, far + 1):
                cost[arc.target] = far
                came[arc.target] = arc
                if arc.target not in queued:
                    queued.add(arc.target)
                    queue.append(arc.target)

        for number in dict.fromkeys(waiting):
            for target in self._entries[number].choice.agents:
                if self._may(number, None, target):
                    reach(_Arc(None, number, target), int(target not in self._entries[number].home))
        while queue:
            agent = queue.popleft()
            queued.discard(agent)
            for arc, step in self._arcs(agent, cost):
                reach(arc, cost[agent] + step)
        return cost, came

    def _arcs(self, agent: int, cost: dict[int, int]) -> Iterator[tuple[_Arc, int]]:
        """Arcs out of ``agent`` that may shorten a way, and their costs."""
        yield from self._returns(agent)
        for choice, shelves in self._here[agent].items():
            for shelf, items in sorted(shelves.items()):
                step = 1 if shelf[1] else 0
                for target in choice.agents:
                    far = cost.get(target)
                    if far is None or cost[agent] + step < far:
                        mover = next((n for n in items if self._may(n, agent, target)), None)
                        if mover is not None:
                            yield _Arc(agent, mover, target), step

    def _returns(self, agent: int) -> Iterator[tuple[_Arc, int]]:
        """Arcs out of ``agent`` to where an item was at first, and their costs."""
        for number in self._strays[agent]:
            home = self._entries[number].home
            for target in sorted(home - self.on[number]):
                if self._may(number, agent, target):
                    yield _Arc(agent, number, target), 0 if agent in home else -1

    def _go(self, way: list[_Arc], line: Sequence[int]) -> bool:
        """Walk a way if every item of it is still where it was found, or one like it is."""
        source = way[0].source
        if source is None:
            if way[0].item not in self._waiting:
                return False
        elif self.load[source] <= line[source]:
            return False
        fresh: list[_Arc] = []
        for arc in way:
            again = self._again(arc, {one.item for one in fresh})
            if again is None:
                return False
            fresh.append(again)
        for arc in self._straight(fresh):
            if arc.source is None:
                self._waiting.remove(arc.item)
            else:
                self._take(arc.item, arc.source)
            self._put(arc.item, arc.target)
        return True

    def _again(self, arc: _Arc, used: set[int]) -> _Arc | None:
        """The arc, or one of the same cost, if there is one by now."""
        entry = self._entries[arc.item]
        stands = arc.source is None or arc.source in self.on[arc.item]
        if stands and self._may(arc.item, arc.source, arc.target):
            return arc
        if arc.source is None or arc.target in entry.home:
            return None
        shelf = (entry.disruption(arc.source), arc.source in entry.home)
        alike = self._here[arc.source].get(entry.choice, {}).get(shelf, {})
        number = next((n for n in alike if n not in used and self._may(n, arc.source, arc.target)), None)
        return None if number is None else _Arc(arc.source, number, arc.target)

    def _straight(self, way: list[_Arc]) -> list[_Arc]:
        """Without detours through one item: they cost nothing, but could use a zone's room twice."""
        for start, arc in enumerate(way):
            for end in range(len(way) - 1, start, -1):
                other = way[end]
                if other.item == arc.item and self._may(arc.item, arc.source, other.target):
                    short = _Arc(arc.source, arc.item, other.target)
                    return self._straight([*way[:start], short, *way[end + 1 :]])
        return way

    # -- what the assignment is

    def _over(self) -> list[int]:
        """Agents above their cap, the furthest first."""
        over = [agent for agent, load in enumerate(self.load) if load > self._cap[agent]]
        return sorted(over, key=lambda agent: (self._cap[agent] - self.load[agent], agent))

    def _may(self, number: int, source: int | None, target: int) -> bool:
        return may(self._entries[number], self.on[number], self._zones, source, target)

    def _put(self, number: int, agent: int) -> None:
        self._shelve(number, out=True)
        self.on[number].add(agent)
        self.load[agent] += 1
        self._shelve(number)

    def _take(self, number: int, agent: int) -> None:
        self._shelve(number, out=True)
        self.on[number].discard(agent)
        self.load[agent] -= 1
        self._shelve(number)

    def _shelve(self, number: int, *, out: bool = False) -> None:
        """Put an item on its shelves, or take it off them before it changes.

        A replica that came here by this plan may always go on.
        """
        entry = self._entries[number]
        free = self._movable and entry.free
        astray = free and not entry.home <= self.on[number]
        for agent in self.on[number]:
            if not free and agent in entry.home:
                continue
            shelf = (entry.disruption(agent), agent in entry.home)
            items = self._here[agent].setdefault(entry.choice, {}).setdefault(shelf, {})
            if out:
                items.pop(number, None)
                self._strays[agent].pop(number, None)
            else:
                items[number] = None
                if astray:
                    self._strays[agent][number] = None


def may(entry: Entry, on: Iterable[int], zones: Sequence[int], source: int | None, target: int) -> bool:
    """Whether a replica may come to ``target`` (from ``source``) while the item is ``on`` these."""
    if target in on:
        return False
    if entry.limit >= entry.need or (source is not None and zones[source] == zones[target]):
        return True
    return sum(zones[agent] == zones[target] for agent in on) < entry.limit


def kept(problem: Problem, number: int, load: Sequence[int]) -> list[int]:
    """The agents an item stays on: all it is on rightly, unless those are too many, or too many in a zone."""
    entry = problem.entries[number]
    if len(entry.home) <= entry.need and entry.limit >= entry.need:
        return sorted(entry.home)
    chosen: list[int] = []
    for agent in sorted(entry.home, key=lambda a: (a != entry.active, load[a], a)):
        if len(chosen) < entry.need and may(entry, chosen, problem.zones, None, agent):
            chosen.append(agent)
    return chosen


def _way(came: dict[int, _Arc], goal: int) -> list[_Arc]:
    way: list[_Arc] = []
    agent: int | None = goal
    while agent is not None and agent in came:
        arc = came[agent]
        way.append(arc)
        agent = arc.source
    return way[::-1]
