"""``outboard hostguard``."""

import threading
from collections.abc import Callable
from pathlib import Path

import click

from outboard.cli._config import config_option
from outboard.cli._controller import Parts as Common
from outboard.cli._controller import controller_options, gather, json_output, leading, run_rounds
from outboard.cli._service import TABLES, show
from outboard.cli._watching import only_one
from outboard.errors import Exit
from outboard.hostguard import HostGuard, HostGuardSection
from outboard.hostguard.acting import Hands
from outboard.hostguard.answers import Answers
from outboard.hostguard.checking import check_host
from outboard.hostguard.commands import Commands
from outboard.hostguard.http import Desk, serve
from outboard.hostguard.metrics import GuardMetrics
from outboard.hostguard.model import Desired, Wish
from outboard.hostguard.reading import Reader
from outboard.hostguard.record import FORMAT, Record
from outboard.hostguard.service import Parts
from outboard.hostguard.teller import Teller
from outboard.hostguard.telling import daemon, reached
from outboard.hostguard.wishes import Said, Wishes
from outboard.rounds import Rounds
from outboard.settings import HostSection, Settings
from outboard.sinks import JsonLines, Sink, Webhook
from outboard.state import StateFile

_WATCH = 0.5  # seconds between two looks whether a wish changed


@click.group()
def hostguard() -> None:
    """Open a host once it is ready, empty it before its agents go down, hand it over when it failed.

    What is wished of a host comes from the file [hostguard] desired, from "set" or over HTTP. A service
    or agent that somebody else disabled is never touched.

    \b
    Examples:
      outboard hostguard status                 what every host is, and what it waits for
      outboard hostguard set compute-3 drained  empty it
      outboard hostguard run                    the daemon
    """


@hostguard.command()
@controller_options
def run(*, config: Path | None, once: bool, dry_run: bool, as_json: bool) -> int:
    """Run the daemon, until told to end. Several may run; one of them leads.

    --dry-run prints each step that would be done now; what follows from those steps comes later.

    \b
    Examples:
      outboard hostguard run --dry-run
      outboard hostguard run --once --json
    """
    only_one(once=once, dry_run=dry_run)
    common = gather("hostguard", config, HostGuardSection)
    if dry_run:
        guard = _make(common, None, dry=True)
        guard.round()
        return show(guard.steps(), as_json=as_json, bad=frozenset({"planned"}), none="nothing to do")
    if once:
        with leading(common, dry=False):
            guard = _make(common, Commands())
            guard.round()
        return _status(guard, as_json=as_json)
    made: list[HostGuard] = []
    metrics = GuardMetrics(common.metrics.registry)

    terms: list[int] = []

    def work(rounds: Rounds) -> float | None:
        if not terms:
            _watch(common, rounds.wake)
        if terms != [common.leader.term]:  # another may have led meanwhile: what it did is on disk
            made[:], terms[:] = [_make(common, Commands(rounds.wake), metrics)], [common.leader.term]
        return made[0].round()

    def desk(wake: Callable[[], None]) -> Desk:
        said = Said(Path(common.where.state_dir))
        return Desk(said, lambda: made[0].rows if made else (), common.leader.holds, wake)

    run_rounds(
        common,
        work,
        every=common.section.audit_interval,
        before=lambda rounds: _listen(common, desk(rounds.wake)),
    )
    return Exit.DONE


@hostguard.command()
@config_option
@json_output
def status(*, config: Path | None, as_json: bool) -> int:
    """Print what every host is, what is wished, and what it waits for. Exit code 1: one waits.

    \b
    Example:
      outboard hostguard status --json
    """
    guard = _make(gather("hostguard", config, HostGuardSection), None, dry=True)
    guard.round()
    return _status(guard, as_json=as_json)


@hostguard.command("set")
@click.argument("host")
@click.argument("state", type=click.Choice([*(each.value for each in Desired), "file"]))
@click.option("--fenced", is_flag=True, help="With failed: you vouch that the host is off.")
@click.option(
    "--wait", type=float, metavar="SECONDS", help="Until the host is so; exit code 1: it is not yet."
)
@config_option
def set_host(host: str, state: str, *, fenced: bool, wait: float | None, config: Path | None) -> int:
    """Wish something of HOST; "file": what the file of wishes says holds again.

    It is told to the instances in [hostguard] urls, or where there are none, left for the daemon of this
    machine. A unit can do it: ExecStop=outboard hostguard set %H drained --wait 900.

    \b
    Examples:
      outboard hostguard set compute-3 drained
      outboard hostguard set compute-3 failed --fenced
      outboard hostguard set compute-3 file
    """
    settings = Settings.load(config)
    settings.check_tables(TABLES)
    section = settings.section("hostguard", HostGuardSection)
    if fenced and state != Desired.FAILED:
        raise click.UsageError("--fenced is for failed")
    wish = None if state == "file" else Wish(state=Desired(state), fenced=fenced)
    there = daemon(section, Path(settings.section("host", HostSection).state_dir))
    changed = there.say(host, wish)
    click.echo(f"{host}: {state}" if changed else f"{host}: {state}, as before", err=True)
    if wait is None or wish is None or reached(there, host, wish.state, wait):
        return Exit.DONE
    click.echo(f"{host}: not {state} within {wait:g} s", err=True)
    return Exit.NO


@hostguard.command()
@click.argument("host")
@config_option
@json_output
def check(host: str, *, config: Path | None, as_json: bool) -> int:
    """Print the gates of HOST. Exit code 0: all are open; 1: one is closed.

    \b
    Example:
      outboard hostguard check compute-3
    """
    common = gather("hostguard", config, HostGuardSection)
    wishes = _wishes(common, Record())
    reader = Reader(common.cloud, network=common.section.network)
    commands = Commands()
    answers = Answers(reader, common.section, commands)
    rows = check_host(host, wishes.read().get(host), reader, answers, common.section.policy())
    commands.stop()
    return show(rows, as_json=as_json, bad=frozenset({"closed"}))


def _make(
    common: Common[HostGuardSection],
    commands: Commands | None,
    metrics: GuardMetrics | None = None,
    *,
    dry: bool = False,
) -> HostGuard:
    section = common.section
    metrics = metrics or GuardMetrics(common.metrics.registry)
    file = StateFile(Path(common.where.state_dir) / "hostguard.json", Record, number=FORMAT)
    if not dry:
        Path(common.where.state_dir).mkdir(mode=0o755, parents=True, exist_ok=True)
    record = file.load() or Record()
    reader = Reader(common.cloud, network=section.network)
    sinks: list[Sink] = [JsonLines(section.events)] if section.events else []
    if section.webhook:
        sinks.append(Webhook(section.webhook, section.webhook_token_file))
    parts = Parts(
        section, reader, Answers(reader, section, commands), _wishes(common, record),
        None if dry else Hands(common.cloud, reader, common.leader.require), None if dry else file,
    )  # fmt: skip
    return HostGuard(parts, record, Teller(() if dry else sinks, metrics, record.events), metrics)


def _wishes(common: Common[HostGuardSection], record: Record) -> Wishes:
    desired = common.section.desired
    return Wishes(Path(desired) if desired else None, Said(Path(common.where.state_dir)), record.wishes)


def _listen(common: Common[HostGuardSection], desk: Desk) -> None:
    if common.section.listen:
        serve(common.section.listen, Path(common.section.token_file), desk)


def _watch(common: Common[HostGuardSection], wake: Callable[[], None]) -> None:
    """A wish that changes is seen at once; a look at two files is cheap."""
    wishes = _wishes(common, Record())

    def watch() -> None:
        seen = wishes.stamp()
        pause = threading.Event()
        while not pause.wait(_WATCH):
            now = wishes.stamp()
            if now != seen:
                seen = now
                wake()

    threading.Thread(target=watch, name="wishes", daemon=True).start()


def _status(guard: HostGuard, *, as_json: bool) -> int:
    show(guard.rows, as_json=as_json, bad=frozenset(), none="nothing is wished of any host")
    return Exit.NO if any(row.waits for row in guard.rows) else Exit.DONE
