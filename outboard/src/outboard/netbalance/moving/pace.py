"""No more moves in a minute than set, with a burst after a quiet time: a token bucket."""

import asyncio
from collections.abc import Callable
from time import monotonic


class Pace:
    """``await take()`` before each move."""

    def __init__(self, per_minute: int, burst: int, clock: Callable[[], float] = monotonic) -> None:
        self._interval = 60.0 / per_minute
        self._depth = (burst - 1) * self._interval
        self._clock = clock
        self._next = clock()

    async def take(self) -> None:
        """Return when the next move may begin. First come, first served."""
        now = self._clock()
        at = max(self._next, now - self._depth)
        self._next = at + self._interval
        if at > now:
            await asyncio.sleep(at - now)
