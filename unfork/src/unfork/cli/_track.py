"""``unfork track`` and its commands."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

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
    write_outputs,
)
from unfork.errors import Exit
from unfork.reports import printable

if TYPE_CHECKING:
    from unfork.commands.track import Place
    from unfork.model.carrying import TrackStatus

tracks_option = click.option(
    "--tracks",
    metavar="DIR",
    envvar="UNFORK_TRACKS",
    show_envvar=True,
    type=click.Path(path_type=Path),
    help="Where tracks are kept (default: in the user's data folder).",
)
repository_option = click.option(
    "--repository",
    metavar="REPO",
    help="The repository that has the branch (default: the upstream, as unfork.toml names it; else the only "
    "repository with such a track).",
)
_FULL = click.option("--full", is_flag=True, help="Show all notes and all lost lines.")
_JSON = file_option("json", "how far the track is as JSON, schema unfork-track/1")
_NAME = click.argument("name", metavar="NAME")
_STOPS = "a patch conflicts: a person is needed"


@click.group(
    cls=ManualGroup,
    no_means=_STOPS,
    examples=(
        ("Carry the series to the next release", "unfork track new queens --target 17.0.0"),
        ("A conflict is resolved, go on", "unfork track continue queens"),
    ),
)
def track() -> None:
    """Carry the rest of a series to another upstream, on a branch and in a worktree of its own.

    Only refs/heads/track/NAME and refs/unfork are ever written in a repository of yours, and only by these
    commands; your own branches, index and worktree never are.
    """


def place_for(
    repository: str | None,
    tracks: Path | None,
    cache_dir: Path | None,
    output: Output,
    name: str | None = None,
) -> "Place":
    """Which repository, and where its tracks are kept: as given or configured, else the only one that has
    a track (of this name)."""
    from unfork.commands.track import Place, only_repository

    settings = scan_settings(None, output)
    where = repository or settings.upstream or only_repository(tracks, name)
    if where is None:
        raise missing("repository")
    configured = Path(settings.cache_dir) if settings.cache_dir else None
    return Place(where, tracks, cache_dir or configured)


@track.command(
    cls=Manual,
    no_means=_STOPS,
    examples=(
        ("With an unfork.toml", "unfork track new queens --target 17.0.0"),
        ("Every patch, whatever is upstream", "unfork track new all --target 17.0.0 --all"),
    ),
)
@_NAME
@scan_options
@click.option("--all", "carry_all", is_flag=True, help="Carry every patch: no scan, nothing is left out.")
@click.option("--diverged", is_flag=True, help="The target need not contain the base.")
@repository_option
@tracks_option
@_FULL
@_JSON
@output_options
def new(
    *,
    name: str,
    carry_all: bool,
    diverged: bool,
    repository: str | None,
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
    """Make a track: the series on the target, without what is to be dropped.

    Scans, then puts each patch whose advice is not drop on the target, in order, one commit a patch, on
    the branch track/NAME; of a patch to be trimmed only what is left. Stops at a conflict, says what
    caused it, and hands the worktree over.
    """
    from unfork.commands.track import NewTrack, Place, run_track_new

    output = Output.of(color=color, quiet=quiet, verbose=verbose, progress=progress)
    check_outputs(json=json_file)
    request = scan_request(config_file=config_file, cache_dir=cache_dir, output=output, options=options)
    place = Place(repository or request.upstream, tracks, request.cache_dir)
    with output.progress() as shown:
        carried = run_track_new(request, place, NewTrack(name, carry_all, diverged), progress=shown)
    return _print(carried, output, json_file, full=full)


@track.command(
    "continue",
    cls=Manual,
    no_means=_STOPS,
    examples=(
        ("The conflict is resolved in the worktree", "unfork track continue queens"),
        ("Leave this patch out", "unfork track continue queens --skip"),
    ),
)
@_NAME
@click.option("--skip", is_flag=True, help="Leave the patch out that it stopped at.")
@repository_option
@tracks_option
@_FULL
@_JSON
@cache_option
@output_options
def continue_(
    *,
    name: str,
    skip: bool,
    repository: str | None,
    tracks: Path | None,
    full: bool,
    json_file: str | None,
    cache_dir: Path | None,
    color: str,
    quiet: bool,
    verbose: bool,
    progress: bool | None,
) -> int:
    """Go on with a track that stopped, also on another day, or whose process was killed.

    Takes the files as they are in the worktree (or the one commit made there), refuses what still has
    conflict markers, and keeps the resolution for the next time the same conflict comes up.
    """
    from unfork.commands.track import run_track_continue

    output = Output.of(color=color, quiet=quiet, verbose=verbose, progress=progress)
    check_outputs(json=json_file)
    place = place_for(repository, tracks, cache_dir, output, name)
    with output.progress() as shown:
        carried = run_track_continue(place, name, skip=skip, progress=shown)
    return _print(carried, output, json_file, full=full)


@track.command(cls=Manual, examples=(("Undo it", "unfork track abort queens"),))
@_NAME
@repository_option
@tracks_option
@cache_option
@output_options
def abort(
    *,
    name: str,
    repository: str | None,
    tracks: Path | None,
    cache_dir: Path | None,
    color: str,
    quiet: bool,
    verbose: bool,
    progress: bool | None,
) -> None:
    """Undo a track: its branch, its worktree and its folder go.

    What somebody made in the worktree or committed on the branch is kept under refs/unfork/aborted/NAME.
    """
    from unfork.commands.track import run_track_abort

    output = Output.of(color=color, quiet=quiet, verbose=verbose, progress=progress)
    saved = run_track_abort(place_for(repository, tracks, cache_dir, output, name), name)
    if saved is not None:
        click.echo(f"what was made by hand is kept as {saved}")
    if not output.quiet:
        click.echo(f"undone: track {printable(name)}")


@track.command(
    cls=Manual, no_means=_STOPS, examples=(("Where does it stand", "unfork track status queens --full"),)
)
@_NAME
@repository_option
@tracks_option
@_FULL
@_JSON
@cache_option
@output_options
def status(
    *,
    name: str,
    repository: str | None,
    tracks: Path | None,
    full: bool,
    json_file: str | None,
    cache_dir: Path | None,
    color: str,
    quiet: bool,
    verbose: bool,
    progress: bool | None,
) -> int:
    """Say how far a track is, what conflicts and why."""
    from unfork.commands.track import run_track_status

    output = Output.of(color=color, quiet=quiet, verbose=verbose, progress=progress)
    check_outputs(json=json_file)
    carried = run_track_status(place_for(repository, tracks, cache_dir, output, name), name)
    return _print(carried, output, json_file, full=full)


@track.command("list", cls=Manual, examples=(("All tracks of a repository", "unfork track list"),))
@repository_option
@tracks_option
@file_option("json", "the tracks as JSON")
@cache_option
@output_options
def list_(
    *,
    repository: str | None,
    tracks: Path | None,
    json_file: str | None,
    cache_dir: Path | None,
    color: str,
    quiet: bool,
    verbose: bool,
    progress: bool | None,
) -> None:
    """List the tracks of a repository."""
    from unfork.commands.track import run_track_list

    output = Output.of(color=color, quiet=quiet, verbose=verbose, progress=progress)
    check_outputs(json=json_file)
    found = run_track_list(place_for(repository, tracks, cache_dir, output))

    def as_json() -> bytes:
        from unfork.reports.json import to_json

        return to_json(found)

    if not write_outputs({"json": as_json}, json=json_file):
        from unfork.reports.track import render_tracks

        click.echo(render_tracks(found), nl=False)


def _print(carried: "TrackStatus", output: Output, json_file: str | None, *, full: bool) -> int:
    def as_json() -> bytes:
        from unfork.reports.track_json import render_carried_json

        return render_carried_json(carried)

    if not write_outputs({"json": as_json}, json=json_file):
        from unfork.reports.track import render_carried

        text = render_carried(carried, color=output.color, quiet=output.quiet, full=full)
        click.echo(text, nl=False, color=True)
    return Exit.NO if carried.stop is not None else Exit.DONE
