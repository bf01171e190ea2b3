"""``unfork unsquash``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from unfork.cli._help import Manual
from unfork.cli._options import (
    Output,
    also_option,
    cache_option,
    check_outputs,
    file_option,
    output_options,
    path_option,
    scan_settings,
    write_outputs,
)
from unfork.errors import Exit, InputError, UsageError
from unfork.files import write_atomically

if TYPE_CHECKING:
    from unfork.reports.unsquash import UnsquashDocument

_SUFFIX = ".unsquash"


@click.command(
    cls=Manual,
    no_means="nothing says that the patch is more than one change; the proposal has one part",
    examples=(
        ("Propose how to take a patch apart", "unfork unsquash 0059-primary"),
        ("A patch file, with its folder for a series", "unfork unsquash patches/0059-primary.patch"),
        ("By the upstream commits in it", "unfork unsquash 0106 --upstream ../nova --base 16.0.0"),
        ("Write the series, as edited", "unfork unsquash --apply 0059-primary.unsquash --out parts"),
    ),
)
@click.argument("patch", metavar="[PATCH]", required=False)
@click.option("--apply", "proposal_file", metavar="PROPOSAL", type=click.Path(path_type=Path),
              help="Write the series that this proposal makes.")  # fmt: skip
@click.option("-o", "--out", metavar="PATH", type=click.Path(path_type=Path),
              help="Where to write: the proposal (default: NAME.unsquash here), or with --apply the new "
                   "folder (default: the proposal's name, -parts).")  # fmt: skip
@click.option("-n", "--dry-run", is_flag=True, help="Do all but write.")
@click.option("--force", is_flag=True, help="Replace a proposal that is there already.")
@click.option("--series", metavar="SERIES", help="The patches (default: those of unfork.toml).")
@click.option("--carrier", metavar="FORM", help="Form of the series, where it is not recognized.")
@click.option("--upstream", metavar="REPO", help="Repository whose commits may be in the patch.")
@also_option
@click.option("--base", metavar="REV", help="Upstream revision the series was made on.")
@click.option("--target", metavar="REV", help="Upstream revision to reach.")
@click.option("--since", metavar="REV", help="Search upstream from here on (default: the base).")
@path_option
@click.option("--no-upstream", is_flag=True, help="Do not search the upstream that unfork.toml names.")
@click.option("--config", "config_file", metavar="FILE", type=click.Path(path_type=Path),
              help="Settings to start from (default: unfork.toml here or above).")  # fmt: skip
@cache_option
@file_option("json", "the parts as JSON, schema unfork-unsquash/1")
@output_options
def unsquash(
    *,
    patch: str | None,
    proposal_file: Path | None,
    out: Path | None,
    dry_run: bool,
    force: bool,
    no_upstream: bool,
    config_file: Path | None,
    cache_dir: Path | None,
    json_file: str | None,
    color: str,
    quiet: bool,
    verbose: bool,
    progress: bool | None,
    **options: str | tuple[str, ...] | None,
) -> int:
    """Take a squashed patch apart.

    First proposes the parts of PATCH, and writes them as text to be edited: patches of the series that it
    was made of, upstream commits that it holds, parts its message lists, and else hunks that have to do
    with each other. Then --apply writes the series: each part applies in order, and all of them make the
    very tree that the patch makes, which is proven before anything is written.
    """
    from unfork.reports.unsquash import render_unsquash, render_unsquash_json

    output = Output.of(color=color, quiet=quiet, verbose=verbose, progress=progress)
    check_outputs(json=json_file)
    if (patch is None) == (proposal_file is None):
        raise UsageError("give a PATCH to take apart, or --apply and a proposal")
    on_tree = False
    if proposal_file is not None:
        result, on_tree = _apply(proposal_file, out, dry_run, cache_dir, output, options)
    else:
        if no_upstream:
            options = {**options, "upstream": None}
        result = _propose(
            str(patch), out, dry_run, force, no_upstream, config_file, cache_dir, output, options
        )
    if not write_outputs({"json": lambda: render_unsquash_json(result)}, json=json_file):
        click.echo(
            render_unsquash(result, on_tree=on_tree, color=output.color, quiet=quiet), nl=False, color=True
        )
    return Exit.NO if proposal_file is None and len(result.parts) < 2 else Exit.DONE


def _propose(
    patch: str, out: Path | None, dry_run: bool, force: bool, no_upstream: bool, config_file: Path | None,
    cache_dir: Path | None, output: Output, options: dict[str, str | tuple[str, ...] | None],
) -> "UnsquashDocument":  # fmt: skip
    from unfork.commands.unsquash import UnsquashRequest, run_unsquash
    from unfork.reports.unsquash import document
    from unfork.unsquashing import write_proposal

    settings = scan_settings(config_file, output, **options)
    from_file = Path(settings.cache_dir) if settings.cache_dir else None
    is_file = options.get("series") is None and Path(patch).is_file()  # its folder is the series
    request = UnsquashRequest(
        patch, None if is_file else settings.series, settings.carrier,
        None if no_upstream else settings.upstream, settings.also or (), settings.base, settings.target,
        settings.since, settings.path or (), cache_dir or from_file,
    )  # fmt: skip
    with output.progress() as shown:
        found = run_unsquash(request, progress=shown)
    path = out if out is not None else Path(_stem(found.patch.name) + _SUFFIX)
    if dry_run:
        return document(found.proposal, path=None, warnings=found.warnings)
    if path.is_file() and not force:
        raise InputError(
            "is there already, and may hold what people edited", where=str(path), hint="--force replaces it"
        )
    write_atomically(path, write_proposal(found.proposal, found.patch))
    return document(found.proposal, path=str(path), warnings=found.warnings)


def _apply(
    path: Path, out: Path | None, dry_run: bool, cache_dir: Path | None, output: Output,
    options: dict[str, str | tuple[str, ...] | None],
) -> tuple["UnsquashDocument", bool]:  # fmt: skip
    from unfork.commands.unsquash import apply_proposal
    from unfork.reports.unsquash import document

    series, carrier = options.get("series"), options.get("carrier")
    folder = out if out is not None else Path(f"{_stem(path.name)}-parts")
    with output.progress() as shown:
        made = apply_proposal(
            path, None if dry_run else folder, series=str(series) if series else None,
            carrier=str(carrier) if carrier else None, cache_dir=cache_dir, progress=shown,
        )  # fmt: skip
    result = document(
        made.proposal, path=str(path), tree=made.tree, files=made.files,
        folder=str(made.folder) if made.folder else None,
    )  # fmt: skip
    return result, made.on_tree


def _stem(name: str) -> str:
    """A patch's or a proposal's name without its folder and ending; of a commit some digits."""
    last = name.rsplit("/", 1)[-1]
    return last[:12] if len(last) >= 40 and "." not in last else Path(last).stem
