"""Prometheus metrics every service has, and the small server that offers them."""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    start_http_server,
)

from outboard.errors import InputError
from outboard.settings import listen_address


class Registry:
    """The registry of this process. Services add their own to it."""

    def __init__(self, service: str, version: str) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a second sample for each counter that no panel asks for
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        info = Gauge("outboard_info", "What runs here", ["service", "version"], registry=self.registry)
        info.labels(service, version).set(1)

    def serve(self, where: str) -> None:
        """Offer the metrics on ADDRESS:PORT from a thread. Raises ``InputError`` when it cannot listen."""
        address, port = listen_address(where)
        try:
            start_http_server(port, addr=address or "::", registry=self.registry)
        except OSError as error:
            raise InputError(f"cannot serve metrics: {error.strerror}", where=where) from error


class Metrics(Registry):
    """What the common parts of a service beside libvirt count."""

    def __init__(self, service: str, version: str) -> None:
        super().__init__(service, version)
        self.connected = Gauge(
            "outboard_libvirt_connected", "1 while libvirt answers", registry=self.registry
        )
        self.connects = Counter(
            "outboard_libvirt_connects", "Connections made to libvirt", registry=self.registry
        )
        self.events = Counter(
            "outboard_events", "Events received from libvirt", ["kind"], registry=self.registry
        )
        self.audits = Counter("outboard_audits", "Looks at everything", registry=self.registry)
        self.unreadable = Gauge(
            "outboard_guests_unreadable",
            "Running guests whose description cannot be used",
            registry=self.registry,
        )
        self.handled = Histogram(
            "outboard_event_seconds",
            "From an event's arrival until all that follows from it is written",
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15),
            registry=self.registry,
        )


class ControllerMetrics(Registry):
    """What the common parts of a controller service count."""

    def __init__(self, service: str, version: str) -> None:
        super().__init__(service, version)
        self.leads = Gauge("outboard_leader", "1 while this instance leads", registry=self.registry)
        self.reachable = Gauge(
            "outboard_cloud_reachable", "1 while the cloud answers", registry=self.registry
        )
        self.rounds = Counter(
            "outboard_rounds", "Rounds by how they ended", ["result"], registry=self.registry
        )
        self.seconds = Histogram(
            "outboard_round_seconds",
            "Rounds from their first request to their last",
            buckets=(0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 900),
            registry=self.registry,
        )
