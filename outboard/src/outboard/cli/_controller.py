"""What the commands of the controller services share: options, parts, one round or many."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic

import click

from outboard import __version__, logs
from outboard.cli._config import config_option
from outboard.cli._service import TABLES, Decorated, SectionT
from outboard.cloud import Cloud, CloudSection
from outboard.errors import InputError
from outboard.leader import Leader, LeaderSection
from outboard.metrics import ControllerMetrics
from outboard.rounds import Rounds
from outboard.settings import HostSection, LogSection, Settings

json_output = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def controller_options(function: Decorated) -> Decorated:
    """The options of a controller's daemon."""
    for option in (
        json_output,
        click.option("--dry-run", is_flag=True, help="Look once, print what would be done, do nothing."),
        click.option("--once", is_flag=True, help="Look once, do what is due, print it, then end."),
        config_option,
    ):
        function = option(function)
    return function


@dataclass(frozen=True, slots=True)
class Parts(Generic[SectionT]):
    """What a controller service is made of. ``leader`` is not started yet."""

    where: HostSection
    section: SectionT
    cloud: Cloud
    leader: Leader
    metrics: ControllerMetrics


def gather(name: str, config: Path | None, kind: type[SectionT]) -> Parts[SectionT]:
    """Read the settings and make the parts. Raises ``InputError``."""
    settings = Settings.load(config)
    settings.check_tables(TABLES)
    section = settings.section(name, kind)
    where = settings.section("host", HostSection)
    asked = settings.section("cloud", CloudSection)
    leader = Leader(settings.section("leader", LeaderSection), name, Path(where.run_dir))
    logs.set_up(settings.section("log", LogSection))
    if not asked.name:
        raise InputError(
            "no cloud is named", where="[cloud] name", hint="an entry of clouds.yaml, or envvars"
        )
    cloud = Cloud(asked)
    cloud.connection()  # settings that name none are an error now, not in the first round
    return Parts(where, section, cloud, leader, ControllerMetrics(name, __version__))


def run_rounds(
    parts: Parts[Any],
    work: Callable[[Rounds], float | None],
    *,
    every: float,
    before: Callable[[Rounds], None] = lambda _: None,
) -> None:
    """The daemon: rounds of ``work`` while it leads, until told to end; ``before`` them, whoever leads."""
    rounds = Rounds(lambda: work(rounds), parts.leader, parts.metrics, every=every)
    parts.leader.changed = rounds.wake
    if parts.section.metrics:
        parts.metrics.serve(parts.section.metrics)
    before(rounds)
    parts.leader.start()
    try:
        rounds.run()
    finally:
        parts.leader.stop()


@contextmanager
def leading(parts: Parts[Any], *, dry: bool) -> Iterator[None]:
    """The lease for one command, unless it only looks. Raises ``NotLeaderError`` where another has it."""
    if dry:
        yield
        return
    parts.leader.take()
    try:
        yield
    finally:
        parts.leader.stop()
