"""``outboard orphanwatch``."""

from functools import partial
from pathlib import Path

import click

from outboard.cli._service import show
from outboard.cli._watching import gather, only_one, watch_options
from outboard.errors import Exit, InputError
from outboard.loop import Loop
from outboard.orphanwatch import OrphanWatch, OrphanWatchSection
from outboard.orphanwatch.act import act
from outboard.orphanwatch.nova import CloudNova
from outboard.orphanwatch.service import FORMAT, Libvirt, Suspect
from outboard.state import StateFile


@click.command()
@watch_options
def orphanwatch(*, config: Path | None, once: bool, dry_run: bool, as_json: bool) -> int:
    """Find domains that nova made and does not own here any longer.

    A domain is an orphan when two looks, at least confirm_after apart, both find that nova knows no such
    server, or has it on another host and is not moving it. Orphans are reported; action = "pause" or
    "destroy" in the settings does more.

    \b
    Examples:
      outboard orphanwatch --dry-run     domains that one look suspects
      outboard orphanwatch               the daemon
    """
    only_one(once=once, dry_run=dry_run)
    parts = gather("orphanwatch", config, OrphanWatchSection, dry=dry_run)
    if parts.cloud is None:
        raise InputError("no cloud to ask", where="[cloud]", hint="name = an entry of clouds.yaml")
    state = StateFile(
        Path(parts.where.run_dir) / "orphanwatch.json", dict[str, Suspect], number=FORMAT,
        boot=parts.host.boot_id(),
    )  # fmt: skip
    hypervisor, section = parts.hypervisor, parts.section
    libvirt = Libvirt(hypervisor.states, hypervisor.definition, partial(act, parts.where.libvirt_uri))
    service = OrphanWatch(
        libvirt, CloudNova(parts.cloud), parts.host_name, section, None if dry_run else state,
        parts.metrics.registry,
    )  # fmt: skip
    loop = Loop(service, hypervisor, parts.queue, parts.metrics, audit=section.audit_interval, tick=5.0)
    if once or dry_run:
        loop.once()
        return show(service.rows(), as_json=as_json, bad=frozenset({"orphan"}), none="no domain is suspect")
    if section.metrics:
        parts.metrics.serve(section.metrics)
    loop.run()
    return Exit.DONE
