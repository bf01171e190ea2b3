"""``outboard netbalance``: its commands are in modules of their own."""

import click

from outboard.cli._netbalance_run import drain, rebalance, run, tell


@click.group()
def netbalance() -> None:
    """Keep networks and routers on the right agents: drained, failed, returned and uneven hosts.

    \b
    Examples:
      outboard netbalance rebalance --dry-run   what would be moved
      outboard netbalance drain compute-3       empty a host before work on it
      outboard netbalance tell compute-3 returned
      outboard netbalance run                   the daemon
    """


for command in (run, drain, rebalance, tell):
    netbalance.add_command(command)
