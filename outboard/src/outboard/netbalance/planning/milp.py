"""The fewest moves for items of different weights: an integer program, solved by HiGHS.

Items that are alike (same agents, weight, place and replicas) are counted, not looked at one by one: a
column is how many of them are on one agent. Such counts can always be dealt out to the items, see ``_deal``.

Whether unlike weights fit within bounds is bin packing. Where they do not, the end is what comes nearest to
what counts as even: the least largest overload, and with it the least sum of what agents have too much or
too little. Both depend on the shares and not on what is in place, so a plan carried out is followed by none.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil, inf
from typing import Any

from outboard.errors import InputError
from outboard.netbalance.planning.problem import Entry, Problem
from outboard.netbalance.planning.share import Shares

# Larger programs are left to the local search: they would take longer than a plan may.
_COLUMNS = 2_000
# Of one solve. As a rule nodes end a hard one, the same on any machine; the seconds are for a slow one.
_NODES = 500
_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Assignment:
    """What each item is on, and the least additions of any plan with the same end."""

    on: list[set[int]]
    bound: int


@dataclass(frozen=True, slots=True)
class _Kin:
    """Items that are alike."""

    entry: Entry
    weight: int
    fixed: tuple[int, ...]  # agents they stay on
    columns: dict[int, int]  # agent: how many are on it is in this column
    items: list[int]


def solve(
    task: Problem, aim: Shares, even: Shares, stays: Sequence[Sequence[int]], start: Sequence[set[int]]
) -> Assignment | None:
    """The fewest additions so that each load is within ``aim``, or else as near to ``even`` as can be.

    ``stays``: of each item that may not be moved, the agents it stays on; else nothing. ``start``: any
    complete assignment. ``None``: the program is too large.
    """
    kin = _kin(task, stays)
    if kin is None:
        return None
    program = _Program(task, kin)
    found, bound = program.fewest(aim, (0, 0), [])
    if not found:
        found, off = program.nearest(even, program.values(even, start))
        found, bound = program.fewest(even, off, found)
    dealt = _deal(kin, task.zones, found)
    return Assignment([dealt[number] for number in range(len(task.entries))], bound)


class _Program:
    """Columns: the counts; of each agent what is too much, then too little; the largest overload; the sum."""

    def __init__(self, task: Problem, kin: Sequence[_Kin]) -> None:
        self._kin = kin
        agents = len(task.agents)
        self._counts = sum(len(each.columns) for each in kin)
        self._over = range(self._counts, self._counts + agents)
        self._under = range(self._over.stop, self._over.stop + agents)
        self._worst = self._under.stop
        self._sum = self._worst + 1
        self._size = self._sum + 1
        self._load = [{over: -1, under: 1} for over, under in zip(self._over, self._under, strict=True)]
        self._rows: list[tuple[float, float, dict[int, int]]] = []
        for each in kin:
            entry, many = each.entry, len(each.items)
            self._rows.append((entry.need * many, entry.need * many, dict.fromkeys(each.columns.values(), 1)))
            for zone, size in entry.choice.sizes.items():
                if size > entry.limit:
                    here = [column for agent, column in each.columns.items() if task.zones[agent] == zone]
                    self._rows.append((0, entry.limit * many, dict.fromkeys(here, 1)))
            for agent, column in each.columns.items():
                self._load[agent][column] = each.weight
        self._rows += [(0, inf, {self._worst: 1, over: -1}) for over in self._over]
        self._rows.append((0, 0, {self._sum: 1, **dict.fromkeys([*self._over, *self._under], -1)}))

    def fewest(self, bounds: Shares, off: tuple[int, int], known: list[int]) -> tuple[list[int], int]:
        """The values with the fewest additions, and a lower bound on these; ``off``: see ``nearest``.

        Of equally few, rather those of items whose users notice less.
        """
        notice = sum(len(each.items) * sum(map(each.entry.disruption, each.entry.home)) for each in self._kin)
        one = 10 * notice + 1
        cost = {
            column: -each.entry.disruption(agent) if agent in each.entry.home else one
            for each in self._kin
            for agent, column in each.columns.items()
        }
        # Two answers of the same additions differ by no more than ``notice``: this gap is less than a move.
        found, least = self._run(bounds, off, cost, known, one - notice - 0.1)
        return found, ceil((max(0.0, least) - 0.01) / one)

    def nearest(self, bounds: Shares, known: list[int]) -> tuple[list[int], tuple[int, int]]:
        """Values with the least overload of one agent, and the least sum for that; both numbers."""
        found = self._run(bounds, (inf, inf), {self._worst: 1}, known, 0.9)[0]
        found = self._run(bounds, (found[self._worst], inf), {self._sum: 1}, found, 0.9)[0]
        return found, (found[self._worst], found[self._sum])

    def values(self, bounds: Shares, on: Sequence[set[int]]) -> list[int]:
        """Those of an assignment."""
        values = [0] * self._size
        for each in self._kin:
            for item in each.items:
                for agent in on[item]:
                    values[each.columns[agent]] += 1
        for agent, row in enumerate(self._load):
            load = sum(values[column] * weight for column, weight in row.items())
            values[self._over[agent]] = max(0, load - bounds.high[agent])
            values[self._under[agent]] = max(0, bounds.low[agent] - load)
        values[self._worst] = max((values[column] for column in self._over), default=0)
        values[self._sum] = sum(values[self._over.start : self._worst])
        return values

    def _run(
        self,
        bounds: Shares,
        off: tuple[float, float],
        cost: Mapping[int, int],
        known: list[int],
        gap: float,
    ) -> tuple[list[int], float]:
        """The best values found (none: empty), no worse than ``known``, and a lower bound of the cost."""
        highspy = _highspy()
        rows = [*self._rows, *zip(bounds.low, bounds.high, self._load, strict=True)]
        program = highspy.HighsLp()
        program.num_col_, program.num_row_ = self._size, len(rows)
        program.col_cost_ = [cost.get(column, 0) for column in range(self._size)]
        program.col_lower_, program.col_upper_ = self._limits(off)
        program.row_lower_ = [low for low, _, _ in rows]
        program.row_upper_ = [high for _, high, _ in rows]
        matrix = program.a_matrix_
        matrix.format_ = highspy.MatrixFormat.kRowwise
        matrix.start_ = list(accumulate((len(row) for _, _, row in rows), initial=0))
        matrix.index_ = [column for _, _, row in rows for column in row]
        matrix.value_ = [value for _, _, row in rows for value in row.values()]
        program.integrality_ = [highspy.HighsVarType.kInteger] * self._size
        highs = highspy.Highs()
        for name, value in {
            "output_flag": False, "threads": 1, "mip_rel_gap": 0.0, "mip_abs_gap": gap,
            "mip_max_nodes": _NODES, "time_limit": _SECONDS,
        }.items():  # fmt: skip
            highs.setOptionValue(name, value)
        highs.passModel(program)
        if known:
            start = highspy.HighsSolution()
            start.col_value = known
            highs.setSolution(start)
        highs.run()
        info = highs.getInfo()
        if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return known, 0.0
        return [round(value) for value in highs.getSolution().col_value], info.mip_dual_bound  # may be -inf

    def _limits(self, off: tuple[float, float]) -> tuple[list[float], list[float]]:
        """The least and the most of each column."""
        low, high = [0.0] * self._size, [inf] * self._size
        high[self._worst], high[self._sum] = off
        for each in self._kin:
            for column in each.columns.values():
                high[column] = len(each.items)
            for agent in each.fixed:
                low[each.columns[agent]] = len(each.items)
        return low, high


def _kin(task: Problem, stays: Sequence[Sequence[int]]) -> list[_Kin] | None:
    """Groups of items that are alike; ``None`` where they have too many columns."""
    kin: dict[Hashable, _Kin] = {}
    first = 0
    for number, (entry, fixed) in enumerate(zip(task.entries, stays, strict=True)):
        weight = task.weight(number)
        place = tuple((agent, entry.disruption(agent)) for agent in sorted(entry.home))
        key = (entry.choice, weight, entry.need, entry.limit, place, tuple(fixed))
        if key not in kin:
            columns = {agent: first + column for column, agent in enumerate(entry.choice.agents)}
            first += len(columns)
            if first > _COLUMNS:
                return None
            kin[key] = _Kin(entry, weight, tuple(fixed), columns, [])
        kin[key].items.append(number)
    return list(kin.values())


def _deal(kin: Sequence[_Kin], zones: Sequence[int], counts: Sequence[int]) -> dict[int, set[int]]:
    """Which item is on which agents.

    Agents in order of zones, the places of each one after another, dealt out in turn: an agent has no more
    places than there are items, so none gets it twice, and a zone no more than that times its limit.
    """
    on: dict[int, set[int]] = {}
    for each in kin:
        places = [
            agent
            for agent in sorted(each.columns, key=lambda agent: (zones[agent], agent))
            for _ in range(counts[each.columns[agent]])
        ]
        for turn, item in enumerate(each.items):
            on[item] = set(places[turn :: len(each.items)])
    return on


def _highspy() -> Any:
    try:
        import highspy
    except ImportError as error:
        raise InputError(
            "HiGHS is not installed, which plans by weight", where="[netbalance] weight",
            hint="install outboard[controller], or set weight to one",
        ) from error  # fmt: skip
    return highspy
