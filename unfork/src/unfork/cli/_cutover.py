"""``unfork cutover`` and its commands."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from unfork.cli._help import Manual, ManualGroup
from unfork.cli._options import (
    Output,
    cache_option,
    check_outputs,
    output_options,
    plan_option,
    store_option,
    today_option,
)
from unfork.cli._plan import day, folder_of
from unfork.cli._sheets import sheet_options, write_sheet
from unfork.cli._track import tracks_option
from unfork.errors import Exit, InputError
from unfork.reports import printable

if TYPE_CHECKING:
    from unfork.commands.cutover import CutoverRequest

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def _where(function: Decorated) -> Decorated:
    """Where the plan, its store and its tracks are."""
    options = (
        plan_option,
        store_option,
        tracks_option,
        click.option(
            "--repository",
            "repositories",
            metavar="[PROJECT=]REPO",
            multiple=True,
            help="The repository with a project's tracks (default: the project's upstream); several times.",
        ),
        today_option,
        cache_option,
    )
    for option in reversed(options):
        function = option(function)
    return function


@click.group(
    cls=ManualGroup,
    invoke_without_command=True,
    no_means="cutover status: it is not ready",
    examples=(
        ("Can we cut over, and what is in the way", "unfork cutover"),
        ("Sign it", "unfork cutover sign --by ann"),
        ("Put the old track away", "unfork cutover archive"),
    ),
)
@click.pass_context
def cutover(context: click.Context) -> Any:
    """Decide, sign and carry out the day the new track replaces the old.

    Without a command it is unfork cutover status. Which tracks these are, who signs, and what losses were
    agreed on is in the plan: cutover in plan.yaml.
    """
    return context.invoke(status) if context.invoked_subcommand is None else None


@cutover.command(
    cls=Manual,
    no_means="it is not ready, or not known to be",
    examples=(
        ("The decision laid out", "unfork cutover status"),
        ("Of two projects, for the meeting", "unfork cutover status --repository nova=../nova "
         "--repository neutron=../neutron --html cutover.html"),
    ),
)  # fmt: skip
@_where
@sheet_options("unfork-cutover/1")
@output_options
def status(
    *,
    full: bool,
    json_file: str | None,
    markdown_file: str | None,
    html_file: str | None,
    color: str,
    quiet: bool,
    verbose: bool,
    progress: bool | None,
    **where: Any,
) -> int:
    """Lay the decision out: ready, not yet, or unknown, with every line that speaks for or against it.

    The items that block the cutover and what proves their end; tests and content that are lost; patches
    that are still carried; promises and milestones. Nothing is written.
    """
    from unfork.commands.cutover import run_cutover
    from unfork.model.cutover import CutoverVerdict
    from unfork.reports.checks_json import render_cutover_json
    from unfork.reports.cutover import decision_sheet

    output = Output.of(color=color, quiet=quiet, verbose=verbose, progress=progress)
    check_outputs(json=json_file, markdown=markdown_file, html=html_file)
    request = _request(output, **where)
    with output.progress() as shown:
        decision = run_cutover(request, shown).decision
    write_sheet(
        decision_sheet(decision), output, full=full, as_json=lambda: render_cutover_json(decision),
        json_file=json_file, markdown_file=markdown_file, html_file=html_file,
    )  # fmt: skip
    return Exit.DONE if decision.verdict is CutoverVerdict.READY else Exit.NO


@cutover.command(
    cls=Manual,
    examples=(
        ("It is ready", "unfork cutover sign --by ann"),
        ("All the same", "unfork cutover sign --by ann --override 'vtpm comes with the first update'"),
    ),
)
@click.option("--by", metavar="NAME", required=True, help="Who signs: one of the plan's people.")
@click.option("--override", metavar="REASON", help="Sign although it is not ready, and say why.")
@_where
@output_options
def sign(
    *,
    by: str,
    override: str | None,
    color: str,
    quiet: bool,
    verbose: bool,
    progress: bool | None,
    **where: Any,
) -> None:
    """Write somebody's yes into the plan, for what the new track is now.

    It is refused when the cutover is not ready, unless a reason is given. When the new track moves, it has
    to be signed again.
    """
    from unfork.commands.cutover import run_cutover_sign

    output = Output.of(color=color, quiet=quiet, verbose=verbose, progress=progress)
    request = _request(output, **where)
    with output.progress() as shown:
        decision, signature = run_cutover_sign(request, by=by, reason=override, progress=shown)
    if not quiet:
        missing = [each for each in decision.unsigned if each != by]
        rest = f"; still missing: {printable(', '.join(missing))}" if missing else ""
        click.echo(f"{printable(signature.by)} signed on {signature.on}: {signature.verdict}{rest}")


@cutover.command(
    cls=Manual,
    examples=(("When everybody has signed", "unfork cutover archive"),),
)
@_where
@output_options
def archive(*, color: str, quiet: bool, verbose: bool, progress: bool | None, **where: Any) -> None:
    """Put the old track away, and forbid its patches to come back.

    Writes the report and the list of its patches into the plan's folder, tags its last commit, and marks
    the plan; unfork gate then refuses these patches, as they are, rebased, squashed or in part. Killed
    anywhere, it is ended by the next run.
    """
    from unfork.commands.cutover import CutoverAnswer, run_cutover_archive
    from unfork.reports.cutover import decision_sheet
    from unfork.reports.sheet import render_sheet_markdown

    output = Output.of(color=color, quiet=quiet, verbose=verbose, progress=progress)
    request = _request(output, **where)

    def render(answer: CutoverAnswer) -> bytes:
        return render_sheet_markdown(decision_sheet(answer.decision, answer.compared))

    with output.progress() as shown:
        done = run_cutover_archive(request, render, shown)
    if not quiet:
        again = "had been archived before" if done.again else "is archived"
        click.echo(
            f"the old track {again}: tag {printable(done.archive.tag)}, {printable(done.archive.report)}"
        )
        click.echo(f"{done.retired} patches must not come back: unfork gate refuses them")
        click.echo("next: commit the plan's folder")


def _request(
    output: Output,
    *,
    plan: str | None,
    store: str | None,
    tracks: Path | None,
    repositories: tuple[str, ...],
    today: str | None,
    cache_dir: Path | None,
) -> "CutoverRequest":
    from unfork.commands.cutover import CutoverRequest
    from unfork.trackers import registry_of

    folder, settings = folder_of(None, plan, output)
    places: dict[str, Path] = {}
    for text in repositories:
        project, mark, place = text.partition("=")
        key, path = (project, Path(place)) if mark and "/" not in project else ("", Path(text))
        if not path.exists():
            raise InputError("there is no such repository", where=f"--repository {text}")
        places[key] = path
    if not places and settings.upstream is not None and Path(settings.upstream).is_dir():
        places[""] = Path(settings.upstream)
    return CutoverRequest(
        folder, places, store or settings.store, tracks, day(today), cache_dir, registry_of(settings.trackers)
    )
