"""``unfork headers`` and its commands."""

from pathlib import Path

import click

from unfork.cli._edits import echo_diff
from unfork.cli._help import Manual, ManualGroup
from unfork.cli._options import (
    Output,
    cache_option,
    check_outputs,
    file_option,
    missing,
    output_options,
    scan_options,
    scan_request,
    scan_settings,
    today_option,
    write_outputs,
)
from unfork.errors import Exit
from unfork.reports import printable

_FORMS = ("dep3", "yocto", "suse")


@click.group(
    cls=ManualGroup,
    no_means="headers list: a header contradicts itself",
    examples=(
        ("What the patches say", "unfork headers list"),
        ("What would be written", "unfork headers write --form yocto --dry-run"),
    ),
)
def headers() -> None:
    """Read and write what patches say of upstream: DEP-3, Upstream-Status, Patch-mainline."""


@headers.command(
    "list",
    cls=Manual,
    no_means="a header contradicts itself, or cannot be understood",
    examples=(
        ("The series of the unfork.toml", "unfork headers list"),
        ("Any other", "unfork headers list debian/patches --json headers.json"),
        ("A bill of materials", "unfork headers list nova.cdx.json"),
    ),
)
@click.argument("series", metavar="[SERIES]", required=False)
@click.option("--carrier", metavar="FORM", help="Form of the series, where it is not recognized.")
@file_option("json", "the headers as JSON, schema unfork-headers/1")
@cache_option
@output_options
def list_headers(
    *,
    series: str | None,
    carrier: str | None,
    json_file: str | None,
    cache_dir: Path | None,
    color: str,
    quiet: bool,
    verbose: bool,
    progress: bool | None,
) -> int:
    """List what each patch's header says of upstream.

    Reads the fields of DEP-3 (Forwarded, Applied-Upstream, Origin), of Yocto (Upstream-Status) and of SUSE
    (Patch-mainline, Git-commit), wherever they stand, and the patches in the pedigrees of a CycloneDX
    document (.json). What contradicts itself goes to the standard error.
    """
    from unfork.commands.headers import run_headers
    from unfork.reports.headers import render_headers, render_headers_json

    output = Output.of(color=color, quiet=quiet, verbose=verbose, progress=progress)
    check_outputs(json=json_file)
    settings = scan_settings(None, output, series=series, carrier=carrier)
    if settings.series is None:
        raise missing("series")
    found = run_headers(settings.series, carrier=settings.carrier, cache_dir=cache_dir)
    problems = [problem for header in found for problem in header.problems]
    for problem in problems:
        click.echo(f"unfork: {printable(problem)}", err=True)
    if not write_outputs({"json": lambda: render_headers_json(found)}, json=json_file):
        click.echo(render_headers(found, quiet=quiet), nl=False)
    return Exit.NO if problems else Exit.DONE


@headers.command(
    cls=Manual,
    no_means="a patch was left as it is, because its header contradicts the scan or itself",
    examples=(
        ("See what would change", "unfork headers write --form dep3 --dry-run"),
        ("One patch", "unfork headers write --form yocto 0085-Fail-fast"),
    ),
)
@click.argument("patches", metavar="[PATCH]...", nargs=-1)
@click.option("--form", type=click.Choice(_FORMS), required=True, help="Whose fields are written.")
@click.option("-n", "--dry-run", is_flag=True, help="Print what would change in the files, write nothing.")
@scan_options
@today_option
@output_options
def write(
    *,
    patches: tuple[str, ...],
    form: str,
    dry_run: bool,
    today: str | None,
    config_file: Path | None,
    cache_dir: Path | None,
    color: str,
    quiet: bool,
    verbose: bool,
    progress: bool | None,
    **options: str | tuple[str, ...] | None,
) -> int:
    """Write into the headers what a scan proves, and what the plan says of the rest.

    Changes the fields of one form and no other byte of a file. What people wrote stays, unless the scan or
    the state of a link proves otherwise; a header that names another upstream commit than the scan is left
    alone and named. A patch that nobody said anything of gets what was agreed in the plan.
    """
    from unfork.cli._plan import day
    from unfork.commands.headers import run_write_headers
    from unfork.model.header import Form

    output = Output.of(color=color, quiet=quiet, verbose=verbose, progress=progress)
    request = scan_request(config_file=config_file, cache_dir=cache_dir, output=output, options=options)
    with output.progress() as shown:
        done = run_write_headers(
            request, Form(form), names=patches, today=day(today), dry_run=dry_run, progress=shown
        )
    for problem in done.problems:
        click.echo(f"unfork: {printable(problem)}", err=True)
    if dry_run:
        echo_diff(done.files, output)
    if not quiet:
        would = "would be written" if dry_run else "written"
        click.echo(
            f"{len(done.files)} of {done.patches} headers {would}, {len(done.problems)} left as they are",
            err=dry_run,
        )
    return Exit.NO if done.problems else Exit.DONE
