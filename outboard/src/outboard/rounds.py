"""The loop of a controller service: a round when due or woken, later while the cloud is away."""

import signal
from collections.abc import Callable
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Protocol

import structlog

from outboard.cloud import CloudError, Kind
from outboard.leader import NotLeaderError
from outboard.logs import Once
from outboard.metrics import ControllerMetrics
from outboard.notify import notify, watchdog_interval

_FIRST_RETRY = 1.0


class Lease(Protocol):
    """What rounds need of a ``leader.Leader``."""

    def holds(self) -> bool:
        """Whether this instance may write."""


class Rounds:
    """Calls ``work`` while this instance leads. All of it in one thread; ``wake`` may come from any.

    ``work`` returns the seconds until its next turn, or ``None`` for ``every``. What the cloud refuses or
    the lease forbids ends that round alone. A long round calls ``wait`` or ``alive`` in between.
    """

    def __init__(
        self,
        work: Callable[[], float | None],
        lease: Lease,
        metrics: ControllerMetrics,
        *,
        every: float,
    ) -> None:
        self._work = work
        self._lease = lease
        self._metrics = metrics
        self._every = every
        self._retry = _FIRST_RETRY
        # SimpleQueue: a signal's handler may put into it whatever the interrupted code was doing.
        self._calls: SimpleQueue[bool] = SimpleQueue()
        self._woken = False
        self.stopping = False
        self._watchdog = watchdog_interval()
        self._once = Once()
        self._log = structlog.get_logger()

    def wake(self) -> None:
        """Make the next round now, or right after the one that is under way."""
        self._calls.put(False)

    def stop(self) -> None:
        """End after this round; ``wait`` returns at once."""
        self._calls.put(True)

    def run(self) -> None:
        """Until SIGTERM, SIGINT or ``stop``. SIGHUP makes a round."""
        for number, call in (
            (signal.SIGTERM, self.stop),
            (signal.SIGINT, self.stop),
            (signal.SIGHUP, self.wake),
        ):
            signal.signal(number, lambda *_, call=call: call())
        self.alive()
        notify("READY=1")
        while not self.stopping:
            self._woken = False
            self._pause(self._round())
        notify("STOPPING=1")

    def alive(self) -> None:
        """A sign of life for systemd, from within a long round."""
        if self._watchdog:
            notify("WATCHDOG=1")

    def wait(self, seconds: float) -> bool:
        """Sleep within a round, with signs of life; whether the service is to end now."""
        end = monotonic() + seconds
        while not self.stopping and (left := end - monotonic()) > 0:
            self._call(left)
        return self.stopping

    def _pause(self, seconds: float) -> None:
        end = monotonic() + seconds
        while not self.stopping and not self._woken and (left := end - monotonic()) > 0:
            self._call(left)

    def _call(self, seconds: float) -> None:
        self.alive()
        try:
            stop = self._calls.get(timeout=min(seconds, self._watchdog or seconds))
        except Empty:
            return
        while True:
            self.stopping |= stop
            self._woken = True
            try:
                stop = self._calls.get_nowait()
            except Empty:
                return

    def _round(self) -> float:
        """One round; seconds until the next."""
        leads = self._lease.holds()
        self._metrics.leads.set(leads)
        if not leads:
            self._metrics.rounds.labels("standby").inc()
            return self._every  # woken when the lease is taken
        began = monotonic()
        try:
            after = self._work()
        except CloudError as error:
            return self._failed(error)
        except NotLeaderError as error:
            self._metrics.rounds.labels("lost").inc()
            self._log.warning("round broken off", why=str(error))
            return self._every
        except Exception as error:  # noqa: BLE001  # the daemon lives, and says so
            self._metrics.rounds.labels("fault").inc()
            self._log.exception("a round failed, it is made again", why=str(error))
            return self._every
        self._metrics.rounds.labels("done").inc()
        self._metrics.seconds.observe(monotonic() - began)
        self._metrics.reachable.set(1)
        if self._once.over("cloud"):
            self._log.info("the cloud answers again")
        self._retry = _FIRST_RETRY
        return self._every if after is None else after

    def _failed(self, error: CloudError) -> float:
        """Away: ask again soon, then less often. Refused: settings or rights, which people mend."""
        self._metrics.rounds.labels(error.kind.value).inc()
        if self._once.new("cloud", error.kind):
            self._log.error("the cloud cannot be asked, everything stays as it is", why=str(error))
        if error.kind is not Kind.AWAY:
            return self._every
        self._metrics.reachable.set(0)
        wait, self._retry = self._retry, min(self._retry * 2, max(self._every, _FIRST_RETRY))
        return wait
