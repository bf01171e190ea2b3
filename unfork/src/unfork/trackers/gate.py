"""When a host may be asked: within its limit, not while it wants to be left alone, not when it is down."""

import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from unfork.model.tracker_host import TrackerHost
from unfork.trackers.hosts import rate_of
from unfork.trackers.no_answer import NoAnswerError

if TYPE_CHECKING:
    from pyrate_limiter import Limiter

PATIENCE = 90.0  # seconds; who wants to be left alone for longer is asked the next time
_FAILURES = 3  # one after the other, until a host is taken to be down
_LOOK = 0.05  # seconds between two looks whether the limit allows the next request


class Gate:
    """The way to one host, for all its threads."""

    def __init__(self, host: TrackerHost, limiter: "Limiter") -> None:
        self._host = host
        self._limiter = limiter
        self._changed = threading.Condition()
        self._open_at = 0.0  # of the monotonic clock
        self._failures = 0
        self._closed: NoAnswerError | None = None

    def enter(self) -> None:
        """Wait until a request may be sent; raises ``NoAnswerError`` when none is going to be."""
        with self._changed:
            while True:
                if self._closed is not None:
                    raise self._closed
                wait = self._open_at - time.monotonic()
                if wait <= 0:
                    if self._limiter.try_acquire(self._host.name, blocking=False):
                        return
                    wait = _LOOK
                self._changed.wait(wait)

    def rest(self, seconds: float) -> None:
        """Let one question wait; not any longer when the host is closed."""
        with self._changed:
            if self._closed is None:
                self._changed.wait(seconds)

    def pause(self, seconds: float) -> None:
        """Leave the host alone for so long."""
        with self._changed:
            self._open_at = max(self._open_at, time.monotonic() + seconds)

    def close(self, why: NoAnswerError) -> None:
        """Ask nothing more, and let nobody wait; the first reason is kept."""
        with self._changed:
            self._closed = self._closed or why
            self._changed.notify_all()

    def answered(self) -> None:
        """The host works."""
        with self._changed:
            self._failures = 0

    def failed(self, why: NoAnswerError) -> None:
        """One question was given up; after some of them in a row so are all others."""
        with self._changed:
            self._failures += 1
            if self._failures < _FAILURES:
                return
        self.close(why)


@contextmanager
def gates(hosts: Mapping[str, TrackerHost], folder: Path) -> Iterator[dict[str, Gate]]:
    """The gates of the hosts.

    What was asked when is kept in ``folder``, so that the limits hold from one process to the next.
    """
    from pyrate_limiter import Limiter, Rate, SQLiteBucket

    limiters: dict[str, Limiter] = {}
    try:
        for name, host in hosts.items():
            number, seconds = rate_of(host.limit or "")
            path = folder / f"{re.sub(r'[^a-z0-9.-]', '_', name)}.asked"
            bucket = SQLiteBucket.init_from_file([Rate(number, seconds * 1000)], db_path=str(path))
            # Outlives a process that is killed; after a power cut the past is of no interest.
            bucket.conn.execute("PRAGMA synchronous=OFF")
            limiters[name] = Limiter(bucket)
        yield {name: Gate(hosts[name], limiter) for name, limiter in limiters.items()}
    finally:
        for limiter in limiters.values():
            limiter.close()
