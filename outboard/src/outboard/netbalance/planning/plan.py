"""What to move where, for both kinds."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from outboard.netbalance.model import Kind, Move, Plan, State
from outboard.netbalance.planning import bound, milp, weighted
from outboard.netbalance.planning.flow import Flow, kept
from outboard.netbalance.planning.moves import moves
from outboard.netbalance.planning.problem import Choice, Problem, problem
from outboard.netbalance.planning.share import Group, Shares, fair_shares, limits_of
from outboard.netbalance.policy import Policy


def plan(state: State, policy: Policy, now: float) -> Plan:
    """The moves for ``state`` at ``now`` (Unix seconds): what has to be done, then what evens out the load.

    Where an agent is off its fair share (``share.py``) by more than the policy's thresholds it is brought to
    it; the load of the others does not leave the range between what they have and their share. With
    thresholds of 0, and without ``fill``, that is the least maximum load. Among all ways to do that, and to
    give every item the replicas that are wanted and possible, it takes one with the fewest moves: exactly
    where items weigh the same, by an integer program where they do not (``milp.py``, which also says what
    the end is where unlike weights do not fit), and by local search where that is too large. After the plan
    there is none.

    ``bound`` is a proven lower bound on the moves of any plan for the same end: the same replicas, and each
    agent's load within the same range (``bound.py``, ``weighted.lower_bound``).
    """
    wanted: dict[str, frozenset[str]] = {}
    crowded: dict[str, frozenset[str]] = {}
    least: dict[str, int] = {}
    additions = 0
    for kind in Kind:
        task = problem(state, policy, kind, now)
        after, share, added = _solve(task, policy)
        additions += added
        least |= {task.agents[agent]: load * task.unit for agent, load in enumerate(share)}
        for entry, on in zip(task.entries, after, strict=True):
            wanted[entry.item.id] = frozenset(task.agents[agent] for agent in on)
            crowded[entry.item.id] = frozenset(task.agents[agent] for agent in task.crowded(entry))
    made, stuck = moves(state, wanted, crowded)
    removals = sum(move.target is None for move in made)
    chosen = tuple(made if policy.max_moves is None else made[: policy.max_moves])
    return Plan(
        chosen, tuple(stuck), loads(state), loads(apply(state, chosen)),
        least, bound=additions + removals,
    )  # fmt: skip


def apply(state: State, made: Iterable[Move]) -> State:
    """The state after these moves, were it to change by nothing else."""
    bindings = dict(state.bindings)
    for move in made:
        on = set(bindings.get(move.item, ()))
        if move.target is not None:
            on.add(move.target)
        if move.source is not None:
            on.discard(move.source)
        bindings[move.item] = frozenset(on)
    return replace(state, bindings=bindings)


def loads(state: State) -> dict[str, int]:
    """Agent: sum of the weights it hosts."""
    load = dict.fromkeys(state.agents, 0)
    for id_, on in state.bindings.items():
        for agent in on & load.keys():
            load[agent] += state.items[id_].weight
    return load


def _solve(task: Problem, policy: Policy) -> tuple[list[set[int]], list[int], int]:
    """The assignment, the fair shares, and the least additions; all loads in units of ``task.unit``."""
    base, stays = _in_place(task)
    room = fair_shares(_missing(task, stays), base, task.zones)
    needed = (
        weighted.LocalSearch(task, room, policy, movable=False)
        if task.weighted
        else Flow(task, room, movable=False)
    )
    needed.solve()
    free = [[] if entry.free else on for entry, on in zip(task.entries, stays, strict=True)]
    share = fair_shares(
        [*_free_groups(task), *_missing(task, free, only_fixed=True)], _loads_of(task, free), task.zones
    )
    aim = _aim(task, policy, needed.load, share)
    if aim is None:
        return needed.on, share.high, sum(e.need - len(on) for e, on in zip(task.entries, stays, strict=True))
    if task.weighted:
        exact = milp.solve(task, aim, _even(policy, share), free, needed.on)
        if exact is not None:
            return exact.on, share.high, exact.bound
        search = weighted.LocalSearch(task, share, policy, movable=True)
        search.solve()
        return search.on, share.high, weighted.lower_bound(task, search.load, aim)
    best = Flow(task, aim, movable=True)
    best.solve()
    goal = sum(len(on - entry.home) for entry, on in zip(task.entries, best.on, strict=True))
    return best.on, share.high, bound.lower_bound(task, (aim.low, aim.high), best.on, free, goal)


def _aim(task: Problem, policy: Policy, load: Sequence[int], share: Shares) -> Shares | None:
    """The bounds of each agent's load: its share where it is off too far; ``None`` where no agent is."""
    if not policy.rebalance:
        return None
    unit = task.unit
    low, high, uneven = [], [], False
    for here, least, most in zip(load, share.low, share.high, strict=True):
        over = policy.uneven((here - most) * unit, most * unit)
        under = policy.fill and policy.uneven((least - here) * unit, least * unit)
        uneven |= over or under
        high.append(most if over else max(most, here))
        low.append(0 if not policy.fill else least if under else min(least, here))
    return Shares(low, high) if uneven else None


def _even(policy: Policy, share: Shares) -> Shares:
    """The loads that are not uneven."""
    return Shares(
        [max(0, least - policy.slack(least)) if policy.fill else 0 for least in share.low],
        [most + policy.slack(most) for most in share.high],
    )


def _in_place(task: Problem) -> tuple[list[int], list[list[int]]]:
    """What each agent rightly has, and each item's agents that it comes from."""
    load = [0] * len(task.agents)
    stays = []
    for number in range(len(task.entries)):
        agents = kept(task, number, load)
        stays.append(agents)
        for agent in agents:
            load[agent] += task.weight(number)
    return load, stays


def _loads_of(task: Problem, on: Sequence[Sequence[int]]) -> list[int]:
    load = [0] * len(task.agents)
    for number, agents in enumerate(on):
        for agent in agents:
            load[agent] += task.weight(number)
    return load


def _free_groups(task: Problem) -> list[Group]:
    """All replicas of items that may be moved."""
    sizes: Counter[tuple[Choice, int, int]] = Counter()
    for number, entry in enumerate(task.entries):
        if entry.free:
            sizes[entry.choice, entry.need, entry.limit] += task.weight(number)
    return [
        Group(choice.agents, size, need, limits_of(choice, need, limit))
        for (choice, need, limit), size in sizes.items()
    ]


def _missing(task: Problem, stays: Sequence[Sequence[int]], *, only_fixed: bool = False) -> list[Group]:
    """The replicas that come to those that stay."""
    sizes: Counter[tuple[Choice, int, int, tuple[int, ...]]] = Counter()
    for number, (entry, on) in enumerate(zip(task.entries, stays, strict=True)):
        if len(on) < entry.need and not (only_fixed and entry.free):
            sizes[entry.choice, entry.need, entry.limit, tuple(on)] += task.weight(number)
    groups = []
    for (choice, need, limit, on), size in sizes.items():
        limits = limits_of(choice, need, limit)
        if limits is not None:
            taken = Counter(task.zones[agent] for agent in on)
            limits = {zone: most - taken[zone] for zone, most in limits.items()}
        agents = [agent for agent in choice.agents if agent not in on]
        groups.append(Group(agents, size, need - len(on), limits))
    return groups
