"""One leader among the instances of a controller service: a named lock of tooz, kept as a lease.

tooz speaks to what the cloud has already: MariaDB, memcached, etcd. What its drivers promise differs, and
three cannot tell whether a lock is still ours; so each write asks ``holds``, which has the lock proved anew
when the last proof is older than a moment, and says no from the last third of a lease that is not renewed:
a write that began under the lease has had its answer, or its time-out, before another instance can begin.
"""

import base64
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
import structlog

from outboard.errors import InputError, OutboardError
from outboard.logs import Once
from outboard.settings import Section

_FRESH = 1.0  # seconds for which a proof is believed without another one
# Locks of these end with the session, whenever the server sees it end: a failed proof is a lost lock. The
# locks of the others live on for the lease, so an answer that is missing is waited for.
_BY_SESSION = frozenset({"file", "mysql", "postgresql", "zookeeper", "kazoo"})


class LeaderSection(Section, frozen=True):
    """``[leader]``: where the instances of a service find each other."""

    url: str = ""  # tooz's: mysql://..., memcached://..., etcd3+http://...; empty: a file in [host] run_dir
    lease: Annotated[float, msgspec.Meta(ge=3, le=3600)] = 30.0  # seconds; see [cloud] timeout

    def __post_init__(self) -> None:
        if self.url and not urlsplit(self.url).scheme:
            raise ValueError("leader.url is no URL of tooz: mysql://..., memcached://..., etcd3+http://...")


class NotLeaderError(OutboardError):
    """The lease is not ours, or no longer: nothing may be written."""


def _since_boot() -> float:
    """Seconds that also pass while the machine sleeps, and never jump."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Leader:
    """Takes the lock, renews it from a thread, and says whether a write may be sent. Threads may share it.

    ``changed`` may be set before ``start``: it is called from any thread when the lease was taken or lost.
    """

    def __init__(
        self,
        section: LeaderSection,
        service: str,
        run_dir: Path,
        *,
        clock: Callable[[], float] = _since_boot,
    ) -> None:
        self.changed: Callable[[], None] = lambda: None
        self._url = section.url or f"file://{run_dir}/leader"
        self._scheme = urlsplit(self._url).scheme
        self._name = f"outboard-{service}".encode()
        self.member = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self.term = 0  # how often this instance took the lease
        self._lease = section.lease
        self._clock = clock
        self._until = self._proved = 0.0
        self._coordinator: Any = None
        self._lock: Any = None
        self._hands = threading.Lock()  # the drivers are for one thread at a time
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="leader", daemon=True)
        self._once = Once()
        self._log = structlog.get_logger(leader=self.member)

    def start(self) -> None:
        """Try for the lease from now on. Raises ``InputError`` where the settings name no usable backend."""
        self._load()
        self._beat()
        self._thread.start()

    def take(self) -> None:
        """Take the lease for a command that ends soon. Raises ``NotLeaderError`` where another has it."""
        self.start()
        if not self.holds():
            self.stop()
            raise NotLeaderError(
                "another instance leads, or cannot be asked", where=self._shown(),
                hint="ask it, or stop it first",
            )  # fmt: skip

    def stop(self) -> None:
        """Give the lease back, so that another need not wait for its end."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(self._lease)
        with self._hands:
            self._forget()

    def holds(self) -> bool:
        """Whether a write that is sent now is sent under the lease."""
        if not self._in_time():
            return False
        if self._clock() - self._proved >= _FRESH and self._hands.acquire(blocking=False):
            try:  # else the thread is just about it
                self._renew()
            finally:
                self._hands.release()
        return self._in_time()

    def require(self) -> None:
        """Raise ``NotLeaderError`` unless a write may be sent now. To be called before each."""
        if not self.holds():
            raise NotLeaderError("the lease is not ours any longer, nothing more is written")

    def _in_time(self) -> bool:
        return self._clock() < self._until - self._lease / 3

    def _run(self) -> None:
        while not self._ended.wait(self._lease / 6):
            self._beat()

    def _beat(self) -> None:
        with self._hands:
            if self._lock is None or not self._in_time():
                self._take()
            else:
                self._renew()

    def _take(self) -> None:
        """Try for the lock; with what was before it does not go on: some drivers renew what is not theirs."""
        if self._lock is not None:
            self._lost("it was not renewed in time")
        began = self._clock()
        try:
            if self._coordinator is None:
                coordinator = self._load()
                coordinator.start()
                self._coordinator = coordinator
            lock = self._coordinator.get_lock(self._name)
            got = lock.acquire(blocking=False)
        except Exception as error:  # noqa: BLE001  # each driver has others, and all mean: not now
            self._complain("leadership cannot be had", error)
            self._forget()
            return
        self._once.over("backend")
        if got:
            self._lock, self._proved, self._until = lock, began, began + self._lease
            self.term += 1
            self._log.info("this instance leads", backend=self._shown())
            self.changed()

    def _renew(self) -> None:
        began = self._clock()
        try:
            self._coordinator.heartbeat()
            ours = _is_ours(self._scheme, self._coordinator, self._lock)
        except Exception as error:  # noqa: BLE001  # as above
            if self._scheme in _BY_SESSION:
                self._lost(_line(error))
            else:
                self._complain("the lease is not renewed", error)
                self._proved = began  # asked; its end in time is what counts now
            return
        if not ours:
            self._lost("another took it, or it was taken away")
            return
        self._once.over("backend")
        self._proved, self._until = began, began + self._lease

    def _lost(self, why: str) -> None:
        self._until = 0.0
        self._forget()
        self._log.error("this instance leads no longer", why=why)
        self.changed()

    def _forget(self) -> None:
        lock, coordinator = self._lock, self._coordinator
        self._until, self._lock, self._coordinator = 0.0, None, None
        ends: list[Callable[[], object]] = []
        if self._scheme == "mysql" and lock is not None:
            # Ends the lock too; tooz's own release calls PyMySQL in a way that 1.2 warns of.
            lock.acquired = False
            ends.append(lock._conn.close)
        elif lock is not None:
            ends.append(lock.release)
        if coordinator is not None:
            ends.append(coordinator.stop)
        for end in ends:
            try:
                end()
            except Exception as error:  # noqa: BLE001  # it ends with the session or the lease
                self._log.debug("could not be given back", why=_line(error))

    def _load(self) -> Any:
        try:
            from tooz import coordination
        except ImportError as error:
            raise InputError(
                "tooz is not installed", where="[leader]", hint="install outboard[controller]"
            ) from error
        try:
            return coordination.get_coordinator(
                self._url, self.member.encode(),
                timeout=str(max(1, int(self._lease / 6))), lock_timeout=str(int(self._lease)),
            )  # fmt: skip
        except Exception as error:  # stevedore's, importlib's or the driver's
            raise InputError(
                f"no backend for {self._shown()}: {_line(error)}", where="[leader] url",
                hint=f"tooz[{self._scheme}] has what it needs",
            ) from error  # fmt: skip

    def _complain(self, what: str, error: Exception) -> None:
        if self._once.new("backend", type(error)):
            self._log.error(what, backend=self._shown(), why=_line(error))

    def _shown(self) -> str:
        """The URL without user, password and options."""
        parts = urlsplit(self._url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _is_ours(scheme: str, coordinator: Any, lock: Any) -> bool:
    """Ask the server itself. The drivers that cannot are asked through what they keep (tooz 9.1)."""
    if scheme == "mysql":
        with lock._conn.cursor() as cursor:
            cursor.execute("SELECT IS_USED_LOCK(%s) = CONNECTION_ID()", (lock.name,))
            return bool((cursor.fetchone() or (0,))[0])
    if scheme == "postgresql":
        with lock._conn.cursor() as cursor:
            cursor.execute("SELECT 1")  # its lock is the session's
            return True
    if scheme.startswith("etcd3"):
        values = coordinator.client.get(lock._key.decode())
        return [base64.b64encode(value).decode() for value in values] == [lock._uuid]
    return bool(lock.is_still_owner())


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
