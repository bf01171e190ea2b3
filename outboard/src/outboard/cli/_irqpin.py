"""``outboard irqpin``."""

from pathlib import Path

import click

from outboard.cli._service import Asked, Parts, run_service, service_options
from outboard.irqpin import IrqPin, IrqPinSection
from outboard.irqpin.balancer import Balancer


@click.command()
@service_options
def irqpin(*, config: Path | None, once: bool, dry_run: bool, release: bool, as_json: bool) -> int:
    """Keep interrupts of passthrough and SR-IOV devices on their guest's own CPUs.

    For guests with pinned vCPUs, each vector of a device goes to the guest's CPUs on the device's NUMA
    node, or to those of the vCPUs that the flavor names (extra spec outboard:irq_vcpus). Vectors that come
    late are found within a second, and get back what they had when the guest stops.

    \b
    Examples:
      outboard irqpin --dry-run          what would be moved, and why
      outboard irqpin                    the daemon
      outboard irqpin --release          undo everything, before it is taken off the host
    """
    asked = Asked(config, once, dry_run, release, as_json)
    return run_service("irqpin", asked, IrqPinSection, _make, lambda section: section.tick_interval)


def _make(parts: Parts[IrqPinSection]) -> IrqPin:
    section = parts.section
    balancer = Balancer(parts.host, Path(section.irqbalance_dir), section.irqbalance, dry=parts.dry)
    return IrqPin(parts.host, parts.ledger, section, balancer, parts.metrics.registry, dry=parts.dry)
