"""The command ``unfork`` itself."""

import click

from unfork import __version__
from unfork.cli._decide import decide
from unfork.cli._demo import demo
from unfork.cli._evaluate import evaluate
from unfork.cli._gate import gate
from unfork.cli._help import EXIT_MEANING, ManualGroup
from unfork.cli._index import index
from unfork.cli._init import completion, init
from unfork.cli._outlook import outlook
from unfork.cli._plan import plan
from unfork.cli._scan import scan, show
from unfork.cli._series import series
from unfork.cli._track import track
from unfork.errors import Exit


@click.group(
    cls=ManualGroup,
    no_means=EXIT_MEANING[Exit.NO],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    examples=(
        ("See what it does", "unfork demo"),
        ("Describe a series once, then ask", "unfork init --upstream ../nova --target 24.0.0 && unfork scan"),
    ),
)
@click.version_option(__version__, prog_name="unfork", message="%(prog)s %(version)s")
def unfork() -> None:
    """Say what became of every patch a downstream carries, and when its fork can end.

    A fork ends when every carried patch has ended. unfork reads the patches, searches the upstream's
    history for each, tries each on the release to reach, and says with its evidence what to do with it.
    """


for command in (scan, show, series, decide, plan, gate, track, index, init, demo, evaluate, completion):
    unfork.add_command(command)
track.add_command(outlook)
