"""The command ``outboard`` itself."""

import click

from outboard import __version__
from outboard.cli._completion import completion
from outboard.cli._cpulat import cpulat
from outboard.cli._crashwatch import crashwatch
from outboard.cli._hostguard import hostguard
from outboard.cli._irqpin import irqpin
from outboard.cli._netbalance import netbalance
from outboard.cli._orphanwatch import orphanwatch


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="outboard", message="%(prog)s %(version)s")
def outboard() -> None:
    """Small services beside stock OpenStack, in place of patches in it.

    Each command is a daemon of its own. They share one file of settings and none needs another.

    \b
    Exit codes:
      0  done
      1  looked once: something is not as it should be
      2  the command line is wrong
      3  a setting, a file or the host cannot be used as it is
    """


for command in (irqpin, cpulat, crashwatch, orphanwatch, hostguard, netbalance, completion):
    outboard.add_command(command)
