"""The command ``unfork`` itself."""

import click

from unfork import __version__
from unfork.cli._cutover import cutover
from unfork.cli._decide import decide
from unfork.cli._demo import demo
from unfork.cli._evaluate import evaluate
from unfork.cli._gate import gate
from unfork.cli._headers import headers
from unfork.cli._help import EXIT_MEANING, ManualGroup
from unfork.cli._index import index
from unfork.cli._init import completion, init
from unfork.cli._outlook import outlook
from unfork.cli._plan import plan
from unfork.cli._scan import scan, show
from unfork.cli._series import series
from unfork.cli._sheet import export, import_
from unfork.cli._sync import sync
from unfork.cli._track import track
from unfork.cli._track_checks import adopt, check, compare
from unfork.cli._unsquash import unsquash
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


plan.add_command(export)
plan.add_command(import_)
for command in (
    scan, show, series, decide, unsquash, plan, sync, gate, track, cutover, headers, index, init, demo,
    evaluate, completion,
):  # fmt: skip
    unfork.add_command(command)
for command in (outlook, adopt, check, compare):
    track.add_command(command)
