"""``unfork gate``."""

from pathlib import Path

import click

from unfork.cli._findings import check_findings, findings_options, write_check
from unfork.cli._help import Manual
from unfork.cli._options import (
    Output,
    cache_option,
    output_options,
    plan_option,
    store_option,
    today_option,
)
from unfork.cli._plan import day, folder_of


@click.command(
    cls=Manual,
    no_means="a patch is carried without an item, a reason and an end, or something else does not agree",
    examples=(
        ("In CI, the series as the plan names it", "unfork gate"),
        ("Only what a merge request adds", "unfork gate --series patches --against .@origin/main:patches"),
        ("For GitHub", "unfork gate --github - --sarif unfork.sarif"),
    ),
)
@plan_option
@store_option
@today_option
@click.option("--series", metavar="SERIES", help="The patches (default: those the plan's projects name).")
@click.option("--project", metavar="NAME", help="Whose patches these are (default: the plan's only project).")
@click.option("--carrier", metavar="FORM", help="Form of the series, where it is not recognized.")
@click.option("--against", metavar="SERIES", help="The series as it was: only what is new since counts.")
@cache_option
@findings_options
@output_options
def gate(
    *,
    plan: str | None,
    store: str | None,
    today: str | None,
    series: str | None,
    project: str | None,
    carrier: str | None,
    against: str | None,
    cache_dir: Path | None,
    fail_on: str,
    color: str,
    quiet: bool,
    verbose: bool,
    progress: bool | None,
    **files: str | None,
) -> int:
    """Fail when a patch is carried without an item, a reason and an agreed end.

    The same rules as plan check, asked of the series as it is now; the upstream is not needed. What the
    last scan said of a patch is joined by the patch's content.
    """
    from unfork.commands.gate import GateRequest, run_gate
    from unfork.trackers import registry_of

    output = Output.of(color=color, quiet=quiet, verbose=verbose, progress=progress)
    check_findings(files)
    folder, settings = folder_of(None, plan, output)
    request = GateRequest(
        folder, store or settings.store, day(today), series=series, project=project, carrier=carrier,
        against=against, cache_dir=cache_dir, registry=registry_of(settings.trackers),
    )  # fmt: skip
    return write_check(run_gate(request), output, fail_on, files)
