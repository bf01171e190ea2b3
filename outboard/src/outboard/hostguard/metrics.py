"""What hostguard counts."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from outboard.hostguard.alarms import NUMBERS, Kind
from outboard.hostguard.model import State


class GuardMetrics:
    """Names are in the dashboard and in docs/outboard-hostguard.md."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.hosts = Gauge("outboard_hostguard_hosts", "Hosts by state", ["state"], registry=registry)
        self.waiting = Gauge(
            "outboard_hostguard_waiting", "Hosts that are not as wished and wait", registry=registry
        )
        self.seconds = Counter(
            "outboard_hostguard_state_seconds", "Time hosts spent in each state", ["state"],
            registry=registry,
        )  # fmt: skip
        self.enabling = Histogram(
            "outboard_hostguard_enable_seconds",
            "From when a host was first seen with the wish to enable it until it was enabled",
            buckets=(1, 2, 5, 10, 30, 60, 120, 300, 900, 3600),
            registry=registry,
        )
        self.closed = Gauge(
            "outboard_hostguard_gates_closed", "Hosts for which a gate is closed", ["gate"],
            registry=registry,
        )  # fmt: skip
        self.steps = Counter(
            "outboard_hostguard_steps", "Steps by how they ended", ["step", "result"], registry=registry
        )
        self.alarms = Gauge("outboard_hostguard_alarms", "Alarms that stand", ["alarm"], registry=registry)
        self.told = Counter(
            "outboard_hostguard_told", "Events by sink and result", ["sink", "result"], registry=registry
        )
        self.desired_bad = Gauge(
            "outboard_hostguard_desired_bad", "1 while the file of wishes cannot be used", registry=registry
        )
        self.count({}, 0.0, {}, {})

    def count(
        self,
        states: Mapping[State, int],
        passed: float,
        closed: Mapping[str, int],
        alarms: Mapping[Kind, int],
    ) -> None:
        """What the last look saw, ``passed`` seconds after the one before."""
        for state in State:
            self.hosts.labels(state.value).set(states.get(state, 0))
            self.seconds.labels(state.value).inc(states.get(state, 0) * passed)
        self.closed.clear()
        for gate, number in closed.items():
            self.closed.labels(gate).set(number)
        for kind in NUMBERS:
            self.alarms.labels(kind.value).set(alarms.get(kind, 0))
