"""``unfork evaluate``."""

from pathlib import Path

import click

from unfork.cli._help import Manual
from unfork.cli._options import (
    Output,
    also_option,
    cache_option,
    check_outputs,
    file_option,
    output_options,
    write_outputs,
)
from unfork.errors import Exit, UsageError


@click.command(
    cls=Manual,
    no_means="recall at first place is below --floor",
    examples=(
        (
            "How good is the matcher on our upstream",
            "unfork evaluate --upstream ../nova --since 16.0.0 --backports 16.0.0..pike-eol",
        ),
        (
            "A gate: exit code 1 below 99 %",
            "unfork evaluate --upstream . --since v1.0 --backports v1.0..stable/1 --floor 0.99",
        ),
    ),
)
@click.option(
    "--upstream",
    metavar="REPO",
    required=True,
    help="Repository that holds both lines: a path, or an address to clone.",
)
@also_option
@click.option("--since", metavar="REV", required=True, help="Search upstream from here on.")
@click.option(
    "--backports",
    metavar="A..B",
    required=True,
    multiple=True,
    help="Range of a stable branch; may be given several times.",
)
@click.option("--content-only", is_flag=True, help="Hide the message too: find them by their code alone.")
@click.option("--leave-out", is_flag=True, help="Take the true original out: now every claim is false.")
@click.option(
    "--floor",
    metavar="RECALL",
    type=click.FloatRange(0, 1),
    help="End with exit code 1 below this recall at first place.",
)
@cache_option
@file_option("json", "the figures as JSON, schema unfork-evaluate/1")
@output_options
def evaluate(
    *,
    upstream: str,
    also: tuple[str, ...],
    since: str,
    backports: tuple[str, ...],
    content_only: bool,
    leave_out: bool,
    floor: float | None,
    cache_dir: Path | None,
    json_file: str | None,
    color: str,
    quiet: bool,
    verbose: bool,
    progress: bool | None,
) -> int:
    """Measure the matcher where the truth is known.

    Commits in A..B that say "(cherry picked from commit X)" are searched for with that line, Change-Id
    and bug lines removed; X is the truth. Prints recall, wrong answers and false claims with their
    95 % intervals, and lists the misses.
    """
    if leave_out and floor is not None:
        raise UsageError("--floor is a bound for recall, and with --leave-out there is nothing to find")
    from unfork.commands.evaluate import EvaluateRequest, run_evaluate

    output = Output.of(color=color, quiet=quiet, verbose=verbose, progress=progress)
    check_outputs(json=json_file)
    request = EvaluateRequest(
        upstream=upstream,
        also=also,
        since=since,
        backports=backports,
        content_only=content_only,
        leave_out=leave_out,
        cache_dir=cache_dir,
    )
    with output.progress() as shown:
        result = run_evaluate(request, progress=shown)

    def as_json() -> bytes:
        from unfork.reports.json import render_evaluation_json

        return render_evaluation_json(result)

    if not write_outputs({"json": as_json}, json=json_file):
        from unfork.reports.tables import render_evaluation

        click.echo(render_evaluation(result, quiet=quiet, floor=floor), nl=False)
    return Exit.NO if floor is not None and result.recall_at_1.value < floor else Exit.DONE
