"""``unfork demo``."""

import shlex
from pathlib import Path

import click

from unfork.cli._help import Manual
from unfork.cli._options import Output, output_options, write_outputs
from unfork.cli._scan import scan_makers


@click.command(cls=Manual, examples=(("See what unfork does, offline", "unfork demo --out demo"),))
@click.option(
    "--out", metavar="DIR", default="unfork-demo", show_default=True, type=click.Path(path_type=Path),
    help="Folder to make it in; an earlier demo there is replaced.",
)  # fmt: skip
@output_options
def demo(*, out: Path, color: str, quiet: bool, verbose: bool, progress: bool | None) -> None:
    """Make a small upstream and its fork, and scan it.

    Works offline and is the same every time. The series has a patch for each relation and state;
    prints the table, writes the HTML page and the JSON, and says where the page is.
    """
    from unfork.commands.demo import run_demo
    from unfork.reports import printable
    from unfork.reports.text import render_text

    output = Output.of(color=color, quiet=quiet, verbose=verbose, progress=progress)
    with output.progress() as shown:
        made = run_demo(out, progress=shown)
    write_outputs(scan_makers(made.scan), html=str(made.page), json=str(made.json))
    click.echo(
        render_text(made.scan, width=output.width, color=output.color, quiet=quiet), nl=False, color=True
    )
    if not quiet:
        options = ["--series", made.series, "--upstream", str(made.upstream), "--base", made.base]
        line = shlex.join(["unfork", "show", "1", *options, "--target", made.target])
        mark = "# " if output.width is None else ""
        click.echo(f"{mark}page: {printable(str(made.page))}")
        click.echo(f"{mark}next: {printable(line)}")
