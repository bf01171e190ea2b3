"""libvirt's stream of events and its present state: the edge, and the level beside it.

One thread runs libvirt's event loop and puts events into a queue; everything else happens in the thread
that reads the queue. An event only says that there is something to look at: what a guest is, is always
asked anew. What happened while we or libvirt were down is found by looking at every guest, which follows
each connect.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from queue import SimpleQueue
from time import monotonic
from typing import Any

import structlog

from outboard.domain import Domain, parse_domain
from outboard.errors import HypervisorError, InputError

# Tested from 9.0 on; before 6.0 the events and calls we need are not all there.
OLDEST = (6, 0, 0)
# libvirtd that hangs is noticed after interval * count seconds; one that dies is noticed at once.
_KEEPALIVE_INTERVAL = 5
_KEEPALIVE_COUNT = 3


class EventKind(StrEnum):
    """What happened. The first eleven are libvirt's."""

    DEFINED = "defined"
    UNDEFINED = "undefined"
    STARTED = "started"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    STOPPED = "stopped"
    SHUTDOWN = "shutdown"
    PMSUSPENDED = "pmsuspended"
    CRASHED = "crashed"
    DEVICES = "devices"  # one was plugged or unplugged
    TUNED = "tuned"  # vCPUs were pinned anew
    LOST = "lost"  # the connection ended
    STOP = "stop"  # we are asked to end


# virDomainEventType counts from zero in this order.
_LIFECYCLE = (
    EventKind.DEFINED,
    EventKind.UNDEFINED,
    EventKind.STARTED,
    EventKind.SUSPENDED,
    EventKind.RESUMED,
    EventKind.STOPPED,
    EventKind.SHUTDOWN,
    EventKind.PMSUSPENDED,
    EventKind.CRASHED,
)


@dataclass(frozen=True, slots=True)
class Event:
    """One event. ``detail`` is libvirt's number for the kind; ``at`` is ``time.monotonic()``."""

    kind: EventKind
    uuid: str = ""
    name: str = ""
    detail: int = 0
    at: float = field(default_factory=monotonic)


@dataclass(frozen=True, slots=True)
class Census:
    """Every running guest. ``unreadable`` run too, but we cannot say what they are: uuid -> why."""

    domains: tuple[Domain, ...]
    unreadable: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DomainState:
    """Where a guest is in its life: libvirt's numbers for state (virDomainState) and its reason."""

    uuid: str
    name: str
    state: int
    reason: int
    persistent: bool


# virDomainState: a guest in any other state has a QEMU.
_SHUTOFF = 5


def is_running(state: int) -> bool:
    """Whether there is a QEMU for a guest in that state, paused or not."""
    return state != _SHUTOFF


class Hypervisor:
    """A connection that may be made again and again; its events go into ``queue``.

    It is read-only: nothing here can change a guest. Every call raises ``HypervisorError`` when libvirt
    does not answer, and ``LOST`` then follows in the queue if the connection is gone.
    """

    def __init__(self, uri: str, queue: "SimpleQueue[Event]") -> None:
        self._uri = uri
        self._queue = queue
        self._libvirt = _library()
        self._connection: Any = None
        self._parsed: dict[str, tuple[str, Domain]] = {}
        self._log = structlog.get_logger(uri=uri)

    def connect(self) -> None:
        """Connect and subscribe. Events arrive from before this returns on."""
        self.close()
        libvirt = self._libvirt
        try:
            connection = libvirt.openReadOnly(self._uri)
        except libvirt.libvirtError as error:
            raise HypervisorError(f"libvirt is away: {_said(error)}", where=self._uri) from error
        try:
            version = connection.getLibVersion()
            numbers = (version // 1_000_000, version // 1000 % 1000, version % 1000)
            if numbers < OLDEST:
                raise HypervisorError(
                    f"libvirt {'.'.join(map(str, numbers))} is too old",
                    where=self._uri,
                    hint=f"{'.'.join(map(str, OLDEST))} or later",
                )
            self._subscribe(connection)
        except libvirt.libvirtError as error:
            _close(libvirt, connection)
            raise HypervisorError(f"libvirt refuses: {_said(error)}", where=self._uri) from error
        except HypervisorError:
            _close(libvirt, connection)
            raise
        self._connection = connection

    def close(self) -> None:
        """End the connection; ``LOST`` is not said for it."""
        connection, self._connection = self._connection, None
        if connection is not None:
            _close(self._libvirt, connection)

    def alive(self) -> bool:
        """Whether the connection stands."""
        return self._connection is not None and bool(self._connection.isAlive())

    def running(self) -> Census:
        """Every guest that runs now, paused ones too."""
        libvirt = self._libvirt
        domains, unreadable = [], {}
        with _asking(libvirt, self._uri):
            handles = self._open().listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE)
        for handle in handles:
            uuid = handle.UUIDString()
            try:
                domain = self._describe(handle)
            except InputError as error:
                unreadable[uuid] = str(error)
                continue
            if domain is not None:
                domains.append(domain)
        self._parsed = {domain.uuid: self._parsed[domain.uuid] for domain in domains}
        return Census(tuple(domains), unreadable)

    def look(self, uuid: str) -> Domain | None:
        """The guest if it runs now. Raises ``InputError`` when its description cannot be used."""
        libvirt = self._libvirt
        try:
            with _asking(libvirt, self._uri):
                handle = self._open().lookupByUUIDString(uuid)
                if not handle.isActive():
                    return None
        except _NoDomainError:
            return None
        return self._describe(handle)

    def definition(self, uuid: str) -> Domain | None:
        """The guest whether it runs or not. Raises ``InputError`` when its description cannot be used."""
        try:
            with _asking(self._libvirt, self._uri):
                handle = self._open().lookupByUUIDString(uuid)
        except _NoDomainError:
            return None
        return self._describe(handle)

    def states(self) -> tuple[DomainState, ...]:
        """State and reason of every guest, also of those that do not run. One call, whatever the number."""
        with _asking(self._libvirt, self._uri):
            return tuple(self._states())

    def _states(self) -> Iterator[DomainState]:
        for handle, stats in self._open().getAllDomainStats(self._libvirt.VIR_DOMAIN_STATS_STATE):
            try:
                with _asking(self._libvirt, self._uri):
                    persistent = bool(handle.isPersistent())
            except _NoDomainError:
                continue  # it ended between the two calls
            yield DomainState(
                uuid=handle.UUIDString(),
                name=handle.name(),
                state=stats.get("state.state", 0),
                reason=stats.get("state.reason", 0),
                persistent=persistent,
            )

    def _describe(self, handle: Any) -> Domain | None:
        uuid = handle.UUIDString()
        try:
            with _asking(self._libvirt, self._uri):
                text = handle.XMLDesc(0)
        except _NoDomainError:
            return None  # it ended between the list and this
        known = self._parsed.get(uuid)
        if known is None or known[0] != text:
            known = self._parsed[uuid] = (text, parse_domain(text))
        return known[1]

    def _open(self) -> Any:
        if self._connection is None:
            raise HypervisorError("not connected to libvirt", where=self._uri)
        return self._connection

    def _subscribe(self, connection: Any) -> None:
        libvirt, queue = self._libvirt, self._queue

        def closed(_which: Any, reason: int, _opaque: Any) -> None:
            queue.put(Event(EventKind.LOST, detail=reason))

        def lifecycle(_which: Any, domain: Any, event: int, detail: int, _opaque: Any) -> None:
            if event < len(_LIFECYCLE):  # a later libvirt may know more
                queue.put(Event(_LIFECYCLE[event], domain.UUIDString(), domain.name(), detail))

        def devices(_which: Any, domain: Any, *_: Any) -> None:
            queue.put(Event(EventKind.DEVICES, domain.UUIDString(), domain.name()))

        def tuned(_which: Any, domain: Any, *_: Any) -> None:
            queue.put(Event(EventKind.TUNED, domain.UUIDString(), domain.name()))

        connection.registerCloseCallback(closed, None)
        for number, callback in (
            (libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, lifecycle),
            (libvirt.VIR_DOMAIN_EVENT_ID_DEVICE_ADDED, devices),
            (libvirt.VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED, devices),
            (libvirt.VIR_DOMAIN_EVENT_ID_TUNABLE, tuned),
        ):
            connection.domainEventRegisterAny(None, number, callback, None)
        try:
            connection.setKeepAlive(_KEEPALIVE_INTERVAL, _KEEPALIVE_COUNT)
        except libvirt.libvirtError:
            self._log.debug("this driver has no keepalive")  # the test driver inside our process


class _NoDomainError(Exception):
    """The guest ended before we asked."""


@contextmanager
def _asking(libvirt: Any, uri: str) -> Iterator[None]:
    """libvirt's errors as ours."""
    try:
        yield
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN:
            raise _NoDomainError from error
        raise HypervisorError(f"libvirt does not answer: {_said(error)}", where=uri) from error


def _said(error: Any) -> str:
    return str(error.get_error_message() or error)


def _close(libvirt: Any, connection: Any) -> None:
    try:
        connection.unregisterCloseCallback()
        connection.close()
    except libvirt.libvirtError:
        return  # it is closed already


_loop_lock = threading.Lock()
_loop: threading.Thread | None = None


def _library() -> Any:
    """The libvirt module with its event loop running: it has to, before the first connection."""
    global _loop
    try:
        import libvirt
    except ImportError as error:
        raise InputError(
            "libvirt's Python binding is not installed", hint="install outboard[host], or python3-libvirt"
        ) from error
    with _loop_lock:
        if _loop is None:
            libvirt.registerErrorHandler(lambda *_: None, None)  # it prints otherwise
            libvirt.virEventRegisterDefaultImpl()
            _loop = threading.Thread(target=_run_loop, args=(libvirt,), name="libvirt-events", daemon=True)
            _loop.start()
    return libvirt


def _run_loop(libvirt: Any) -> None:
    while True:
        libvirt.virEventRunDefaultImpl()
