"""``unfork index``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from unfork.cli._help import Manual, ManualGroup
from unfork.cli._options import (
    Output,
    also_option,
    cache_option,
    file_option,
    missing,
    output_options,
    path_option,
    scan_settings,
    write_outputs,
)

if TYPE_CHECKING:
    from unfork.commands.index import IndexRequest
    from unfork.model.evaluation import IndexStatus


@click.group(
    cls=ManualGroup,
    examples=(("Build it over night", "unfork index build --upstream ../nova --since 16.0.0"),),
)
def index() -> None:
    """Build, describe or remove the index of an upstream.

    A scan builds and extends its index by itself; these commands do it apart from a scan.
    """


_UPSTREAM = click.option(
    "--upstream", metavar="REPO", help="Upstream repository (default: that of unfork.toml)."
)
_SINCE = click.option("--since", metavar="REV", help="Index from here on.")
_TARGET = click.option("--target", metavar="REV", help="Index up to here (default: the upstream's HEAD).")
_JSON = file_option("json", "the status as JSON")


@index.command(cls=Manual)
@_UPSTREAM
@also_option
@_SINCE
@path_option
@_TARGET
@cache_option
@_JSON
@output_options
def build(
    *,
    upstream: str | None,
    also: tuple[str, ...],
    since: str | None,
    path: tuple[str, ...],
    target: str | None,
    cache_dir: Path | None,
    json_file: str | None,
    color: str,
    quiet: bool,
    verbose: bool,
    progress: bool | None,
) -> None:
    """Build the index, or add what upstream has new."""
    from unfork.commands.index import build_index

    output = Output.of(color=color, quiet=quiet, verbose=verbose, progress=progress)
    request = _request(upstream, also, since, target, cache_dir, output, path)
    with output.progress() as shown:
        result = build_index(request, progress=shown)
    _print(result, json_file)


@index.command(cls=Manual)
@_UPSTREAM
@also_option
@_SINCE
@path_option
@_TARGET
@cache_option
@_JSON
@output_options
def status(
    *,
    upstream: str | None,
    also: tuple[str, ...],
    since: str | None,
    path: tuple[str, ...],
    target: str | None,
    cache_dir: Path | None,
    json_file: str | None,
    color: str,
    quiet: bool,
    verbose: bool,
    progress: bool | None,
) -> None:
    """Say what the index holds, and whether upstream has more."""
    from unfork.commands.index import index_status

    output = Output.of(color=color, quiet=quiet, verbose=verbose, progress=progress)
    _print(index_status(_request(upstream, also, since, target, cache_dir, output, path)), json_file)


@index.command(cls=Manual)
@_UPSTREAM
@also_option
@cache_option
@_JSON
@output_options
def drop(
    *,
    upstream: str | None,
    also: tuple[str, ...],
    cache_dir: Path | None,
    json_file: str | None,
    color: str,
    quiet: bool,
    verbose: bool,
    progress: bool | None,
) -> None:
    """Remove the index; the next scan makes it again."""
    from unfork.commands.index import drop_index

    output = Output.of(color=color, quiet=quiet, verbose=verbose, progress=progress)
    _print(drop_index(_request(upstream, also, None, None, cache_dir, output)), json_file, dropped=True)


def _request(
    upstream: str | None,
    also: tuple[str, ...],
    since: str | None,
    target: str | None,
    cache_dir: Path | None,
    output: Output,
    path: tuple[str, ...] = (),
) -> "IndexRequest":
    from unfork.commands.index import IndexRequest

    settings = scan_settings(
        None, output, upstream=upstream, also=also, since=since, target=target, path=path
    )
    if settings.upstream is None:
        raise missing("upstream")
    configured = Path(settings.cache_dir) if settings.cache_dir else None
    return IndexRequest(
        upstream=settings.upstream,
        also=settings.also or (),
        since=settings.since or settings.base,
        target=settings.target,
        paths=settings.path or (),
        cache_dir=cache_dir or configured,
    )


def _print(result: "IndexStatus", json_file: str | None, *, dropped: bool = False) -> None:
    def as_json() -> bytes:
        from unfork.reports.json import to_json

        return to_json(result)

    if not write_outputs({"json": as_json}, json=json_file):
        from unfork.reports.tables import render_index_status

        click.echo(render_index_status(result, dropped=dropped), nl=False)
