"""Bring crashed guests up through nova, one step at a time; each step is on disk before it is made."""

import time
from collections.abc import Callable

import msgspec
import structlog

from outboard.cloud import CloudError, Kind
from outboard.crashwatch.brake import Brake
from outboard.crashwatch.evidence import Ending
from outboard.crashwatch.metrics import WatchMetrics
from outboard.crashwatch.nova import Nova, Server
from outboard.crashwatch.policy import Ask, End, Facts, Step, decide, stopped_matters
from outboard.crashwatch.record import AGREED, FINAL, Attempt, Crash, Stage
from outboard.crashwatch.settings import CrashWatchSection
from outboard.crashwatch.spool import Spool
from outboard.logs import Once

_FIRST_RETRY, _LAST_RETRY = 0.5, 30.0
_SPOOL_RETRY = 5.0


class Recovery:
    """``step`` is called by several threads, never twice at a time for one crash.

    ``runs(crash)``: whether the guest runs in a later life. ``ended(key)`` is told of each outcome.
    """

    def __init__(
        self,
        nova: Nova | None,
        spool: Spool,
        section: CrashWatchSection,
        brake: Brake,
        metrics: WatchMetrics,
        *,
        host: str,
        runs: Callable[[Crash], bool],
        ended: Callable[[str], None] = lambda _: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._nova = nova
        self._spool = spool
        self._section = section
        self._brake = brake
        self._metrics = metrics
        self._host = host
        self._runs = runs
        self._ended = ended
        self._clock = clock
        self._failures: dict[str, int] = {}
        self._closed = False
        self._once = Once()
        self._log = structlog.get_logger()

    def plan(self, crash: Crash) -> Step:
        """What would be done now; asks nova and changes nothing. Raises ``CloudError``."""
        if self._nova is None:
            return End(Stage.IGNORED, "recovery is not set up")
        if crash.ending == Ending.UNKNOWN and self._section.unknown == "report":
            return End(Stage.IGNORED, "nobody saw whether it crashed or was shut down")
        server: Server | None
        try:
            server = self._nova.server(crash.uuid)
        except CloudError as error:
            if error.kind is not Kind.GONE:
                raise
            server = None
        family = self._spool.of(crash.uuid)
        facts = Facts(
            now=self._clock(),
            runs=self._runs(crash),
            crashed_again=any(other.started > crash.started for other in family),
            host=self._host,
            attempts=tuple(attempt for other in family for attempt in other.attempts),
        )
        stopper = None
        if server is not None and stopped_matters(server, facts):
            stopper = self._nova.stopped_by(crash.uuid)
        return decide(crash, server, stopper, facts, self._section)

    def step(self, key: str) -> float | None:
        """Take the next step for a crash; seconds until the one after, ``None`` when it is over."""
        crash = self._spool.get(key)
        if crash is None or crash.stage in FINAL:
            return None
        if self._nova is not None and (wait := self._brake.wait()):
            self._close_host(self._nova)
            return min(wait, 5.0)
        self._closed = False
        try:
            step = self.plan(crash)
        except CloudError as error:
            return self._nova_failed(crash, error)
        self._failures.pop(key, None)
        self._once.over("nova")
        try:
            if isinstance(step, End):
                self._end(crash, step)
                return None
            if isinstance(step, Ask):
                return self._ask(crash, step)
        except OSError as error:
            self._spool_failed(error)
            return _SPOOL_RETRY
        if self._once.new(key, step.why.partition(" for ")[0]):
            self._log.info("recovery waits", guest=crash.uuid, key=key, why=step.why)
        return step.seconds

    def _close_host(self, nova: Nova) -> None:
        """Many guests of a host crash: until people looked at it, it gets no more. Once for each brake."""
        if not self._section.brake_disable or self._closed:
            return
        try:
            self._closed = True
            if nova.close_host(self._host, "outboard crashwatch: too many guests crash here"):
                self._log.critical("nova-compute of this host is disabled", host=self._host)
        except CloudError as error:
            self._closed = False
            if self._once.new("nova", (error.kind, str(error)[:80])):
                self._log.error("nova-compute cannot be disabled, trying on", why=str(error))

    def _ask(self, crash: Crash, ask: Ask) -> float | None:
        action = ask.action
        assert self._nova is not None  # noqa: S101  # only a plan with nova asks
        attempt = Attempt(self._clock(), action.value)
        # One that nova never agreed to is replaced: the list holds what may have been done.
        kept = tuple(each for each in crash.attempts if each.result in (AGREED, ""))
        self._change(crash.key, stage=Stage.ASKED, attempts=(*kept, attempt))
        try:
            self._nova.ask(crash.uuid, action, ask.image)
        except CloudError as error:
            self._metrics.attempts.labels(action.value, error.kind.value).inc()
            result = msgspec.structs.replace(attempt, result=error.kind.value)
            self._change(crash.key, attempts=(*kept, result))
            if error.kind in (Kind.CONFLICT, Kind.GONE):
                self._log.info("nova is at it itself, looking again", guest=crash.uuid, why=str(error))
                return 1.0
            return self._nova_failed(crash, error)
        self._metrics.attempts.labels(action.value, AGREED).inc()
        self._metrics.asked.observe(max(0.0, self._clock() - crash.recorded))
        agreed = msgspec.structs.replace(attempt, result=AGREED)
        self._change(crash.key, attempts=(*kept, agreed))
        self._log.info(
            "nova brings the guest up", guest=crash.uuid, key=crash.key, action=action.value,
            attempt=len(kept) + 1,
        )  # fmt: skip
        return 1.0

    def _end(self, crash: Crash, end: End) -> None:
        if end.stage is Stage.GAVE_UP:
            self._note(crash, end.why)
        self._change(crash.key, stage=end.stage, why=end.why)
        self._once.over(crash.key)
        self._metrics.outcomes.labels(end.stage.value).inc()
        say = self._log.error if end.stage is Stage.GAVE_UP else self._log.info
        say(f"crash is {end.stage.value}", guest=crash.uuid, key=crash.key, why=end.why)
        self._ended(crash.key)

    def _note(self, crash: Crash, why: str) -> None:
        if self._nova is None or not self._section.note:
            return
        try:
            self._nova.note(crash.uuid, "outboard:crashwatch", f"given up after {crash.ended}: {why}")
        except CloudError as error:
            self._log.warning("no note could be left in nova", guest=crash.uuid, why=str(error))

    def _nova_failed(self, crash: Crash, error: CloudError) -> float | None:
        if self._once.new("nova", (error.kind, str(error)[:80])):
            self._log.error("nova does not do it, trying on", kind=error.kind.value, why=str(error))
        if self._clock() - crash.recorded > self._section.recover_within:
            try:
                self._end(crash, End(Stage.GAVE_UP, f"nova could not be asked: {error.kind.value}"))
                return None
            except OSError as failed:
                self._spool_failed(failed)
                return _SPOOL_RETRY
        if error.kind is Kind.REFUSED:
            return _LAST_RETRY  # somebody has to mend it first
        tries = self._failures[crash.key] = self._failures.get(crash.key, -1) + 1
        return float(min(_FIRST_RETRY * 2 ** min(tries, 10), _LAST_RETRY))

    def _change(self, key: str, **fields: object) -> None:
        self._spool.change(key, lambda crash: msgspec.structs.replace(crash, **fields))

    def _spool_failed(self, error: OSError) -> None:
        self._metrics.spool_errors.inc()
        if self._once.new("spool", error.errno):
            self._log.error("record cannot be written, nothing is asked of nova", why=str(error))
