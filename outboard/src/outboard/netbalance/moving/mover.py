"""A plan, made true: chains of moves at once, each item's moves one after the other."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from time import monotonic

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from outboard.cloud import CloudError
from outboard.journal import Journal
from outboard.leader import NotLeaderError
from outboard.netbalance.model import Item, Move, Reason, State, Style
from outboard.netbalance.moving.hands import Hands
from outboard.netbalance.moving.leftovers import Leftovers
from outboard.netbalance.moving.pace import Pace
from outboard.netbalance.moving.places import Places
from outboard.netbalance.moving.results import GOOD, Intent, Outcome, Result
from outboard.netbalance.moving.steps import Steps, Ways
from outboard.netbalance.moving.watch import PortWatch
from outboard.netbalance.neutron import Neutron
from outboard.netbalance.settings import NetBalanceSection

_BEAT = 0.5  # seconds between two looks at whether to go on


class Mover:
    """Makes moves from an event loop of its own while ``make`` runs.

    ``require`` raises when the lease is lost. Once ``go_on`` says no, what is under way ends, nothing begins.
    """

    def __init__(
        self,
        neutron: Neutron,
        journal: Journal[Intent],
        pool: Executor,
        section: NetBalanceSection,
        registry: CollectorRegistry,
        *,
        require: Callable[[], None],
        go_on: Callable[[], bool] = lambda: True,
    ) -> None:
        self._neutron = neutron
        self._journal = journal
        self._pool = pool
        self._section = section
        self._require = require
        self._go_on = go_on
        self._pace = Pace(section.moves_per_minute, section.burst)
        self._stopped = False
        self._log = structlog.get_logger()
        self._moves = Counter(
            "outboard_netbalance_moves", "Moves that ended", ["kind", "reason", "result"], registry=registry
        )
        self._seconds = Histogram(
            "outboard_netbalance_move_seconds",
            "From a move's begin to its end",
            ["style"],
            buckets=(0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 120),
            registry=registry,
        )
        self._under_way = Gauge("outboard_netbalance_moves_under_way", "Moves begun", registry=registry)

    def make(
        self,
        moves: Sequence[Move],
        places: Places,
        told: Callable[[Outcome], None] = lambda _: None,
    ) -> list[Outcome]:
        """Make the moves; what became of each that was begun. Raises ``NotLeaderError`` at a lost lease."""
        self._stopped = False
        return asyncio.run(self._make(moves, places, told)) if moves else []

    def repair(self, places: Places) -> list[Outcome]:
        """Look at what was cut off between its halves, and end it. Raises as ``make``."""
        cut = self._journal.open()
        return asyncio.run(self._repair(cut, places)) if cut else []

    async def _repair(self, cut: dict[int, Intent], places: Places) -> list[Outcome]:
        hands = Hands(self._neutron, self._pool, self._require)
        leftovers = Leftovers(hands)
        steps = Steps(hands, PortWatch(hands.ports), _ways(self._section), leftovers)
        at_once = asyncio.Semaphore(self._section.in_flight)

        async def mend(number: int, intent: Intent) -> Outcome:
            move = Move(intent.item, None, intent.target or intent.source, Reason.UNHOSTED)
            item = places.state.items.get(intent.item)
            async with at_once:
                outcome = Outcome(move, Result.NOTHING)
                if item is not None and not await hands.hosting(intent.kind, intent.item):
                    outcome = await self._one(steps, move, item, places)
            # Hosted by anybody it is whole; one too many, or one that is dead, is the next plan's business.
            self._journal.end(number)
            return outcome

        tasks = [mend(number, intent) for number, intent in cut.items()]
        outcomes = list(await asyncio.gather(*tasks))
        await leftovers.delete()
        return outcomes

    async def _make(
        self, moves: Sequence[Move], places: Places, told: Callable[[Outcome], None]
    ) -> list[Outcome]:
        chains: dict[str, list[Move]] = defaultdict(list)
        for move in moves:
            chains[move.item].append(move)
        hands = Hands(self._neutron, self._pool, self._require)
        leftovers = Leftovers(hands)
        steps = Steps(hands, PortWatch(hands.ports), _ways(self._section), leftovers)
        in_flight = asyncio.Semaphore(self._section.in_flight)
        legacy = asyncio.Semaphore(self._section.legacy_in_flight)
        outcomes: list[Outcome] = []

        async def follow(chain: Iterable[Move], item: Item) -> None:
            async with legacy if item.style in (Style.LEGACY, Style.DVR) else in_flight:
                for move in chain:
                    await self._pace.take()
                    if self._stopped:
                        return
                    outcome = await self._one(steps, move, item, places)
                    outcomes.append(outcome)
                    told(outcome)
                    if outcome.result not in GOOD:
                        return  # what follows was planned on its success

        beat = asyncio.create_task(self._beat())
        try:
            async with asyncio.TaskGroup() as group:
                for id_, chain in chains.items():
                    group.create_task(follow(chain, places.state.items[id_]))
            await leftovers.delete()
        except* NotLeaderError as lost:
            raise lost.exceptions[0] from None
        finally:
            beat.cancel()
        return outcomes

    async def _one(self, steps: Steps, move: Move, item: Item, places: Places) -> Outcome:
        began = monotonic()
        number = self._journal.begin(Intent(item.kind, item.style, item.id, move.source, move.target))
        self._under_way.inc()
        try:
            outcome = await steps.move(move, item, places)
        except CloudError as error:
            # Whether it is whole is not known: the next look tells, and the entry stays for it.
            outcome = Outcome(move, Result.UNHOSTED if _may_be_nowhere(item) else Result.FAILED, str(error))
        finally:
            self._under_way.dec()
        seconds = monotonic() - began
        outcome = Outcome(outcome.move, outcome.result, outcome.why, outcome.target, round(seconds, 3))
        if outcome.result is not Result.UNHOSTED:
            self._journal.end(number)
        if outcome.result in GOOD:
            places.moved(item, move.source, outcome.target or move.target)
        self._moves.labels(item.kind.value, move.reason.value, outcome.result.value).inc()
        self._seconds.labels(item.style.value).observe(seconds)
        self._say(outcome, item, places.state)
        return outcome

    async def _beat(self) -> None:
        while True:
            self._stopped |= not self._go_on()
            await asyncio.sleep(_BEAT)

    def _say(self, outcome: Outcome, item: Item, state: State) -> None:
        say = self._log.info if outcome.result in GOOD else self._log.warning
        move = outcome.move
        say(
            "moved" if outcome.result in GOOD else "not moved",
            kind=item.kind.value, item=item.id, name=item.name, reason=move.reason.value,
            source=_host(state, move.source), target=_host(state, outcome.target or move.target),
            result=outcome.result.value, why=outcome.why, seconds=outcome.seconds,
        )  # fmt: skip


def _ways(section: NetBalanceSection) -> Ways:
    return Ways(section.agent_timeout, section.settle, section.keep_dhcp_address, section.wait_for_agents)


def _may_be_nowhere(item: Item) -> bool:
    return item.style in (Style.LEGACY, Style.DVR)


def _host(state: State, agent: str | None) -> str:
    known = state.agents.get(agent or "")
    return known.host if known else agent or ""
