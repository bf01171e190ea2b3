"""Tell every sink of a crash and of its outcome, and acknowledge the record when nobody waits for it."""

from collections.abc import Sequence
from functools import partial

import msgspec
import structlog

from outboard.crashwatch.evidence import Ending
from outboard.crashwatch.metrics import WatchMetrics
from outboard.crashwatch.record import FINAL, Crash, Stage
from outboard.crashwatch.spool import Spool
from outboard.logs import Once
from outboard.sinks import Sink, SinkError

_FIRST_RETRY, _LAST_RETRY = 1.0, 60.0


class Teller:
    """``step`` is called by one thread."""

    def __init__(self, sinks: Sequence[Sink], spool: Spool, metrics: WatchMetrics, *, recovers: bool) -> None:
        self._sinks = sinks
        self._spool = spool
        self._metrics = metrics
        self._recovers = recovers
        self._failures: dict[str, int] = {}
        self._once = Once()
        self._log = structlog.get_logger()

    def step(self, key: str) -> float | None:
        """Tell what has not been told; seconds until it is tried again, ``None`` when there is nothing."""
        crash = self._spool.get(key)
        if crash is None:
            return None
        failed = False
        try:
            for sink in self._sinks:
                failed |= not self._tell(crash, sink)
            if not failed:
                self._failures.pop(key, None)
                self._acknowledge(key)
                return None
        except OSError as error:
            if self._once.new("spool", error.errno):
                self._log.error("record cannot be written, it is told again later", why=str(error))
        tries = self._failures[key] = self._failures.get(key, -1) + 1
        return float(min(_FIRST_RETRY * 2 ** min(tries, 10), _LAST_RETRY))

    def _tell(self, crash: Crash, sink: Sink) -> bool:
        for what, event in crash.events().items():
            mark = f"{sink.name}:{what}"
            if not _takes(sink, what) or mark in crash.told:
                continue
            try:
                sink.send(event)
            except SinkError as error:
                self._metrics.told.labels(sink.name, "refused").inc()
                if self._once.new(sink.name, str(error)[:80]):
                    self._log.error("cannot tell, trying on", sink=sink.name, why=str(error))
                return False
            self._metrics.told.labels(sink.name, "taken").inc()
            self._once.over(sink.name)
            self._spool.change(crash.key, partial(_with, mark=mark))
        return True

    def _acknowledge(self, key: str) -> None:
        """A record is done with when its outcome is known, and somebody else knows all of it.

        Where nobody is told, a guest that was not brought up waits for a person.
        """
        crash = self._spool.get(key)
        if crash is None or crash.stage not in FINAL:
            return
        events = crash.events()
        told = all(
            f"{s.name}:{what}" in crash.told for s in self._sinks for what in events if _takes(s, what)
        )
        settled = crash.stage is not Stage.GAVE_UP and not (
            crash.ending == Ending.UNKNOWN and not crash.attempts
        )
        somebody = bool(self._sinks) or (self._recovers and settled)
        if told and somebody:
            self._spool.acknowledge(key)


def _with(crash: Crash, *, mark: str) -> Crash:
    return msgspec.structs.replace(crash, told=(*crash.told, mark))


def _takes(sink: Sink, what: str) -> bool:
    return sink.takes is None or what in sink.takes
