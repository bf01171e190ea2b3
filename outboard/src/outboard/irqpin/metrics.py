"""What irqpin counts."""

from prometheus_client import CollectorRegistry, Gauge


class IrqPinMetrics:
    """Added to the registry every service has."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.guests = Gauge("outboard_irqpin_guests", "Guests whose vectors are pinned", registry=registry)
        self.vectors = Gauge(
            "outboard_irqpin_vectors", "Vectors of those guests by how they are", ["state"], registry=registry
        )
        self.off_node = Gauge(
            "outboard_irqpin_devices_off_node",
            "Devices whose guest has no CPU on the device's NUMA node",
            registry=registry,
        )
        self.irqbalance = Gauge(
            "outboard_irqpin_irqbalance",
            "1 at the one that holds: alone, banned, in the way",
            ["stand"],
            registry=registry,
        )
