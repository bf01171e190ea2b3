"""``unfork track`` and its commands."""

from pathlib import Path

import click

from unfork.cli._help import Manual, ManualGroup
from unfork.cli._options import Output, file_option, missing, output_options, scan_settings, write_outputs

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
    help="The repository that has the branch (default: the upstream of unfork.toml).",
)


@click.group(cls=ManualGroup)
def track() -> None:
    """Carry the rest of a series to another upstream, on a branch and in a worktree of its own.

    Only refs/heads/track/NAME and refs/unfork are ever written in a repository of yours, and only by
    these commands.
    """


def repository_of(given: str | None, output: Output) -> Path:
    """The repository tracks are made in."""
    settings = scan_settings(None, output, upstream=given)
    if settings.upstream is None:
        raise missing("repository")
    return Path(settings.upstream)


@track.command("list", cls=Manual, examples=(("All tracks of a repository", "unfork track list"),))
@repository_option
@tracks_option
@file_option("json", "the tracks as JSON")
@output_options
def list_(
    *,
    repository: str | None,
    tracks: Path | None,
    json_file: str | None,
    color: str,
    quiet: bool,
    verbose: bool,
    progress: bool | None,
) -> None:
    """List the tracks of a repository."""
    from unfork.git import Repository
    from unfork.tracks import find_tracks, tracks_root

    output = Output.of(color=color, quiet=quiet, verbose=verbose, progress=progress)
    found = find_tracks(tracks_root(tracks), Repository(repository_of(repository, output)))

    def as_json() -> bytes:
        from unfork.reports.json import to_json

        return to_json(found)

    if not write_outputs({"json": as_json}, json=json_file):
        for each in found:
            click.echo(f"{each.name}  {each.state}  {each.target_name}  {each.made_on}")
