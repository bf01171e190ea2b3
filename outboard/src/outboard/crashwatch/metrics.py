"""What crashwatch counts."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class WatchMetrics:
    """Added to the service's registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"outboard_crashwatch_{name}", text, labels, registry=registry)

        self.endings = counter("endings", "Ends of guests by how they ended", "ending")
        self.attempts = counter("attempts", "Requests to nova by its answer", "action", "result")
        self.outcomes = counter("outcomes", "Crashes by what became of them", "outcome")
        self.told = counter("told", "Events sent to a sink, and refused by it", "sink", "result")
        self.spool_errors = counter("spool_errors", "Records that could not be written, each try")
        self.records = Gauge(
            "outboard_crashwatch_records", "Crashes not acknowledged", ["stage"], registry=registry
        )
        self.brake = Gauge(
            "outboard_crashwatch_brake", "1 while too many guests crash to recover them", registry=registry
        )
        self.recorded = Histogram(
            "outboard_crashwatch_recorded_seconds",
            "From the end of QEMU, by libvirt's log, until the record is on disk",
            buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60),
            registry=registry,
        )
        self.asked = Histogram(
            "outboard_crashwatch_asked_seconds",
            "From the record until nova agreed to bring the guest up",
            buckets=(0.1, 0.25, 0.5, 1, 2, 5, 10, 15, 60, 600),
            registry=registry,
        )
