"""The service: look at every host, decide, do what is due, tell what changed."""

import time
from collections import Counter as Count
from collections.abc import Mapping
from dataclasses import dataclass, replace

import msgspec
import structlog

from outboard.cloud import CloudError, Kind
from outboard.hostguard.acting import Hands
from outboard.hostguard.alarms import NUMBERS, Alarm, alarms
from outboard.hostguard.answers import Answers
from outboard.hostguard.machine import UNFENCED, Known, decide
from outboard.hostguard.metrics import GuardMetrics
from outboard.hostguard.model import Act, Decision, Policy, State, Step, View, Wish
from outboard.hostguard.reading import Reader
from outboard.hostguard.record import AlarmRecord, HostRecord, Record
from outboard.hostguard.settings import HostGuardSection
from outboard.hostguard.teller import Teller
from outboard.hostguard.wishes import Wishes
from outboard.logs import Once
from outboard.state import StateFile

# What nova takes a while to show, and what follows at once: the next look is that soon.
_SOON = 0.3
_COUNTED = frozenset({Act.MIGRATE, Act.EVACUATE})


@dataclass(frozen=True, slots=True)
class Row:
    """A host, for people. ``state`` is what it is, ``wish`` what it shall be."""

    host: str
    wish: str
    state: str
    seconds: int
    waits: str


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step, for people."""

    host: str
    step: str
    of: str
    value: str
    state: str = "planned"


@dataclass(frozen=True, slots=True)
class Parts:
    """What the service is made of. ``hands=None``: it only looks. ``state=None``: it keeps nothing."""

    section: HostGuardSection
    reader: Reader
    answers: Answers
    wishes: Wishes
    hands: Hands | None
    state: StateFile[Record] | None


class HostGuard:
    """``round`` is called by one thread; ``rows`` may be read by any."""

    def __init__(self, parts: Parts, record: Record, teller: Teller, metrics: GuardMetrics) -> None:
        self._parts = parts
        self._policy: Policy = parts.section.policy()
        self._hosts = dict(record.hosts)
        self._alarms = {Alarm(a.kind, a.host, a.about): a.since for a in record.alarms}
        self._teller = teller
        self._metrics = metrics
        self._saved = record
        self._gone_since: dict[str, float] = {}  # not kept: after a restart both looks are made anew
        self._counted_at = time.monotonic()
        self._once = Once()
        self._log = structlog.get_logger()
        self.rows: tuple[Row, ...] = ()
        self.planned: list[tuple[str, Step]] = []  # what a dry look would do

    def round(self) -> float | None:
        """Look and do what is due; seconds until the next, ``None``: as usual. Raises ``CloudError``."""
        self.planned = []
        wishes = self._parts.wishes.read()
        self._metrics.desired_bad.set(bool(self._parts.wishes.bad))
        views = self._parts.reader.look(wishes)
        soon = False
        rows, closed = [], Count[str]()
        try:
            for host, wish in sorted(wishes.items()):
                decision, acted = self._one(views[host], wish)
                soon |= acted
                closed.update(gate.name for gate in decision.gates if gate.closed)
                rows.append(self._row(host, wish, decision))
            self._compare_alarms(alarms(views, wishes))
        finally:
            self._hosts = {host: kept for host, kept in self._hosts.items() if host in wishes}
            self.rows = tuple(rows) if len(rows) == len(wishes) else self.rows
            self._count(closed)
            self._save()  # what is to be told is on disk before it is told, and again after
            if self._parts.hands is not None:
                self._teller.tell()
                self._save()
        return _SOON if soon else None

    def steps(self) -> tuple[StepRow, ...]:
        """What a dry look would do."""
        return tuple(StepRow(host, step.act.value, step.of, step.value) for host, step in self.planned)

    def _one(self, view: View, wish: Wish) -> tuple[Decision, bool]:
        """One host; what was decided, and whether something was done. Only a cloud that is away raises."""
        host = view.host
        known = self._known(host)
        try:
            view, decision = self._settle(view, wish, known)
        except CloudError as error:
            if error.kind is Kind.AWAY:
                raise
            before = self._hosts.get(host)
            kept = Decision(before.state if before else State.PREPARED, waits=f"cannot be looked at: {error}")
            self._complain(host, kept.waits)
            return kept, False
        if any(step.act is Act.DELETE_SERVICE or step.act is Act.DELETE_AGENT for step in decision.steps):
            self._gone_since.pop(host, None)
        self._note(view, wish, decision, known)
        acted, failed = self._act(view, decision)
        if failed:
            decision = replace(decision, waits="; ".join(filter(None, (decision.waits, failed))))
        self._tell_what_became(host, decision)
        self._complain(host, decision.waits)
        return decision, acted

    def _settle(self, view: View, wish: Wish, known: Known) -> tuple[View, Decision]:
        """Decide, answer what that asks for, and decide again until nothing new can be answered."""
        while True:
            decision = decide(view, wish, self._policy, known)
            answered = self._parts.answers.fill(view, decision.ask, self._policy)
            if answered == view:
                return view, self._said_by_drain(view, decision)
            view = answered

    def _said_by_drain(self, view: View, decision: Decision) -> Decision:
        """Add why a drain could not move all, in its own words."""
        if all(step.act is not Act.DRAIN for step in decision.steps):
            return decision
        words = self._parts.answers.drain_says(view.host)
        return replace(decision, waits=f"{decision.waits}; {words}") if words else decision

    def _act(self, view: View, decision: Decision) -> tuple[bool, str]:
        """Whether something was done, and why the rest was not."""
        acted = False
        for step in decision.steps:
            if self._parts.hands is None:
                self.planned.append((view.host, step))
                continue
            if step.act is Act.DRAIN:
                self._drain(view.host, failed=decision.state is State.FAILED)
                continue
            if step.act in _COUNTED:  # before it is asked: a kill in between counts as a try
                self._try(view.host, step.of)
            try:
                view = self._parts.hands.do(view, step)
            except CloudError as error:
                self._metrics.steps.labels(step.act.value, error.kind.value).inc()
                if error.kind is Kind.AWAY:
                    raise
                self._log.warning(
                    "step failed", host=view.host, step=step.act.value, of=step.of, why=str(error)
                )
                if error.kind in (Kind.CONFLICT, Kind.GONE) and step.act not in _COUNTED:
                    return True, f"{step.act.value}: {error}"  # another look tells
                if step.act in _COUNTED:
                    continue  # one guest that cannot move keeps no other
                return acted, f"{step.act.value}: {error}"
            acted = True
            self._metrics.steps.labels(step.act.value, "done").inc()
            self._log.info("step done", host=view.host, step=step.act.value, of=step.of, value=step.value)
            self._done(view.host, step)
        return acted, ""

    def _drain(self, host: str, *, failed: bool) -> None:
        """See that its networks are moved; that a failed host serves nothing is said first."""
        if not failed:
            self._remember(host, told="draining")
        elif self._hosts[host].told != "failed" and not self._tell(host, "failed"):
            return
        self._parts.answers.drain(host)

    def _tell_what_became(self, host: str, decision: Decision) -> None:
        """Told even where its agents host nothing by now: neutron drops what it cannot place elsewhere."""
        if self._parts.hands is None:
            return
        told = self._hosts[host].told
        if decision.state is State.ENABLED and told:
            self._tell(host, "returned")
        elif decision.state is State.FAILED and decision.waits != UNFENCED and told != "failed":
            self._tell(host, "failed")

    def _tell(self, host: str, word: str) -> bool:
        """Whether netbalance has been told, or could not be."""
        if not self._hosts[host].told:  # before it is: cut off in between, it still has to hear of the return
            self._remember(host, told="perhaps")
        ended = self._parts.answers.tell(host, word)
        if ended is None:
            return False
        if ended.code == 0:
            self._remember(host, told="" if word == "returned" else word)
        elif self._once.new(f"tell {host}", ended.last):
            self._log.error("netbalance cannot be told", host=host, state=word, why=ended.last)
        return True

    def _remember(self, host: str, **fields: object) -> None:
        """On disk on return."""
        self._hosts[host] = msgspec.structs.replace(self._hosts[host], **fields)
        self._save()

    def _done(self, host: str, step: Step) -> None:
        if step.act is Act.ENABLE:
            self._parts.answers.forget(host)
            self._metrics.enabling.observe(max(0.0, time.time() - self._hosts[host].since))
        if step.act is Act.NOTIFY:
            self._remember(host, notified=True)

    def _try(self, host: str, guest: str) -> None:
        kept = self._hosts[host]
        tries = {**kept.tries, guest: kept.tries.get(guest, 0) + 1}
        self._remember(host, tries=tries)

    def _known(self, host: str) -> Known:
        kept = self._hosts.get(host)
        first = self._gone_since.get(host)
        gone = first is not None and time.monotonic() - first >= self._parts.section.confirm_after
        if kept is None:
            return Known(gone_twice=gone)
        return Known(kept.was_enabled, gone, kept.notified, kept.tries)

    def _note(self, view: View, wish: Wish, decision: Decision, known: Known) -> None:
        """Remember what it is now, and tell if that is new."""
        host, kept = view.host, self._hosts.get(view.host)
        if decision.waits == "a second look is to confirm it":
            self._gone_since.setdefault(host, time.monotonic())
        elif not any(step.act in (Act.DELETE_SERVICE, Act.DELETE_AGENT) for step in decision.steps):
            self._gone_since.pop(host, None)
        if kept is None or kept.state is not decision.state:
            self._say(
                event="state", host=host, state=decision.state.value, wish=wish.state.value,
                before=kept.state.value if kept else "", waits=decision.waits,
            )  # fmt: skip
        since = kept.since if kept is not None and kept.state is decision.state else time.time()
        over = kept is None or decision.state not in (State.FAILED, State.DRAINING, State.DRAINED)
        self._hosts[host] = HostRecord(
            state=decision.state, since=since,
            was_enabled=decision.state is not State.ABSENT
            and (known.was_enabled or decision.state is State.ENABLED),
            notified=known.notified and not over, tries={} if over else known.tries,
            told=kept.told if kept else "",
        )  # fmt: skip

    def _compare_alarms(self, now: frozenset[Alarm]) -> None:
        """Tell those that are new and those that went."""
        for alarm in sorted(now ^ self._alarms.keys()):
            raised = alarm in now
            self._say(
                event="alarm", alarm=alarm.kind.value, number=NUMBERS[alarm.kind], raised=raised,
                host=alarm.host, about=alarm.about,
            )  # fmt: skip
            if raised:
                self._alarms[alarm] = time.time()
            else:
                del self._alarms[alarm]

    def _say(self, **body: object) -> None:
        if self._parts.hands is not None:
            self._teller.say(**body)

    def _row(self, host: str, wish: Wish, decision: Decision) -> Row:
        kept = self._hosts.get(host)
        seconds = int(max(0.0, time.time() - kept.since)) if kept else 0
        return Row(host, wish.state.value, decision.state.value, seconds, decision.waits)

    def _complain(self, host: str, waits: str) -> None:
        if self._parts.hands is None:
            return
        if waits and self._once.new(host, waits):
            self._log.warning("host waits", host=host, why=waits)
        elif not waits:
            self._once.over(host)

    def _count(self, closed: Mapping[str, int]) -> None:
        passed = time.monotonic() - self._counted_at
        self._counted_at += passed
        states = Count(kept.state for kept in self._hosts.values())
        self._metrics.count(states, passed, closed, Count(alarm.kind for alarm in self._alarms))
        self._metrics.waiting.set(sum(bool(row.waits) for row in self.rows))

    def _save(self) -> None:
        if self._parts.state is None:
            return
        stand = tuple(AlarmRecord(a.kind, a.host, a.about, at) for a, at in sorted(self._alarms.items()))
        record = Record(dict(self._hosts), self._parts.wishes.good, stand, self._teller.waiting)
        if record == self._saved:
            return
        try:
            self._parts.state.save(record)
            self._saved = record
        except OSError as error:
            if self._once.new("save", error.errno):
                self._log.error("what happened cannot be remembered over a restart", why=str(error))
