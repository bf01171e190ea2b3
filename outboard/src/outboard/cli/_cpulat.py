"""``outboard cpulat``."""

from pathlib import Path

import click

from outboard.cli._service import Asked, Parts, run_service, service_options
from outboard.cpulat import CpuLat, CpuLatSection


@click.command()
@service_options
def cpulat(*, config: Path | None, once: bool, dry_run: bool, release: bool, as_json: bool) -> int:
    """Keep CPUs of low-latency guests out of deep idle states, while they run.

    Guests ask with the extra spec outboard:cpu_latency=POLICY, a trait or a flavor named in the settings.
    The CPUs their vCPUs are pinned to get the policy's PM QoS resume latency, and what they had before
    when the last such guest is gone.

    \b
    Examples:
      outboard cpulat --dry-run          what would be set, and for whom
      outboard cpulat                    the daemon
      outboard cpulat --release          undo everything, before it is taken off the host
    """
    asked = Asked(config, once, dry_run, release, as_json)
    return run_service("cpulat", asked, CpuLatSection, _make, lambda section: section.tick_interval)


def _make(parts: Parts[CpuLatSection]) -> CpuLat:
    return CpuLat(parts.host, parts.ledger, parts.section, parts.metrics.registry, dry=parts.dry)
