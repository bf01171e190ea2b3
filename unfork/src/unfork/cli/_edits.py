"""How commands that change files show what would change."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from unfork.cli._options import Output

if TYPE_CHECKING:
    from unfork.model.edited import EditedFile


def echo_diff(files: "Sequence[EditedFile]", output: Output) -> None:
    """Print a diff: for eyes on a terminal, byte for byte into a pipe, where ``git apply`` takes it."""
    from unfork.reports.edits import render_diff, render_diff_safely

    if output.width is None:
        click.echo(render_diff(files), nl=False)
    else:
        click.echo(render_diff_safely(files), nl=False)
