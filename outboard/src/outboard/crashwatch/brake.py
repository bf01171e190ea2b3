"""The global brake: many guests of a host that crash together are no fault of theirs."""

import threading
from collections import deque
from collections.abc import Callable
from time import monotonic

from outboard.crashwatch.settings import CrashWatchSection


class Brake:
    """On from the crash that makes it too many, until there was none for ``brake_hold`` seconds."""

    def __init__(self, section: CrashWatchSection, clock: Callable[[], float] = monotonic) -> None:
        self._section = section
        self._clock = clock
        self._crashes: deque[tuple[float, str]] = deque()
        self._on = False
        self._lock = threading.Lock()

    def crashed(self, uuid: str, guests: int, *, ago: float = 0.0) -> bool:
        """A guest crashed ``ago`` seconds ago, of ``guests`` on this host; whether this turned it on."""
        with self._lock:
            self._crashes.append((self._clock() - ago, uuid))
            while len(self._crashes) > 1000:
                self._crashes.popleft()
            since = self._clock() - self._section.brake_within
            recent = {who for at, who in self._crashes if at >= since}
            many = max(self._section.brake_least, self._section.brake_share * guests)
            before, self._on = self._on, self._on or len(recent) >= many
            return self._on and not before

    def wait(self) -> float:
        """Seconds until it may go off; 0 when it is off."""
        with self._lock:
            if not self._on:
                return 0.0
            left = max(at for at, _ in self._crashes) + self._section.brake_hold - self._clock()
            self._on = left > 0
            return max(0.0, left)
