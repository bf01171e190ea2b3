"""Read, compare, write: the loop of every service that follows the guests of this host."""

import signal
from collections.abc import Callable
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Protocol

import structlog

from outboard.domain import Domain
from outboard.errors import HypervisorError, InputError
from outboard.hypervisor import Census, Hypervisor
from outboard.libvirt_events import Event, EventKind
from outboard.logs import Once
from outboard.metrics import Metrics
from outboard.notify import notify, watchdog_interval

_FIRST_RETRY = 0.2
_LAST_RETRY = 5.0
# After a connect the next looks at everything follow in 1, 2, 4, ... seconds: a libvirtd that has just
# started still lists guests that died while it was down, and sends no event when it notices (seen with 9.0).
_FIRST_AUDIT = 1.0


class Service(Protocol):
    """What the loop drives. All calls come from one thread."""

    def level(self, census: Census) -> None:
        """These guests run, and no others. Those that are unreadable keep what they have."""

    def guest(self, uuid: str, domain: Domain | None) -> None:
        """Something happened to one guest; ``domain`` is what it is now, ``None`` when it does not run."""

    def tick(self) -> None:
        """The service's own interval passed. libvirt may be away."""


class Loop:
    """Connects, looks at everything after each connect and every ``audit`` seconds, and follows events.

    ``listen`` is told each event of a guest before the service is shown the guest.
    """

    def __init__(
        self,
        service: Service,
        hypervisor: Hypervisor,
        queue: "SimpleQueue[Event]",
        metrics: Metrics,
        *,
        audit: float,
        tick: float,
        listen: Callable[[Event], None] | None = None,
    ) -> None:
        self._service = service
        self._hypervisor = hypervisor
        self._queue = queue
        self._metrics = metrics
        self._audit = audit
        self._next_audit = _FIRST_AUDIT
        self._tick = tick
        self._listen = listen
        self._connected = False
        self._retry = _FIRST_RETRY
        self._connect_at = self._audit_at = self._tick_at = monotonic()
        self._once = Once()
        self._log = structlog.get_logger()

    def once(self) -> None:
        """Look at everything one time. Raises ``HypervisorError``."""
        self._hypervisor.connect()
        self._look_at_all()

    def run(self) -> None:
        """Until SIGTERM, SIGINT or an event ``STOP``."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._queue.put(Event(EventKind.STOP)))
        alive = watchdog_interval()
        ready = False
        while True:
            self._due()
            if not ready:
                notify("READY=1")
                ready = True
            if alive:
                notify("WATCHDOG=1")
            event = self._next(alive)
            if event is None:
                continue
            if event.kind is EventKind.STOP:
                notify("STOPPING=1")
                self._hypervisor.close()
                return
            self._handle(event)

    def _due(self) -> None:
        """Do what has become due."""
        now = monotonic()
        if not self._connected and now >= self._connect_at:
            self._connect()
        elif self._connected and now >= self._audit_at:
            self._try_to_look_at_all()
        if now >= self._tick_at:
            self._service.tick()
            self._tick_at = monotonic() + self._tick

    def _next(self, alive: float | None) -> Event | None:
        until = min(self._audit_at if self._connected else self._connect_at, self._tick_at)
        wait = max(0.0, until - monotonic())
        try:
            return self._queue.get(timeout=min(wait, alive) if alive else wait)
        except Empty:
            return None

    def _connect(self) -> None:
        try:
            self._hypervisor.connect()
        except HypervisorError as error:
            self._away(error)
            return
        self._connected = True
        self._next_audit = _FIRST_AUDIT
        self._metrics.connected.set(1)
        self._metrics.connects.inc()
        self._log.info("connected to libvirt")
        self._try_to_look_at_all()

    def _try_to_look_at_all(self) -> None:
        try:
            self._look_at_all()
        except HypervisorError as error:
            self._away(error)
        else:
            self._once.over("libvirt")
            self._retry = _FIRST_RETRY

    def _look_at_all(self) -> None:
        census = self._hypervisor.running()
        for uuid, why in census.unreadable.items():
            self._say_unreadable(uuid, why)
        self._metrics.unreadable.set(len(census.unreadable))
        self._service.level(census)
        self._metrics.audits.inc()
        self._audit_at = monotonic() + min(self._next_audit, self._audit)
        self._next_audit = min(self._next_audit * 2, self._audit)

    def _away(self, error: HypervisorError) -> None:
        """Guests run on without libvirt; what was set for them stays, until we can look again."""
        if self._once.new("libvirt", str(error)):
            self._log.warning("libvirt is out of reach, everything stays as it is", why=str(error))
        self._connected = False
        self._metrics.connected.set(0)
        self._hypervisor.close()
        self._connect_at = monotonic() + self._retry
        self._retry = min(self._retry * 2, _LAST_RETRY)

    def _handle(self, event: Event) -> None:
        self._metrics.events.labels(event.kind.value).inc()
        if event.kind is EventKind.LOST:
            if self._connected and not self._hypervisor.alive():
                self._away(HypervisorError("the connection to libvirt ended"))
            return
        if not self._connected:
            return  # the look at everything after the next connect says it all
        if self._listen:
            self._listen(event)
        try:
            domain = self._hypervisor.look(event.uuid)
        except HypervisorError as error:
            self._away(error)
        except InputError as error:
            self._say_unreadable(event.uuid, str(error))
        else:
            self._service.guest(event.uuid, domain)
            self._metrics.handled.observe(monotonic() - event.at)

    def _say_unreadable(self, uuid: str, why: str) -> None:
        if self._once.new(uuid, why):
            self._log.error("guest cannot be read, what was set for it stays", guest=uuid, why=why)
