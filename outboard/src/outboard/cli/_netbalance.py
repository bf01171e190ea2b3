"""``outboard netbalance``: its commands are in modules of their own."""

import click

from outboard.cli._netbalance_plan import dump, plan, verify
from outboard.cli._netbalance_run import drain, rebalance, run, tell


@click.group()
def netbalance() -> None:
    """Keep networks and routers on the right agents: drained, failed, returned and uneven hosts.

    \b
    Examples:
      outboard netbalance plan                  what would be moved, and why
      outboard netbalance verify                what is unhosted, unreachable or on too few agents
      outboard netbalance drain compute-3       empty a host before work on it
      outboard netbalance tell compute-3 returned
      outboard netbalance run                   the daemon
    """


for command in (run, drain, rebalance, tell, plan, verify, dump):
    netbalance.add_command(command)
