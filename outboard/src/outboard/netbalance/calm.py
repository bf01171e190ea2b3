"""The quiet time after agents changed: those that flap, restart or just joined are not moved around."""

from collections.abc import Callable, Mapping
from time import monotonic

from outboard.netbalance.model import State
from outboard.netbalance.signals import HostMark


class Calm:
    """``wait`` is told the state of each look. What it sees first is no change."""

    def __init__(self, hold_off: float, clock: Callable[[], float] = monotonic) -> None:
        self._hold_off = hold_off
        self._clock = clock
        self._seen: dict[str, tuple[bool, bool]] | None = None
        self._until = 0.0

    def wait(self, state: State, marks: Mapping[str, HostMark]) -> float:
        """Seconds until agents have been as they are for long enough; 0: they have."""
        # A marked host is not waited for: somebody who knows said what it is.
        now = {a.id: (a.alive, a.enabled) for a in state.agents.values() if a.host not in marks}
        marked = {agent.id for agent in state.agents.values() if agent.host in marks}
        before = self._seen
        if before is not None and now != {id_: was for id_, was in before.items() if id_ not in marked}:
            self._until = self._clock() + self._hold_off
        self._seen = now
        return max(0.0, self._until - self._clock())
