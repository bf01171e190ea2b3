"""``outboard crashwatch``."""

import re
import threading
from collections.abc import Sequence
from pathlib import Path

import click
import structlog

from outboard.cli._service import show
from outboard.cli._watching import Parts, gather, only_one, watch_options
from outboard.crashwatch import CrashWatch, CrashWatchSection
from outboard.crashwatch.brake import Brake
from outboard.crashwatch.metrics import WatchMetrics
from outboard.crashwatch.nova import CloudNova
from outboard.crashwatch.parts import FORMAT, Eyes, Inner, Memory
from outboard.crashwatch.recovery import Recovery
from outboard.crashwatch.sinks import make_sinks
from outboard.crashwatch.spool import Spool, acknowledge_file
from outboard.crashwatch.teller import Teller
from outboard.crashwatch.witness import Witness
from outboard.errors import Exit, InputError
from outboard.exits import ExitWatch, records_of
from outboard.loop import Loop
from outboard.settings import HostSection, Settings
from outboard.state import StateFile

_OPEN = frozenset({"new", "asked", "gave-up", "would reboot", "would start", "would wait", "unknown"})


@click.command()
@watch_options
@click.option(
    "--acknowledge", multiple=True, metavar="KEY", help="A record is known, and may go. Repeatable."
)
def crashwatch(
    *, config: Path | None, once: bool, dry_run: bool, as_json: bool, acknowledge: tuple[str, ...]
) -> int:
    """Record guests whose QEMU died, tell others, and bring them up again through nova.

    A crash is told from a stop by libvirt's event, its state and its log of the guest, so it is found
    whatever was down when it happened. Recovery needs [cloud] name in the settings.

    \b
    Examples:
      outboard crashwatch --dry-run      crashes nobody acknowledged, and what would be done
      outboard crashwatch                the daemon
      outboard crashwatch --acknowledge KEY
                                         beside the daemon: this one is known
    """
    only_one(once=once, dry_run=dry_run, acknowledge=acknowledge)
    if acknowledge:
        return _acknowledge(config, acknowledge)
    parts = gather("crashwatch", config, CrashWatchSection, dry=dry_run)
    service = _make(parts, dry=dry_run)
    section = parts.section
    loop = Loop(
        service, parts.hypervisor, parts.queue, parts.metrics, audit=section.audit_interval,
        tick=section.tick_interval, listen=service.listen,
    )  # fmt: skip
    if once or dry_run:
        loop.once()
        service.once()
        return show(service.rows(), as_json=as_json, bad=_OPEN, none="no crash waits for anybody")
    if section.metrics:
        parts.metrics.serve(section.metrics)
    service.start()
    watch = _watch_exits(section, parts.where)
    loop.run()
    watch.end()
    service.end()
    return Exit.DONE


def _make(parts: Parts[CrashWatchSection], *, dry: bool) -> CrashWatch:
    section, where, cloud = parts.section, parts.where, parts.cloud
    nova = CloudNova(cloud) if cloud is not None and section.recover else None
    sinks = make_sinks(section, cloud)

    def inner(service: CrashWatch) -> Inner:
        spool = Spool(_spool_folder(where), section.spool_bytes, read_only=dry)
        metrics = WatchMetrics(parts.metrics.registry)
        brake = Brake(section)
        recovery = Recovery(
            nova, spool, section, brake, metrics, host=parts.host_name, runs=service.runs,
            ended=service.ended,
        )  # fmt: skip
        return Inner(
            spool, recovery, Teller(sinks, spool, metrics, recovers=nova is not None), brake, metrics
        )

    state = StateFile(
        Path(where.run_dir) / "crashwatch.json", Memory, number=FORMAT, boot=parts.host.boot_id()
    )
    eyes = Eyes(parts.hypervisor.states, parts.hypervisor.definition)
    witness = Witness(section, records_of(where))
    return CrashWatch(eyes, witness, section, parts.host_name, parts.host.boot_time(), state, inner, dry=dry)


def _watch_exits(section: CrashWatchSection, where: HostSection) -> ExitWatch:
    log = structlog.get_logger()
    watch = ExitWatch(
        Path(section.qemu_runs), Path(section.qemu_logs), Path(where.procfs), records_of(where),
        lambda why: log.error("how guests end is not seen as it should be", why=why),
    )  # fmt: skip
    threading.Thread(target=watch.run, name="exits", daemon=True).start()
    return watch


def _spool_folder(where: HostSection) -> Path:
    return Path(where.state_dir) / "crashwatch"


def _acknowledge(config: Path | None, keys: Sequence[str]) -> int:
    where = Settings.load(config).section("host", HostSection)
    for key in keys:
        if not re.fullmatch(r"[0-9a-f-]{36}\.[0-9]{1,17}", key):
            raise InputError(f"no key: {key!r}", hint="see outboard crashwatch --dry-run")
        acknowledge_file(_spool_folder(where), key)
    return Exit.DONE
