"""``unfork track outlook``."""

from pathlib import Path

import click

from unfork.cli._help import Manual
from unfork.cli._options import (
    Output,
    check_outputs,
    file_option,
    output_options,
    scan_options,
    scan_request,
    write_outputs,
)
from unfork.cli._track import tracks_option
from unfork.errors import Exit


@click.command(
    cls=Manual,
    no_means="a patch is as --fail-on says",
    examples=(
        ("Every night, in CI", "unfork track outlook --json outlook.json"),
        ("Two targets only", "unfork track outlook --on 18.0.0 --on master --full"),
    ),
)
@scan_options
@click.option("--on", "targets", metavar="REV", multiple=True, help="A target to look at; several times.")
@click.option("--last", metavar="N", type=click.IntRange(1), default=10, show_default=True,
              help="How many release lines to look at, where --on names none.")  # fmt: skip
@click.option("--fail-on", type=click.Choice(["worse", "conflict", "never"]), default="worse",
              show_default=True,
              help="Exit 1 when a patch no longer fits, or when any does not fit.")  # fmt: skip
@tracks_option
@click.option("--full", is_flag=True, help="Show all changes, and where each patch first does not fit.")
@file_option("json", "the outlook as JSON, schema unfork-outlook/1")
@output_options
def outlook(
    *,
    targets: tuple[str, ...],
    last: int,
    fail_on: str,
    tracks: Path | None,
    full: bool,
    json_file: str | None,
    config_file: Path | None,
    cache_dir: Path | None,
    color: str,
    quiet: bool,
    verbose: bool,
    progress: bool | None,
    **options: str | tuple[str, ...] | None,
) -> int:
    """Look ahead: the whole series on the last releases, a release candidate and the main branch.

    Each target is asked as a scan does, with the patches before each applied. Says what changed since the
    last look, which is kept beside the tracks.
    """
    from unfork.commands.outlook import run_outlook

    output = Output.of(color=color, quiet=quiet, verbose=verbose, progress=progress)
    check_outputs(json=json_file)
    request = scan_request(config_file=config_file, cache_dir=cache_dir, output=output, options=options)
    with output.progress() as shown:
        result = run_outlook(request, targets=targets, last=last, tracks=tracks, progress=shown)

    def as_json() -> bytes:
        from unfork.reports.track_json import render_outlook_json

        return render_outlook_json(result)

    if not write_outputs({"json": as_json}, json=json_file):
        from unfork.reports.outlook import render_outlook

        text = render_outlook(result, color=output.color, quiet=output.quiet, full=full)
        click.echo(text, nl=False, color=True)
    failed = result.conflicts if fail_on == "conflict" else result.worse and fail_on == "worse"
    return Exit.NO if failed else Exit.DONE
