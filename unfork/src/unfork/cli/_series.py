"""``unfork series``."""

import click

from unfork.cli._help import Manual
from unfork.cli._options import Output, check_outputs, file_option, output_options, write_outputs
from unfork.errors import Exit


@click.command(
    cls=Manual,
    no_means="a patch file is in no series, or a series names one that is missing or cannot be read",
    examples=(
        ("What does this downstream carry", "unfork series ../packaging"),
        ("A layer at a commit of a bare repository", "unfork series meta-oe.git@HEAD:meta-oe"),
        ("Every patch by name", "unfork series --patches ../packaging"),
    ),
)
@click.argument("folder", metavar="FOLDER", default=".")
@click.option("--patches", is_flag=True, help="List the patches of each series, in their order.")
@file_option("json", "what was found as JSON, schema unfork-series/1")
@output_options
def series(
    *,
    folder: str,
    patches: bool,
    json_file: str | None,
    color: str,
    quiet: bool,
    verbose: bool,
    progress: bool | None,
) -> int:
    """List every series below FOLDER: a directory, or REPO@REV:DIR.

    Finds series files, Debian patches, spec files, Yocto recipes, folders of patches, and the commands
    in Dockerfiles, image recipes and shell scripts that edit what somebody else wrote. Says what each is
    applied to, where a file beside it tells, and which patch files are in no series.
    """
    from unfork.commands.series import run_survey
    from unfork.reports.series import render_survey, render_survey_json

    output = Output.of(color=color, quiet=quiet, verbose=verbose, progress=progress)
    check_outputs(json=json_file)
    with output.progress() as shown:
        found = run_survey(folder, progress=shown)
    if not write_outputs({"json": lambda: render_survey_json(found)}, json=json_file):
        click.echo(render_survey(found, color=output.color, quiet=quiet, patches=patches), nl=False)
    return Exit.DONE if found.is_whole else Exit.NO
