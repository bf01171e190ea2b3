"""The commands of ``outboard netbalance`` that only look: plan, verify, dump."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import click
import msgspec

from outboard.cli._config import config_option
from outboard.cli._controller import gather, json_output
from outboard.cli._service import TABLES, Decorated, show
from outboard.errors import Exit
from outboard.netbalance import whatif
from outboard.netbalance.dumping import read_state, write_state
from outboard.netbalance.model import Kind, Plan, State
from outboard.netbalance.neutron import Neutron
from outboard.netbalance.planning import plan as make_plan
from outboard.netbalance.reading import look
from outboard.netbalance.reading.look import Reader, Remembered
from outboard.netbalance.settings import NetBalanceSection
from outboard.netbalance.signals import Marks
from outboard.netbalance.verifying import Finding
from outboard.netbalance.verifying import verify as find_faults
from outboard.settings import Settings
from outboard.state import StateFile


@dataclass(frozen=True, slots=True)
class _Move:
    kind: str
    item: str
    name: str
    source: str  # host
    target: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Stuck:
    kind: str
    item: str
    name: str
    host: str
    why: str


@dataclass(frozen=True, slots=True)
class _Load:
    kind: str
    host: str
    agent: str
    before: int
    after: int
    share: int | None  # no fair share: nothing may be placed on it


@dataclass(frozen=True, slots=True)
class _Report:
    moves: list[_Move]
    stuck: list[_Stuck]
    loads: list[_Load]
    bound: int


def look_options(function: Decorated) -> Decorated:
    """The options of a command that looks at a cloud or at a file."""
    for option in (
        json_output,
        click.option(
            "--state", "file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
            help="Look at the state that dump wrote to FILE; no cloud is asked.",
        ),
        config_option,
    ):  # fmt: skip
        function = option(function)
    return function


@click.command("plan")
@click.option("--drain", "drained", metavar="HOST", multiple=True, help="As if HOST were to be empty.")
@click.option("--fail", "failed", metavar="HOST", multiple=True, help="As if HOST were dead.")
@click.option(
    "--join", "joined", metavar="HOST[=LIKE]", multiple=True,
    help="As if HOST were in use; a new host reaches what LIKE reaches.",
)  # fmt: skip
@click.option("--loads", is_flag=True, help="Also print the load of every agent.")
@look_options
def plan(
    *,
    config: Path | None,
    file: Path | None,
    drained: tuple[str, ...],
    failed: tuple[str, ...],
    joined: tuple[str, ...],
    loads: bool,
    as_json: bool,
) -> int:
    """Print which networks and routers would be moved where, and why; move nothing.

    Exit code 0: there is nothing to do; 1: there are moves, or items that no move can mend.

    \b
    Examples:
      outboard netbalance plan
      outboard netbalance plan --drain compute-3 --drain compute-4 --loads
      outboard netbalance plan --state cloud.json --join compute-9=compute-1 --json
    """
    state, section = _state(config, file)
    for one in failed:
        state = whatif.failed(state, one)
    for one in joined:
        host, _, like = one.partition("=")
        state = whatif.joined(state, host, like)
    for one in drained:
        state = whatif.drained(state, one)
    made = make_plan(state, section.policy(), time.time())
    report = _report(state, made)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(report), indent=2).decode())
    else:
        _table(report.moves, "nothing is to be moved")
        if report.stuck:
            click.echo("\nno move can mend:")
            _table(report.stuck, "")
        if loads:
            click.echo()
            _table(report.loads, "there is no agent")
        click.echo(_summary(state, made), err=True)
    return Exit.NO if made.moves or made.stuck else Exit.DONE


@click.command()
@look_options
def verify(*, config: Path | None, file: Path | None, as_json: bool) -> int:
    """Say what is unhosted, on dead agents, on hosts that do not reach it, or on too few agents.

    Exit code 0: nothing; 1: something is.

    \b
    Examples:
      outboard netbalance verify
      outboard netbalance verify --state cloud.json --json
    """
    state, _ = _state(config, file)
    found = find_faults(state)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
    else:
        _table(found, f"{len(state.items)} items, nothing is wrong")
    return Exit.NO if found else Exit.DONE


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@config_option
def dump(file: Path, *, config: Path | None) -> int:
    """Write the state that plans are made from to FILE, as JSON.

    It has ids, names, hosts and zones of agents, networks and routers; no addresses and no secrets.

    \b
    Example:
      outboard netbalance dump cloud.json
    """
    state, _ = _state(config, None)
    write_state(file, state)
    click.echo(f"{len(state.agents)} agents, {len(state.items)} networks and routers", err=True)
    return Exit.DONE


def _state(config: Path | None, file: Path | None) -> tuple[State, NetBalanceSection]:
    """The state of a file, or of the cloud that the settings name."""
    if file is not None:
        settings = Settings.load(config)
        settings.check_tables(TABLES)
        return read_state(file), settings.section("netbalance", NetBalanceSection)
    parts = gather("netbalance", config, NetBalanceSection)
    folder = Path(parts.where.state_dir)
    known = StateFile(folder / "netbalance-known.json", Remembered, number=look.FORMAT)
    with ThreadPoolExecutor(parts.section.requests_at_once, "neutron") as pool:
        reader = Reader(Neutron(parts.cloud, parts.metrics.registry), pool, parts.section, known)
        return reader.look(Marks(folder).read()).state, parts.section


def _report(state: State, made: Plan) -> _Report:
    def host(agent: str | None) -> str:
        if agent is None:
            return ""
        return state.agents[agent].host if agent in state.agents else f"(agent {agent} is gone)"

    return _Report(
        [
            _Move(
                state.items[move.item].kind, move.item, state.items[move.item].name,
                host(move.source), host(move.target), move.reason,
            )
            for move in made.moves
        ],
        [
            _Stuck(state.items[one.item].kind, one.item, state.items[one.item].name, host(one.agent), one.why)
            for one in made.stuck
        ],
        [
            _Load(agent.kind, agent.host, id_, made.before[id_], made.after[id_], made.least.get(id_))
            for id_, agent in sorted(state.agents.items(), key=lambda pair: (pair[1].kind, pair[1].host))
        ],
        made.bound,
    )  # fmt: skip


def _summary(state: State, made: Plan) -> str:
    parts = [f"{len(made.moves)} moves (no plan for this has fewer than {made.bound})"]
    for kind in Kind:
        mine = [id_ for id_, agent in state.agents.items() if agent.kind is kind and agent.usable]
        if mine:
            before, after = (max(load[id_] for id_ in mine) for load in (made.before, made.after))
            parts.append(f"largest {kind} load {before} -> {after}")
    if made.stuck:
        parts.append(f"{len(made.stuck)} stuck")
    return ", ".join(parts)


def _table(rows: Sequence[_Move | _Stuck | _Load | Finding], none: str) -> None:
    show(rows, as_json=False, bad=frozenset(), none=none)
