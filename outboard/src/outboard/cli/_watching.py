"""What ``crashwatch`` and ``orphanwatch`` share: they watch and ask the cloud, and set nothing here."""

import socket
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Generic

import click

from outboard import __version__, logs
from outboard.cli._config import config_option
from outboard.cli._service import TABLES, Decorated, SectionT, json_option
from outboard.cloud import CloudSection
from outboard.cloud_api import CloudApi
from outboard.host import Host
from outboard.hypervisor import Hypervisor
from outboard.libvirt_events import Event
from outboard.metrics import Metrics
from outboard.settings import HostSection, LogSection, Settings
from outboard.state import hold


def watch_options(function: Decorated) -> Decorated:
    """The options of a service that watches."""
    for option in (
        json_option,
        click.option(
            "--dry-run", is_flag=True, help="Look once, print what would be done, do and keep nothing."
        ),
        click.option("--once", is_flag=True, help="Look once, do what is due, print it, then end."),
        config_option,
    ):
        function = option(function)
    return function


@dataclass(frozen=True, slots=True)
class Parts(Generic[SectionT]):
    """What such a service is made of. ``cloud=None``: the settings name none."""

    where: HostSection
    host: Host
    section: SectionT
    cloud: CloudApi | None
    host_name: str
    queue: "SimpleQueue[Event]"
    hypervisor: Hypervisor
    metrics: Metrics


def gather(name: str, config: Path | None, kind: type[SectionT], *, dry: bool) -> Parts[SectionT]:
    """Read the settings and make the parts; unless ``dry``, take the service's lock."""
    settings = Settings.load(config)
    settings.check_tables(TABLES)
    section = settings.section(name, kind)
    where = settings.section("host", HostSection)
    cloud = settings.section("cloud", CloudSection)
    logs.set_up(settings.section("log", LogSection))
    if not dry:
        hold(Path(where.run_dir), name)
    asked = CloudApi(cloud) if cloud.name else None
    queue: SimpleQueue[Event] = SimpleQueue()
    return Parts(
        where, Host(Path(where.sysfs), Path(where.procfs)), section,
        asked, cloud.host or socket.gethostname(), queue,
        Hypervisor(where.libvirt_uri, queue), Metrics(name, __version__),
    )  # fmt: skip


def only_one(**flags: Any) -> None:
    """Raise a usage error when several of these were given."""
    given = [f"--{name.replace('_', '-')}" for name, value in flags.items() if value]
    if len(given) > 1:
        raise click.UsageError(f"only one of {' and '.join(given)}")
