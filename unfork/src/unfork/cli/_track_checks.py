"""``unfork track adopt``, ``check`` and ``compare``."""

from pathlib import Path

import click

from unfork.cli._help import Manual
from unfork.cli._options import (
    Output,
    cache_option,
    check_outputs,
    missing,
    output_options,
    plan_folder,
    plan_option,
    project_option,
    scan_settings,
    store_option,
)
from unfork.cli._sheets import sheet_options, write_sheet
from unfork.cli._track import repository_option, tracks_option
from unfork.errors import Exit
from unfork.reports import printable


def repository_of(given: str | None, output: Output) -> Path:
    """The repository that has the tracks: as given, else the upstream of unfork.toml."""
    settings = scan_settings(None, output, upstream=given)
    if settings.upstream is None:
        raise missing("repository")
    return Path(settings.upstream)


@click.command(
    cls=Manual,
    examples=(
        (
            "The branch that carries the patches today",
            "unfork track adopt pike --branch stx/pike --base 16.0.0 --worktree ../nova-pike",
        ),
        (
            "Its patches are files",
            "unfork track adopt pike --branch stx/pike --base 16.0.0 --series ../stx-nova@HEAD:stx-patches",
        ),
    ),
)
@click.argument("name", metavar="NAME")
@repository_option
@tracks_option
@click.option("--branch", metavar="BRANCH", help="The branch that is the track.")
@click.option("--base", metavar="REV", help="Upstream revision (or release) it was made on.")
@click.option("--series", metavar="SERIES", help="Its patches (default: the commits from base to branch).")
@click.option("--worktree", metavar="DIR", type=click.Path(path_type=Path),
              help="A checkout of the branch, for its checks.")  # fmt: skip
def adopt(
    *,
    name: str,
    repository: str | None,
    tracks: Path | None,
    branch: str | None,
    base: str | None,
    series: str | None,
    worktree: Path | None,
) -> None:
    """Take a branch that was made by hand for a track.

    The old track usually is one. Nothing is written in the repository. Given again, it changes what is
    given and leaves the rest.
    """
    from unfork.commands.track_adopt import run_track_adopt

    output = Output.of(color="never", quiet=False, verbose=False, progress=False)
    made = run_track_adopt(
        repository_of(repository, output), name, branch=branch, base=base, series=series,
        worktree=worktree, tracks=tracks,
    )  # fmt: skip
    click.echo(f"track {printable(made.name)}: {printable(made.branch)} at {made.tip[:10]}")


@click.command(
    cls=Manual,
    no_means="a check does not pass",
    examples=(
        ("All checks that the plan declares", "unfork track check stein"),
        ("One of them, ten times, to tell flaky tests", "unfork track check stein unit --repeat 10"),
    ),
)
@click.argument("name", metavar="NAME")
@click.argument("checks", metavar="[CHECK]...", nargs=-1)
@repository_option
@tracks_option
@plan_option
@project_option
@store_option
@click.option("--repeat", metavar="N", type=click.IntRange(1, 1000),
              help="Repetitions of each check (default: as the plan says).")  # fmt: skip
@sheet_options("unfork-track-check/1")
@output_options
def check(
    *,
    name: str,
    checks: tuple[str, ...],
    repository: str | None,
    tracks: Path | None,
    plan: str | None,
    project: str | None,
    store: str | None,
    repeat: int | None,
    full: bool,
    json_file: str | None,
    markdown_file: str | None,
    html_file: str | None,
    color: str,
    quiet: bool,
    verbose: bool,
    progress: bool | None,
) -> int:
    """Run the checks of a track, and record what they found.

    A check is declared in the plan: a command, its time limit, and where it leaves its results. It runs in
    the track's worktree, or against a deployment, without a shell. Whatever it started is ended when it
    ends. Results that it did not write itself are refused.
    """
    from unfork.commands.track_check import TrackCheckRequest, run_track_check
    from unfork.model.tested import Standing
    from unfork.reports.checked import checked_sheet
    from unfork.reports.checks_json import render_checks_json

    output = Output.of(color=color, quiet=quiet, verbose=verbose, progress=progress)
    check_outputs(json=json_file, markdown=markdown_file, html=html_file)
    settings = scan_settings(None, output, plan=plan, project=project, store=store)
    request = TrackCheckRequest(
        plan_folder(settings, None), repository_of(repository, output), name, checks=checks,
        project=settings.project, store=settings.store, tracks=tracks, repeat=repeat,
    )  # fmt: skip
    with output.progress() as shown:
        done = run_track_check(request, shown)
    left = done.interrupted
    notes = (
        (f"a run of {left.check} was interrupted before; {left.ended} processes of it were ended",)
        if left is not None
        else ()
    )
    write_sheet(
        checked_sheet(done.tested, notes), output, full=full, as_json=lambda: render_checks_json(done.tested),
        json_file=json_file, markdown_file=markdown_file, html_file=html_file,
    )  # fmt: skip
    good = all(each.standing is Standing.PASSES for each in done.tested.checks)
    return Exit.DONE if good else Exit.NO


@click.command(
    cls=Manual,
    no_means="something is lost",
    examples=(
        ("What the new track lacks", "unfork track compare pike stein"),
        ("For the team", "unfork track compare pike stein --html tracks.html"),
    ),
)
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@repository_option
@tracks_option
@plan_option
@project_option
@store_option
@cache_option
@sheet_options("unfork-track-compare/1")
@output_options
def compare(
    *,
    old: str,
    new: str,
    repository: str | None,
    tracks: Path | None,
    plan: str | None,
    project: str | None,
    store: str | None,
    cache_dir: Path | None,
    full: bool,
    json_file: str | None,
    markdown_file: str | None,
    html_file: str | None,
    color: str,
    quiet: bool,
    verbose: bool,
    progress: bool | None,
) -> int:
    """Lay two tracks beside each other: checks, tests, and what their trees offer.

    Of every test: passes on both, lost, gained, broken on both, flaky, or not run; a lost one with the
    carried patches whose files it touches and their items. Then the options, API routes, entry points and
    database migrations that the old track has and the new one lacks, and the lines of carried patches.
    """
    from unfork.commands.track_compare import TrackCompareRequest, run_track_compare
    from unfork.reports.checks_json import render_compare_json
    from unfork.reports.compared import comparison_sheet, lost_count

    output = Output.of(color=color, quiet=quiet, verbose=verbose, progress=progress)
    check_outputs(json=json_file, markdown=markdown_file, html=html_file)
    settings = scan_settings(None, output, plan=plan, project=project, store=store)
    request = TrackCompareRequest(
        repository_of(repository, output), old, new, plan_folder(settings, None),
        project=settings.project, store=settings.store, tracks=tracks, cache_dir=cache_dir,
    )  # fmt: skip
    with output.progress() as shown:
        comparison = run_track_compare(request, shown)
    write_sheet(
        comparison_sheet(comparison), output, full=full, as_json=lambda: render_compare_json(comparison),
        json_file=json_file, markdown_file=markdown_file, html_file=html_file,
    )  # fmt: skip
    return Exit.NO if lost_count(comparison) else Exit.DONE
