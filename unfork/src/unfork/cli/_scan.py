"""``unfork scan`` and ``unfork show``."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from unfork.model import Scan


@click.command(
    cls=Manual,
    examples=(
        (
            "Where do our patches stand on release 24",
            "unfork scan --series debian/patches --upstream ../nova --base 16.0.4 --target 24.0.0",
        ),
        (
            "A branch of our own, as a web page, the rest from unfork.toml",
            "unfork scan --series ../nova:16.0.4..our-branch --html report.html",
        ),
        (
            "What can go, for a script",
            "unfork scan --json - | jq -r '.patches[] | select(.advice == \"drop\") | .name'",
        ),
    ),
)
@scan_options
@click.option(
    "--suggest", is_flag=True, help="Also rank upstream features that could replace what is not upstream."
)
@file_option("json", "the result as JSON, schema unfork-scan/1")
@file_option("markdown", "a summary and table for a pull request or a wiki")
@file_option("html", "one self-contained page")
@file_option("cyclonedx", "a bill of materials, CycloneDX 1.6 in JSON: the pedigree with every patch")
@output_options
def scan(
    *,
    suggest: bool,
    config_file: Path | None,
    cache_dir: Path | None,
    json_file: str | None,
    markdown_file: str | None,
    html_file: str | None,
    cyclonedx_file: str | None,
    color: str,
    quiet: bool,
    verbose: bool,
    progress: bool | None,
    **options: str | tuple[str, ...] | None,
) -> None:
    """Say what became of every patch we carry.

    Reads the patches of SERIES, searches the history of the upstream REPO for each, and tries each on
    the target: its relation to upstream commits, the first release that has them, its state on the
    target, and what follows: drop it, drop it at a later release, trim, carry, rework or decide.

    On a terminal the answer is a table. In a pipe it is one line a patch, nothing cut, and all other
    lines start with "#". What is not given is taken from unfork.toml.
    """
    from unfork.commands.record import record_scan
    from unfork.commands.scan import run_scan
    from unfork.reports.text import render_text

    output = Output.of(color=color, quiet=quiet, verbose=verbose, progress=progress)
    files = {
        "json": json_file, "markdown": markdown_file, "html": html_file, "cyclonedx": cyclonedx_file,
    }  # fmt: skip
    check_outputs(**files)
    request = replace(
        scan_request(config_file=config_file, cache_dir=cache_dir, output=output, options=options),
        suggest=suggest,
    )
    with output.progress() as shown:
        result = run_scan(request, progress=shown)
        problem = record_scan(result, plan=request.plan, project=request.project, store=request.store)
        if problem is not None:
            result = replace(result, warnings=(*result.warnings, problem))

    def as_cyclonedx() -> bytes:
        from unfork.commands.bom import run_bom

        return run_bom(request, result)

    makers = {**scan_makers(result), "cyclonedx": as_cyclonedx}
    if not write_outputs(makers, **files):
        text = render_text(result, width=output.width, color=output.color, quiet=output.quiet)
        click.echo(text, nl=False, color=True)


def scan_makers(result: "Scan") -> dict[str, Callable[[], bytes]]:
    """The forms that a scan alone is enough for, each made when it is asked for."""

    def as_json() -> bytes:
        from unfork.reports.json import render_json

        return render_json(result)

    def as_markdown() -> bytes:
        from unfork.reports.markdown import render_markdown

        return render_markdown(result).encode("utf-8")

    def as_html() -> bytes:
        from unfork.reports.html import render_html

        return render_html(result)

    return {"json": as_json, "markdown": as_markdown, "html": as_html}


@click.command(
    cls=Manual,
    examples=(
        ("The evidence for one patch", "unfork show 0036-live-migration.patch"),
        ("The third patch of the series, all lines", "unfork show 3 --full"),
    ),
)  # fmt: skip
@click.argument("patch", metavar="PATCH")
@scan_options
@file_option("json", "the evidence as JSON, schema unfork-show/1")
@file_option("html", "one self-contained page")
@click.option("--full", is_flag=True, help="Show also long runs of lines that only upstream has.")
@output_options
def show(
    *,
    patch: str,
    config_file: Path | None,
    cache_dir: Path | None,
    json_file: str | None,
    html_file: str | None,
    full: bool,
    color: str,
    quiet: bool,
    verbose: bool,
    progress: bool | None,
    **options: str | tuple[str, ...] | None,
) -> None:
    """Show the evidence for one patch.

    PATCH is its name in the series, a part of the name that no other has, its number from 1, or its id.

    Prints what is claimed and why, then the patch beside each upstream commit: side by side on a
    terminal of 120 columns or more, else one after the other. A number in the margin is the commit
    that explains the line; "!" marks a line that no claimed commit explains; ">" one that only
    upstream has.
    """
    from unfork.commands.show import run_show

    output = Output.of(color=color, quiet=quiet, verbose=verbose, progress=progress)
    check_outputs(json=json_file, html=html_file)
    request = scan_request(config_file=config_file, cache_dir=cache_dir, output=output, options=options)
    with output.progress() as shown:
        detail = run_show(request, patch, progress=shown)

    def as_json() -> bytes:
        from unfork.reports.json import render_detail_json

        return render_detail_json(detail)

    def as_html() -> bytes:
        from unfork.reports.html import render_detail_html

        return render_detail_html(detail, full=full)

    if not write_outputs({"json": as_json, "html": as_html}, json=json_file, html=html_file):
        from unfork.reports.show import render_detail

        text = render_detail(detail, width=output.width, color=output.color, full=full)
        click.echo(text, nl=False, color=True)
