"""libvirt's events, in a queue.

One thread runs libvirt's event loop and puts events into a queue; everything else happens in the thread that
reads the queue. An event only says that there is something to look at: what a guest is, is asked anew.
"""

import threading
from dataclasses import dataclass, field
from enum import StrEnum
from queue import SimpleQueue
from time import monotonic
from typing import Any

import structlog

from outboard.errors import InputError

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


def subscribe(libvirt: Any, connection: Any, queue: "SimpleQueue[Event]") -> None:
    """Have every event of ``connection`` put into ``queue``, its end as ``LOST``."""

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
        structlog.get_logger().debug("this driver has no keepalive")  # the test driver inside our process


_loop_lock = threading.Lock()
_loop: threading.Thread | None = None


def library() -> Any:
    """The libvirt module with its event loop running: it has to, before the first connection.

    Raises ``InputError`` where it is not installed.
    """
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
