"""What to move where, for both kinds."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from outboard.netbalance.model import Kind, Move, Plan, State
from outboard.netbalance.planning import bound, weighted
from outboard.netbalance.planning.flow import Flow, kept
from outboard.netbalance.planning.moves import moves
from outboard.netbalance.planning.problem import Choice, Problem, problem
from outboard.netbalance.planning.share import Group, fair_shares, limits_of
from outboard.netbalance.policy import Policy

Solver = Flow | weighted.LocalSearch


def plan(state: State, policy: Policy, now: float) -> Plan:
    """The moves for ``state`` at ``now`` (Unix seconds): what has to be done, then what evens out the load.

    An agent that is above its fair share (``share.py``) by more than the policy's thresholds is brought down
    to it; the others keep what they have, or fill up to their share. Among all ways to do that, and to
    give every item the replicas that are wanted and possible, it takes one with the fewest moves: exactly
    where items weigh the same, by local search where they do not. The same state gives the same plan, and
    after the plan there is none.

    ``bound`` is a proven lower bound for the same end: each agent at its load after the plan or at what
    it may have, whichever is more (``bound.py``, ``weighted.lower_bound``).
    """
    wanted: dict[str, frozenset[str]] = {}
    crowded: dict[str, frozenset[str]] = {}
    least: dict[str, int] = {}
    additions = 0
    for kind in Kind:
        task = problem(state, policy, kind, now)
        solver, share, added = _solve(task, policy)
        additions += added
        least |= {task.agents[agent]: load * task.unit for agent, load in enumerate(share)}
        for entry, on in zip(task.entries, solver.on, strict=True):
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


def _solve(task: Problem, policy: Policy) -> tuple[Solver, list[int], int]:
    """The assignment, the fair shares, and the least additions; all loads in units of ``task.unit``."""
    base, stays = _in_place(task)
    needed = _solver(task, policy, fair_shares(_missing(task, stays), base, task.zones), movable=False)
    needed.solve()
    free = [[] if entry.free else on for entry, on in zip(task.entries, stays, strict=True)]
    share = fair_shares([*_free_groups(task), *_missing(task, free, only_fixed=True)],
                        _loads_of(task, free), task.zones)  # fmt: skip
    over = [
        policy.rebalance and policy.uneven(load * task.unit, least * task.unit)
        for load, least in zip(needed.load, share, strict=True)
    ]
    if not any(over):
        return needed, share, sum(e.need - len(on) for e, on in zip(task.entries, stays, strict=True))
    cap = [
        least if high else max(least, load)
        for high, least, load in zip(over, share, needed.load, strict=True)
    ]
    best = _solver(task, policy, cap, movable=True)
    best.solve()
    if isinstance(best, weighted.LocalSearch):
        return best, share, weighted.lower_bound(task, best.load, cap, moved=True)
    goal = sum(len(on - entry.home) for entry, on in zip(task.entries, best.on, strict=True))
    return best, share, bound.lower_bound(task, cap, best.on, free, goal)


def _solver(task: Problem, policy: Policy, cap: Sequence[int], *, movable: bool) -> Solver:
    if task.weighted:
        return weighted.LocalSearch(task, cap, uneven=policy.uneven, movable=movable)
    return Flow(task, cap, movable=movable)


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
