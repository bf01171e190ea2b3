"""libvirt's present state: the level beside the edges.

What happened while we or libvirt were down is found by looking at every guest, which follows each connect.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

from outboard.domain import Domain, parse_domain
from outboard.errors import HypervisorError, InputError
from outboard.libvirt_events import Event, library, subscribe

# Tested from 9.0 on; before 6.0 the events and calls we need are not all there.
OLDEST = (6, 0, 0)


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
        self._libvirt = library()
        self._connection: Any = None
        self._parsed: dict[str, tuple[str, Domain]] = {}

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
            subscribe(libvirt, connection, self._queue)
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
            found = self._open().getAllDomainStats(self._libvirt.VIR_DOMAIN_STATS_STATE)
        return tuple(
            DomainState(
                handle.UUIDString(), handle.name(), stats.get("state.state", 0), stats.get("state.reason", 0)
            )
            for handle, stats in found
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
