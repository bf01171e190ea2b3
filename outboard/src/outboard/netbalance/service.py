"""The service: look, mend what was cut off, plan, look again at what the plan touches, move."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from time import monotonic

import structlog
from prometheus_client import CollectorRegistry, Gauge

from outboard.logs import Once
from outboard.netbalance.calm import Calm
from outboard.netbalance.model import Move, Plan, Reason, State
from outboard.netbalance.moving.mover import Mover
from outboard.netbalance.moving.places import Places
from outboard.netbalance.moving.results import GOOD, Outcome
from outboard.netbalance.planning.plan import plan
from outboard.netbalance.reading.look import Look, Reader
from outboard.netbalance.settings import NetBalanceSection
from outboard.netbalance.signals import HostMark, Marks

_SOON = 1.0  # seconds until the next look after something was moved


class NetBalance:
    """One round after the other, in one thread; ``report`` may be read from any. No mover: it only looks."""

    def __init__(
        self,
        reader: Reader,
        mover: Mover | None,
        marks: Marks,
        section: NetBalanceSection,
        registry: CollectorRegistry,
        *,
        told: Callable[[Outcome, State], None] = lambda _, __: None,
    ) -> None:
        self._reader = reader
        self._mover = mover
        self._marks = marks
        self._section = section
        self._policy = section.policy()
        self._told = told
        self._calm = Calm(section.hold_off)
        self._failed: dict[str, float] = {}  # item: when it may be tried again
        self._once = Once()
        self._log = structlog.get_logger()
        self.report: Mapping[str, Sequence[str]] = {}  # host: what is on it, of those that were marked
        self._items = Gauge(
            "outboard_netbalance_items", "Networks and routers an agent has", ["kind", "host"],
            registry=registry,
        )  # fmt: skip
        self._planned = Gauge(
            "outboard_netbalance_planned", "Moves of the last plan", ["reason"], registry=registry
        )
        self._stuck = Gauge("outboard_netbalance_stuck", "Items that no move can mend", registry=registry)
        self._drained = Gauge(
            "outboard_netbalance_marked_items", "Items on hosts that are to have none", ["host"],
            registry=registry,
        )  # fmt: skip

    def round(self) -> float | None:
        """Do what is due; seconds until the next look, ``None``: the usual. Raises ``CloudError``."""
        marks = self._marks.read()
        look = self._reader.look(marks)
        if self.mend(look):
            look = self._reader.look(marks)
        self._observe(look, marks)
        wait = self._calm.wait(look.state, marks)
        planned = self.plan(look)
        self._say(planned, look)
        outcomes = self.act(
            planned, look, marks, due=lambda move, state: wait == 0 or _urgent(move, state, marks)
        )
        self._reader.save()
        if any(outcome.result in GOOD for outcome in outcomes) or self._marks.changed():
            return _SOON
        return min(wait, self._section.audit_interval) if wait else None

    def look(self, marks: Mapping[str, HostMark]) -> Look:
        """Everything as it is, and hosts as they are marked."""
        return self._reader.look(marks)

    def remember(self) -> None:
        """Keep what was seen for the next process."""
        self._reader.save()

    def requests(self) -> int:
        """How many requests were made of neutron so far."""
        return self._reader.requests()

    def plan(self, look: Look) -> Plan:
        """What would be done."""
        return plan(look.state, self._policy, time.time())

    def mend(self, look: Look) -> bool:
        """End what a killed process left between two halves; whether there was anything."""
        outcomes = self._mover.repair(Places(look.state, look.portless)) if self._mover else []
        self._learn(outcomes)
        for outcome in outcomes:
            self._told(outcome, look.state)
        return bool(outcomes)

    def act(
        self,
        planned: Plan,
        look: Look,
        marks: Mapping[str, HostMark],
        *,
        due: Callable[[Move, State], bool],
    ) -> list[Outcome]:
        """Make the moves that are due, after their agents were asked again what they host."""
        now = monotonic()
        self._failed = {item: at for item, at in self._failed.items() if at > now}

        def wanted(one: Plan, state: State) -> list[Move]:
            return [move for move in one.moves if move.item not in self._failed and due(move, state)]

        moves = wanted(planned, look.state)
        if not moves or self._mover is None:
            return []
        agents = {agent for move in moves for agent in (move.source, move.target) if agent}
        again = self._reader.confirm(look, agents, marks)
        if again.state.bindings != look.state.bindings:
            look, moves = again, wanted(self.plan(again), again.state)
        outcomes = self._mover.make(
            moves, Places(look.state, look.portless), lambda outcome: self._told(outcome, look.state)
        )
        self._learn(outcomes)
        return outcomes

    def _learn(self, outcomes: Sequence[Outcome]) -> None:
        moved = [outcome for outcome in outcomes if outcome.result in GOOD]
        agents = {
            agent
            for outcome in outcomes
            for agent in (outcome.move.source, outcome.move.target, outcome.target)
            if agent
        }
        self._reader.moved({outcome.move.item for outcome in moved}, agents)
        # What would not go is let be for a while, or each round would cut into the same guests again.
        again = monotonic() + 2 * self._section.agent_timeout
        for outcome in outcomes:
            if outcome.result not in GOOD and outcome.move.reason is not Reason.UNHOSTED:
                self._failed[outcome.move.item] = again

    def _observe(self, look: Look, marks: Mapping[str, HostMark]) -> None:
        hosted = Counter(agent for on in look.state.bindings.values() for agent in on)
        self._items.clear()
        for agent in look.state.agents.values():
            self._items.labels(agent.kind.value, agent.host).set(hosted[agent.id])
        self._drained.clear()
        self.report = {host: tuple(sorted(look.on(host))) for host in marks}
        for host, items in self.report.items():
            self._drained.labels(host).set(len(items))

    def _say(self, planned: Plan, look: Look) -> None:
        reasons = Counter(move.reason for move in planned.moves)
        for reason in Reason:
            self._planned.labels(reason.value).set(reasons[reason])
        self._stuck.set(len(planned.stuck))
        for stuck in planned.stuck:
            if self._once.new(stuck.item, (stuck.agent, stuck.why)):
                agent = look.state.agents.get(stuck.agent or "")
                self._log.warning(
                    "nothing can be moved to mend this", item=stuck.item, why=stuck.why,
                    name=look.state.items[stuck.item].name, host=agent.host if agent else "",
                )  # fmt: skip


def _urgent(move: Move, state: State, marks: Mapping[str, HostMark]) -> bool:
    """Whether a host manager's word is behind a move: then nobody waits for agents to calm down."""
    agent = state.agents.get(move.source or "")
    return agent is not None and agent.host in marks
