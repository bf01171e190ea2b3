"""``unfork plan export`` and ``unfork plan import``."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from unfork.cli._edits import echo_diff
from unfork.cli._help import Manual
from unfork.cli._options import Output, output_options, plan_option
from unfork.cli._plan import folder_of
from unfork.errors import InputError
from unfork.reports import printable

if TYPE_CHECKING:
    from unfork.commands.sheet import Imported

_SHOWN = 40  # notes, and problems
_FILE = click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))


@click.command(
    cls=Manual,
    examples=(
        ("For a spreadsheet program", "unfork plan export plan.xlsx"),
        ("For programs", "unfork plan export plan.csv --plan plans/starlingx"),
    ),
)
@_FILE
@plan_option
@output_options
def export(
    *,
    file: Path,
    plan: str | None,
    color: str,
    quiet: bool,
    verbose: bool,
    progress: bool | None,
) -> None:
    """Write the plan's items as a table: .xlsx or .csv.

    A row an item, a column a key; a list is a cell with an entry a line. The last column, hidden in .xlsx,
    keeps what the cells were, so that plan import tells what was changed. Nothing in the table is run as a
    formula.
    """
    from unfork.commands.sheet import run_export

    output = Output.of(color=color, quiet=quiet, verbose=verbose, progress=progress)
    folder, _ = folder_of(None, plan, output)
    written = run_export(folder, file)
    if not quiet:
        click.echo(f"wrote {len(written.items)} items to {printable(str(file))}")


@click.command(
    "import",
    cls=Manual,
    examples=(
        ("See what would change", "unfork plan import plan.xlsx --dry-run"),
        ("Take it over", "unfork plan import plan.xlsx"),
        (
            "Rows that were deleted take their items out of the plan",
            "unfork plan import plan.csv --drop-missing",
        ),
    ),
)
@_FILE
@click.option("-n", "--dry-run", is_flag=True, help="Print what would change in the files, write nothing.")
@click.option("--drop", metavar="ITEM", multiple=True,
              help="Take this item, whose row was deleted, out of the plan; several times.")  # fmt: skip
@click.option("--drop-missing", is_flag=True, help="Take all items whose rows were deleted out of the plan.")
@click.option("--keep-missing", is_flag=True, help="Leave items whose rows were deleted in the plan.")
@click.option("--prefer", type=click.Choice(["sheet", "plan"]),
              help="Whose word counts where both have changed.")  # fmt: skip
@plan_option
@output_options
def import_(
    *,
    file: Path,
    dry_run: bool,
    drop: tuple[str, ...],
    drop_missing: bool,
    keep_missing: bool,
    prefer: str | None,
    plan: str | None,
    color: str,
    quiet: bool,
    verbose: bool,
    progress: bool | None,
) -> None:
    """Take over what was changed in a table that plan export wrote.

    Only cells that were changed are taken over, whatever the plan did meanwhile; where both have changed it
    asks. Rows that are gone are asked about. Comments, order and all other lines of the plan's files stay.
    All of it is written or nothing.
    """
    from unfork.commands.sheet import run_import
    from unfork.planning.sheet import Asked

    if drop_missing and keep_missing:
        raise click.UsageError("--drop-missing and --keep-missing contradict each other")
    output = Output.of(color=color, quiet=quiet, verbose=verbose, progress=progress)
    folder, _ = folder_of(None, plan, output)
    asked = Asked(frozenset(drop), drop_missing, keep_missing, prefer)
    _tell(run_import(folder, file, asked, dry_run=dry_run), file, output, dry_run=dry_run)


def _some(lines: Sequence[str]) -> list[str]:
    """The first of them, and how many more there are: a program may have changed each of 5,000 cells."""
    more = len(lines) - _SHOWN
    return [*lines[:_SHOWN], *([f"and {more} more of these"] if more > 0 else [])]


def _tell(done: "Imported", file: Path, output: Output, *, dry_run: bool) -> None:
    from unfork.reports.edits import render_merged

    merged = done.merged
    if not output.quiet:
        for note in _some(merged.notes):
            click.echo(f"note: {printable(note)}", err=True)
    if merged.problems:
        *first, last = _some(merged.problems)
        for problem in first:
            click.echo(f"unfork: error: {printable(problem)}", err=True)
        raise InputError(f"{last}; nothing was written")
    if dry_run:
        echo_diff(done.files, output)
    elif output.verbose:
        for change in merged.changed:
            click.echo(printable(f"{change.item}: {change.column}: {change.was!r} -> {change.now!r}"))
    if not output.quiet:
        click.echo(render_merged(merged, str(file), dry_run=dry_run), err=dry_run)
