"""``testbed``: a bed for people: start, look, stop."""

import os
import signal
import sys
import time
from pathlib import Path

import click

from testbed.bed import Bed, Options
from testbed.errors import BedError
from testbed.install import ensure_venv, home
from testbed.template import ensure_template

_FOLDER = click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False), default=lambda: home() / "bed",
    help="Where the bed has its files; several beds have several folders. [default: .testbed/bed]",
)  # fmt: skip


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """A real, unmodified OpenStack on loopback, with fake computes and fake network agents."""


@main.command()
@_FOLDER
@click.option("--hosts", default=3, show_default=True, help="Hosts with fake agents: compute-0, compute-1, …")
@click.option("--computes", default=3, show_default=True, help="So many of the hosts have a nova-compute.")
@click.option("--no-nova", is_flag=True, help="keystone and neutron alone: half the time and memory.")
@click.option("--agent-down-time", default=12, show_default=True, help="neutron's agent_down_time, seconds.")
@click.option("--detach", is_flag=True, help="Return when it is up; it runs until testbed stop.")
def up(folder: Path, hosts: int, computes: int, no_nova: bool, agent_down_time: int, detach: bool) -> None:
    """Start a bed and keep it until Ctrl-C."""
    options = Options(
        hosts=tuple(f"compute-{number}" for number in range(hosts)), computes=computes, nova=not no_nova,
        agent_down_time=agent_down_time,
    )  # fmt: skip
    try:
        bed = Bed.start(folder, options, keep=detach, say=lambda line: click.echo(line, err=True))
    except BedError as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        raise click.Abort from None
    click.echo(
        f"\nOpenStack is up:\n  export OS_CLIENT_CONFIG_FILE={bed.layout.clouds_yaml} OS_CLOUD=testbed\n"
        f"  {bed.layout.program('openstack')} network agent list\nlogs: {bed.layout.log}\n"
        f"stop: {'testbed stop --folder ' + str(folder) if detach else 'Ctrl-C'}"
    )
    if detach:
        bed.close()
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        _watch(bed)
    except KeyboardInterrupt:
        click.echo("stopping", err=True)
    finally:
        bed.close()


def _watch(bed: Bed) -> None:
    """Until the bed ends; says which process ended meanwhile."""
    told: set[str] = set()
    while True:
        time.sleep(1)
        try:
            states = bed.status()
        except BedError:
            click.echo("the bed was stopped", err=True)
            return
        for state in states:
            if not state.alive and state.name not in told:
                told.add(state.name)
                click.echo(
                    f"{state.name} ended with {state.status}: {bed.layout.log}/{state.name}.log", err=True
                )


@main.command()
@_FOLDER
def status(folder: Path) -> None:
    """Which processes run, and which agents there are. Exit code 1 when something does not."""
    bed = _attach(folder)
    states = bed.status()
    for state in sorted(states, key=lambda state: state.name):
        click.echo(f"{state.name:28} {'running' if state.alive else f'ended with {state.status}'}")
    for agent in bed.agents.status():
        word = "silent" if agent.silent else "alive"
        click.echo(f"{agent.host:20} {agent.kind:6} {word:8} {len(agent.hosted)} hosted")
    click.echo(f"clouds.yaml: {bed.layout.clouds_yaml}\nlogs: {bed.layout.log}")
    bed.close()
    sys.exit(0 if all(state.alive for state in states) else 1)


@main.command()
@_FOLDER
def stop(folder: Path) -> None:
    """End a bed, whoever uses it."""
    _attach(folder).stop()


@main.command()
@_FOLDER
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def run(folder: Path, command: tuple[str, ...]) -> None:
    """Run COMMAND with the bed's cloud and programs: testbed run openstack server list."""
    bed = _attach(folder)
    layout = bed.layout
    bed.close()
    environment = {
        **os.environ, "OS_CLIENT_CONFIG_FILE": str(layout.clouds_yaml), "OS_CLOUD": "testbed",
        "PATH": f"{layout.venv}/bin:{os.environ.get('PATH', '')}",
    }  # fmt: skip
    try:
        os.execvpe(command[0], list(command), environment)  # noqa: S606  # the user's own command
    except OSError as error:
        raise click.ClickException(f"{command[0]}: {error.strerror}") from error


@main.command()
def install() -> None:
    """Install OpenStack and create the databases, so that later starts are quick."""
    try:
        venv = ensure_venv(click.echo)
        click.echo(ensure_template(venv, click.echo))
    except BedError as error:
        raise click.ClickException(str(error)) from error


def _attach(folder: Path) -> Bed:
    try:
        return Bed.attach(folder)
    except BedError as error:
        raise click.ClickException(str(error)) from error
