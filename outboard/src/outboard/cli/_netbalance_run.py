"""The commands of ``outboard netbalance`` that move: run, drain, rebalance, tell."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec

from outboard.cli._config import config_option
from outboard.cli._controller import Parts, gather, json_output, leading, run_rounds
from outboard.cli._service import TABLES, show
from outboard.errors import Exit
from outboard.journal import Journal
from outboard.leader import NotLeaderError
from outboard.netbalance.control import STATES, Control
from outboard.netbalance.emptying import Report, empty, level
from outboard.netbalance.following import Patience, follow
from outboard.netbalance.moving.mover import Mover
from outboard.netbalance.moving.results import Intent
from outboard.netbalance.neutron import Neutron
from outboard.netbalance.reading import look
from outboard.netbalance.reading.look import Reader, Remembered
from outboard.netbalance.service import NetBalance
from outboard.netbalance.settings import NetBalanceSection
from outboard.netbalance.signals import Marks
from outboard.rounds import Rounds
from outboard.settings import HostSection, Settings
from outboard.state import StateFile

dry_option = click.option("--dry-run", is_flag=True, help="Print what would be moved, move and keep nothing.")


@click.command()
@config_option
def run(*, config: Path | None) -> int:
    """Run the daemon: look, plan, move, until told to end.

    Several may run; one of them leads and moves. It is told of hosts by "outboard netbalance tell", or over
    HTTP where [netbalance] listen is set: PUT /hosts/NAME {"state": "failed"}.
    """
    parts = gather("netbalance", config, NetBalanceSection)
    marks = Marks(Path(parts.where.state_dir))
    service: list[NetBalance] = []

    def work(rounds: Rounds) -> float | None:
        if not service:  # here, where it leads: the journal is for one process
            service.append(made(rounds))
            threading.Thread(target=_wake_on_change, args=(marks_of_thread, rounds), daemon=True).start()
        return service[0].round()

    def made(rounds: Rounds) -> NetBalance:
        def go_on() -> bool:
            rounds.alive()
            rounds.wait(0.001)  # what the process was told
            return not (rounds.stopping or marks.changed())

        one = _service(parts, marks, go_on, parts.leader.require, pool)
        if parts.section.listen:
            Control(
                parts.section.listen, Path(parts.section.token_file),
                Marks(Path(parts.where.state_dir)), rounds.wake, lambda: one.report,
            )  # fmt: skip
        return one

    marks_of_thread = Marks(Path(parts.where.state_dir))
    marks_of_thread.read()
    with ThreadPoolExecutor(parts.section.requests_at_once, "neutron") as pool:
        run_rounds(parts, work, every=parts.section.audit_interval)
    return Exit.DONE


@click.command()
@click.argument("host")
@json_output
@dry_option
@config_option
def drain(host: str, *, config: Path | None, dry_run: bool, as_json: bool) -> int:
    """Move every network and router off HOST, and say which could not be.

    HOST stays marked as draining, so that nothing is moved to it, until "outboard netbalance tell HOST
    returned". Where a daemon leads here, it moves, and this waits for it. Exit code 0: HOST is empty; 1:
    something could not be moved, each with the reason.

    \b
    Examples:
      outboard netbalance drain compute-3 --dry-run
      outboard netbalance drain compute-3 --json
    """
    parts = gather("netbalance", config, NetBalanceSection)
    marks = Marks(Path(parts.where.state_dir))
    try:
        with leading(parts, dry=dry_run), _once(parts, marks, dry=dry_run) as service:
            return _show(empty(service, marks, host, dry=dry_run), as_json=as_json)
    except NotLeaderError:
        with _once(parts, marks, dry=True) as service:
            patience = Patience(parts.section.agent_timeout + 2 * parts.section.audit_interval)
            return _show(follow(service, marks, host, patience), as_json=as_json)


@click.command()
@json_output
@dry_option
@config_option
def rebalance(*, config: Path | None, dry_run: bool, as_json: bool) -> int:
    """Make the whole plan true once: what has to be moved, then what evens out the load.

    Exit code 1: something is not as it should be and cannot be mended by a move, each with the reason.

    \b
    Example:
      outboard netbalance rebalance --dry-run
    """
    parts = gather("netbalance", config, NetBalanceSection)
    marks = Marks(Path(parts.where.state_dir))
    with leading(parts, dry=dry_run), _once(parts, marks, dry=dry_run) as service:
        return _show(level(service, marks, dry=dry_run), as_json=as_json)


@click.command()
@click.argument("host")
@click.argument("state", type=click.Choice(list(STATES)))
@config_option
def tell(host: str, state: str, *, config: Path | None) -> int:
    """Say that HOST failed (and is off), is draining, or returned. The daemon here acts at once.

    Say failed only when nothing runs on HOST any more: what it had is served elsewhere from then on.

    \b
    Example:
      outboard netbalance tell compute-3 failed
    """
    settings = Settings.load(config)
    settings.check_tables(TABLES)
    Marks(Path(settings.section("host", HostSection).state_dir)).set(host, STATES[state])
    return Exit.DONE


def _service(
    parts: Parts[NetBalanceSection],
    marks: Marks,
    go_on: Callable[[], bool],
    require: Callable[[], None],
    pool: ThreadPoolExecutor,
    *,
    dry: bool = False,
) -> NetBalance:
    registry = parts.metrics.registry
    neutron = Neutron(parts.cloud, registry)
    folder = Path(parts.where.state_dir)
    file = StateFile(folder / "netbalance-known.json", Remembered, number=look.FORMAT)
    reader = Reader(neutron, pool, parts.section, file)
    mover = None
    if not dry:
        journal = Journal(folder / "netbalance-moves.journal", Intent)
        mover = Mover(neutron, journal, pool, parts.section, registry, require=require, go_on=go_on)
    return NetBalance(reader, mover, marks, parts.section, registry)


@contextmanager
def _once(parts: Parts[NetBalanceSection], marks: Marks, *, dry: bool) -> Iterator[NetBalance]:
    with ThreadPoolExecutor(parts.section.requests_at_once, "neutron") as pool:
        yield _service(parts, marks, lambda: True, parts.leader.require, pool, dry=dry)


def _wake_on_change(marks: Marks, rounds: Rounds) -> None:
    """A mark made by another process wakes the daemon within a second."""
    ended = threading.Event()
    while not ended.wait(0.5):
        if marks.changed():
            marks.read()
            rounds.wake()


def _show(report: Report, *, as_json: bool) -> int:
    """Print it; 1 where something is left."""
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(report), indent=2))
        return Exit.NO if report.left else Exit.DONE
    if report.moves:
        show(report.moves, as_json=False)
    made = sum(move.state in ("done", "elsewhere", "nothing", "planned") for move in report.moves)
    click.echo(
        f"{made} of {len(report.moves)} moves, {report.requests} requests, {report.seconds} s", err=True
    )
    return show(report.left, as_json=False, bad=frozenset({"stuck"}), none="nothing is left")
