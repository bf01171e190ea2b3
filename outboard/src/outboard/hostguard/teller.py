"""Events that wait until every sink took them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import structlog

from outboard.hostguard.metrics import GuardMetrics
from outboard.hostguard.record import Event
from outboard.logs import Once
from outboard.sinks import Sink, SinkError

_MOST = 10_000  # events that wait; more than that, and the oldest go


class Teller:
    """Events in their order; a sink that refuses gets none of the later ones before."""

    def __init__(self, sinks: Sequence[Sink], metrics: GuardMetrics, waiting: Sequence[Event]) -> None:
        self._sinks = sinks
        self._metrics = metrics
        self.waiting: tuple[Event, ...] = tuple(waiting)
        self._once = Once()
        self._log = structlog.get_logger()

    def say(self, **body: object) -> None:
        """Something to tell; it is told by the next ``tell``."""
        self._log.info("event", **{("kind" if key == "event" else key): value for key, value in body.items()})
        if not self._sinks:
            return
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        if len(self.waiting) >= _MOST:
            self._log.error("events wait for too long, the oldest is dropped")
        self.waiting = (*self.waiting, Event({"at": at, **body}))[-_MOST:]

    def tell(self) -> None:
        """Tell each sink what it has not taken yet."""
        refused: set[str] = set()
        left = []
        for event in self.waiting:
            told = set(event.told)
            for sink in self._sinks:
                if sink.name not in told and sink.name not in refused and not self._send(sink, event.body):
                    refused.add(sink.name)
                elif sink.name not in refused:
                    told.add(sink.name)
            if any(sink.name not in told for sink in self._sinks):
                left.append(Event(event.body, tuple(sorted(told))))
        self.waiting = tuple(left)

    def _send(self, sink: Sink, body: Mapping[str, object]) -> bool:
        try:
            sink.send(body)
        except SinkError as error:
            self._metrics.told.labels(sink.name, "refused").inc()
            if self._once.new(sink.name, str(error)[:80]):
                self._log.error("cannot tell, trying on", sink=sink.name, why=str(error))
            return False
        self._metrics.told.labels(sink.name, "taken").inc()
        self._once.over(sink.name)
        return True
