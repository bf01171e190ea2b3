"""The service: every end of a guest is looked into once; crashes go to the spool, and on from there."""

import time
from collections import Counter
from collections.abc import Callable

import structlog

from outboard.crashwatch.desk import Desk
from outboard.crashwatch.endings import Sight, account, unseen
from outboard.crashwatch.evidence import Ending
from outboard.crashwatch.parts import Eyes, Inner, Memory
from outboard.crashwatch.record import Crash, Stage
from outboard.crashwatch.rows import Row, row_of
from outboard.crashwatch.settings import CrashWatchSection
from outboard.crashwatch.witness import Witness
from outboard.domain import Domain
from outboard.errors import HypervisorError, InputError
from outboard.exits import key_of
from outboard.exits.qemu_log import Life, seconds, stamp
from outboard.hypervisor import Census
from outboard.libvirt_events import Event, EventKind
from outboard.logs import Once
from outboard.state import StateFile


class CrashWatch:
    """Follows guests, see ``outboard.loop.Service``; ``listen`` gets each event first."""

    def __init__(
        self,
        eyes: Eyes,
        witness: Witness,
        section: CrashWatchSection,
        host: str,
        boot_time: float,
        state: StateFile[Memory] | None,
        make: Callable[["CrashWatch"], Inner],
        *,
        dry: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._eyes = eyes
        self._section = section
        self._host = host
        self._state = state
        self._dry = dry
        self._clock = clock
        self._witness = witness
        memory = state.load() if state else None
        first = stamp(max(boot_time, clock() - section.recover_within))
        self._memory = memory or Memory(first)
        self._known = self._memory.guests
        self._saved = bool(memory)
        self._foreign: set[str] = set()  # guests nova did not make
        self._details: dict[str, tuple[int, str]] = {}  # STOPPED: detail and name, until it is shown
        self._unsaved: dict[str, tuple[str, Sight]] = {}
        self._once = Once()
        self._log = structlog.get_logger()
        self._in = make(self)
        self._recover = Desk("recover", self._in.recovery.step, section.concurrency)
        self._tell = Desk("tell", self._in.teller.step, 1)

    def start(self) -> None:
        """Let recovery and telling begin, with what the spool has."""
        for crash in self._in.spool.open():
            self._in.brake.crashed(crash.uuid, len(self._known), ago=self._ago(crash))
            self._hand_on(crash.key, 0.0)
        self._recover.start()
        self._tell.start()

    def end(self) -> None:
        """Let no further step begin."""
        self._recover.end()
        self._tell.end()

    def ended(self, key: str) -> None:
        """A crash has its outcome: it is to be told."""
        self._tell.add(key)

    def runs(self, crash: Crash) -> bool:
        """Whether the guest runs in a later life."""
        known = self._known.get(crash.uuid)
        return known is not None and not known.ended and known.start != crash.started

    def listen(self, event: Event) -> None:
        """Keep how a guest stopped until it is shown, and that it shuts down until it goes on."""
        if event.kind is EventKind.STOPPED:
            self._details[event.uuid] = (event.detail, event.name)
        elif event.kind in (EventKind.SHUTDOWN, EventKind.RESUMED) and event.uuid in self._known:
            going = event.kind is EventKind.SHUTDOWN
            self._witness.shuts_down(event.uuid, self._known[event.uuid].start if going else "")

    def level(self, census: Census) -> None:
        """Look into every guest, those that do not run too, and those that are no longer there."""
        running = {domain.uuid: domain for domain in census.domains}
        present = set()
        for state in self._eyes.states():
            present.add(state.uuid)
            if self._is_novas(state.uuid, running.get(state.uuid)):
                sight = Sight(state.running, reason=state.reason)
                self._examine(state.uuid, state.name, sight)
        for uuid in [uuid for uuid in self._known if uuid not in present]:
            name = self._known[uuid].name
            self._examine(uuid, name, Sight(running=False))
            if uuid not in self._unsaved:
                self._forget(uuid)
        self._foreign &= present
        self._save()

    def guest(self, uuid: str, domain: Domain | None) -> None:
        """Look into one guest. A STOPPED event follows each end; others tell nothing of it."""
        detail, name = self._details.pop(uuid, (None, domain.name if domain else ""))
        if domain is None and detail is None:
            return
        try:
            if not self._is_novas(uuid, domain):
                return
        except HypervisorError:
            return  # the loop notices by itself, and looks at all again
        self._examine(uuid, name, Sight(domain is not None, detail=detail))
        self._save()

    def tick(self) -> None:
        """Try again what the disk refused; count; see what people acknowledged."""
        for uuid, (name, sight) in list(self._unsaved.items()):
            self._examine(uuid, name, sight)
        self._save()
        self._in.spool.refresh()
        stages = Counter(crash.stage for crash in self._in.spool.open())
        for stage in Stage:
            self._in.metrics.records.labels(stage.value).set(stages[stage])
        self._in.metrics.brake.set(self._in.brake.wait() > 0)

    def once(self) -> None:
        """One step for each crash, here and now."""
        if not self._dry:
            for crash in self._in.spool.open():
                self._recover.turn(crash.key)
                self._tell.turn(crash.key)

    def rows(self) -> tuple[Row, ...]:
        """What is not acknowledged; in a dry run with what would be done."""
        recovery = self._in.recovery if self._dry else None
        return tuple(row_of(crash, recovery) for crash in self._in.spool.open())

    def _is_novas(self, uuid: str, domain: Domain | None) -> bool:
        if uuid in self._known:
            return True
        if uuid in self._foreign:
            return False
        try:
            domain = domain or self._eyes.definition(uuid)
        except InputError as error:
            if self._once.new(uuid, str(error)):
                self._log.error("guest cannot be read, taken as nova's", guest=uuid, why=str(error))
            return True
        if domain is not None and domain.nova is None:
            self._foreign.add(uuid)
            return False
        return True  # a guest that vanished: its log tells

    def _examine(self, uuid: str, name: str, sight: Sight) -> None:
        """Record what has not been recorded of one guest."""
        if not name:
            return
        now = stamp(self._clock())
        known = self._known.get(uuid)
        lives = self._witness.lives(name)
        for life in unseen(known, lives, sight, self._memory.since, now):
            ending = self._witness.ending(uuid, life, sight)
            if ending is not Ending.ORDINARY and not self._record(uuid, name, life, ending):
                self._unsaved[uuid] = (name, sight)  # and it stays unseen, also for the next start
                return
            self._in.metrics.endings.labels(ending.value).inc()
        self._unsaved.pop(uuid, None)
        after = account(known, name, lives, sight, now)
        if after != known:
            self._known[uuid] = after
            self._saved = False

    def _record(self, uuid: str, name: str, life: Life, ending: Ending) -> bool:
        """Whether what is, or may be, a crash is on disk."""
        crash = Crash(
            key=key_of(uuid, life.start), uuid=uuid, name=name, host=self._host, started=life.start,
            ended=life.end, reason=life.reason, recorded=self._clock(), ending=ending.value, tail=life.tail,
        )  # fmt: skip
        try:
            if not self._in.spool.add(crash):
                return True
        except OSError as error:
            self._in.metrics.spool_errors.inc()
            if self._once.new("spool", error.errno):
                self._log.error("crash cannot be written, trying on", guest=uuid, why=str(error))
            return False
        self._once.over("spool")
        self._in.metrics.recorded.observe(self._ago(crash))
        self._log.error(
            "guest crashed" if ending is Ending.CRASHED else "guest ended, and nobody saw how",
            guest=uuid, domain=name, key=crash.key, ended=life.end, said=life.tail[-1:],
        )  # fmt: skip
        if self._in.brake.crashed(uuid, len(self._known), ago=self._ago(crash)):
            self._log.critical("too many guests crash: the host is at fault, recovery stops")
        self._hand_on(crash.key, self._section.settle)
        return True

    def _ago(self, crash: Crash) -> float:
        """Seconds since it ended; crashes of hours that are found together are no reason to brake."""
        try:
            return max(0.0, self._clock() - seconds(crash.ended))
        except ValueError:
            return 0.0

    def _hand_on(self, key: str, delay: float) -> None:
        self._recover.add(key, delay)
        self._tell.add(key)

    def _forget(self, uuid: str) -> None:
        known = self._known.pop(uuid, None)
        if known is not None:
            self._witness.forget(uuid, known.name)
            self._once.over(uuid)
            self._saved = False

    def _save(self) -> None:
        if self._saved or self._state is None or self._dry:
            return
        try:
            self._state.save(self._memory)
            self._saved = True
        except OSError as error:
            if self._once.new("memory", error.errno):
                self._log.error("cannot remember what was seen, trying on", why=str(error))
