"""What the commands of all services on a compute node share: options, parts, one look or many."""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Generic, Protocol, TypeVar

import click
import msgspec

from outboard import __version__, logs
from outboard.cli._config import config_option
from outboard.errors import Exit
from outboard.host import Host
from outboard.hypervisor import Hypervisor
from outboard.ledger import FORMAT, Entry, Ledger
from outboard.libvirt_events import Event
from outboard.loop import Loop, Service
from outboard.metrics import Metrics
from outboard.settings import HostSection, LogSection, ServiceSection, Settings
from outboard.state import StateFile, hold

SectionT = TypeVar("SectionT", bound=ServiceSection)
Decorated = TypeVar("Decorated", bound=Callable[..., Any])

# Every table the file may have. A command reads its own and leaves the others alone.
TABLES = frozenset(
    {
        "host", "log", "cloud", "leader", "irqpin", "cpulat", "crashwatch", "orphanwatch", "hostguard",
        "netbalance",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says."""

    config: Path | None
    once: bool
    dry_run: bool
    release: bool
    as_json: bool


json_option = click.option("--json", "as_json", is_flag=True, help="With --once or --dry-run: print JSON.")


def service_options(function: Decorated) -> Decorated:
    """The options of a service that takes settings of the kernel over."""
    for option in (
        json_option,
        click.option("--release", is_flag=True, help="Give back everything that was set, then end."),
        click.option("--dry-run", is_flag=True, help="Look once, print what would be set, set nothing."),
        click.option("--once", is_flag=True, help="Look once, set what is wrong, print it, then end."),
        config_option,
    ):
        function = option(function)
    return function


@dataclass(frozen=True, slots=True)
class Parts(Generic[SectionT]):
    """What a service is made of."""

    host: Host
    ledger: Ledger
    section: SectionT
    metrics: Metrics
    dry: bool


class Made(Service, Protocol):
    """A service that can show what it did, and undo it."""

    def rows(self) -> Sequence[Any]:
        """What the last look left: dataclasses with ``state``."""

    def release(self) -> None:
        """Give back everything."""


def run_service(
    name: str,
    asked: Asked,
    kind: type[SectionT],
    make: Callable[[Parts[SectionT]], Made],
    tick: Callable[[SectionT], float],
) -> int:
    """Read the settings, make the service and run it as asked; the exit code."""
    if asked.once + asked.dry_run + asked.release > 1:
        raise click.UsageError("only one of --once, --dry-run and --release")
    settings = Settings.load(asked.config)
    settings.check_tables(TABLES)
    section = settings.section(name, kind)
    where = settings.section("host", HostSection)
    logs.set_up(settings.section("log", LogSection))
    host = Host(Path(where.sysfs), Path(where.procfs))
    metrics = Metrics(name, __version__)
    ledger = Ledger(None)
    if not asked.dry_run:
        folder = Path(where.run_dir)
        hold(folder, name)
        ledger = Ledger(
            StateFile(folder / f"{name}.json", dict[str, Entry], number=FORMAT, boot=host.boot_id())
        )
    service = make(Parts(host, ledger, section, metrics, asked.dry_run))
    if asked.release:
        service.release()
        return Exit.DONE if not ledger.held() else Exit.NO
    queue: SimpleQueue[Event] = SimpleQueue()
    hypervisor = Hypervisor(where.libvirt_uri, queue)
    loop = Loop(service, hypervisor, queue, metrics, audit=section.audit_interval, tick=tick(section))
    if not (asked.once or asked.dry_run):
        if section.metrics:
            metrics.serve(section.metrics)
        loop.run()
        return Exit.DONE
    loop.once()
    return show(service.rows(), as_json=asked.as_json)


def show(
    rows: Sequence[Any],
    *,
    as_json: bool,
    bad: frozenset[str] = frozenset({"wrong"}),
    none: str = "nothing to set",
) -> int:
    """Print rows, or that there are none; 1 when the state of one is ``bad``."""
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(rows), indent=2))
    elif rows:
        names = [field.name for field in dataclasses.fields(rows[0])]
        table = [[name.upper() for name in names]]
        table += [[_cell(getattr(row, name)) for name in names] for row in rows]
        widths = [max(len(line[column]) for line in table) for column in range(len(names))]
        for line in table:
            click.echo(
                "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            )
    else:
        click.echo(none, err=True)
    return Exit.NO if bad and any(row.state in bad for row in rows) else Exit.DONE


def _cell(value: object) -> str:
    text = " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return "".join(c if c.isprintable() else "?" for c in text)  # names are what tenants chose
