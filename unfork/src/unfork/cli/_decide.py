"""``unfork decide``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from unfork.cli._help import Manual
from unfork.cli._options import (
    Output,
    also_option,
    cache_option,
    check_outputs,
    file_option,
    missing,
    output_options,
    plan_folder,
    plan_option,
    scan_settings,
    write_outputs,
)
from unfork.errors import UsageError

if TYPE_CHECKING:
    from unfork.commands.decide import Decisions
    from unfork.config import Config

_MANY = ("--is", "--not")  # take all words up to the next option


class _DecideCommand(Manual):
    """A command of which two options take several values, as in ``--is SHA SHA``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, after the option was written before each of its values."""
        return super().parse_args(ctx, _spread(args))


def _spread(args: list[str]) -> list[str]:
    """``PATCH --is A B`` as ``PATCH --is A --is B``."""
    spread: list[str] = []
    option = None
    for word in args:
        if word.startswith("-"):
            option = word if word in _MANY else None
            if option is None:
                spread.append(word)
        elif option is not None:
            spread += [option, word]
        else:
            spread.append(word)
    if args and args[-1] in _MANY:
        spread.append(args[-1])  # without a value: click says so
    return spread


@click.command(
    cls=_DecideCommand,
    examples=(
        ("It is upstream, in two commits", "unfork decide 0036-live-migration.patch --is 1f3c2d7 9a8b7c6"),
        ("The scan found the wrong one", "unfork decide 0041 --not 5d41402 --why 'another timeout'"),
        ("Upstream solved it otherwise", "unfork decide 0044 --replaced-by 'hw:cpu_dedicated_set of 20.0.0'"),
        ("We carry it on", "unfork decide 0050 --keep 'our hardware needs it until 2028'"),
    ),
)
@click.argument("patch", metavar="PATCH", required=False)
@click.option("--is", "is_", metavar="SHA...", multiple=True, help="It is these upstream commits.")
@click.option("--not", "not_", metavar="SHA...", multiple=True, help="It is none of these commits.")
@click.option("--replaced-by", metavar="TEXT", help="Something else does its work: drop it.")
@click.option("--keep", metavar="WHY", help="Carry it on, whatever upstream has.")
@click.option("--why", metavar="TEXT", help="The reason, for those who review.")
@click.option("--list", "listing", is_flag=True, help="List the decisions, of PATCH or all.")
@click.option("--forget", is_flag=True, help="Take all decisions about PATCH back.")
@click.option("--by", metavar="NAME", help="Who decides (default: user.name and user.email of git).")
@click.option("--date", metavar="TIME", help="When, ISO 8601, UTC where it names no zone (default: now).")
@click.option("--series", metavar="SERIES", help="The patches (default: those of unfork.toml).")
@click.option("--upstream", metavar="REPO", help="Upstream repository (default: that of unfork.toml).")
@also_option
@click.option("--carrier", metavar="FORM", help="Form of the series, where it is not recognized.")
@click.option(
    "--config", "config_file", metavar="FILE", type=click.Path(path_type=Path), help="Settings to start from."
)
@plan_option
@cache_option
@file_option("json", "the decisions as JSON with --list, schema unfork-decisions/1")
@output_options
def decide(
    *,
    patch: str | None,
    is_: tuple[str, ...],
    not_: tuple[str, ...],
    replaced_by: str | None,
    keep: str | None,
    why: str | None,
    listing: bool,
    forget: bool,
    by: str | None,
    date: str | None,
    series: str | None,
    upstream: str | None,
    also: tuple[str, ...],
    carrier: str | None,
    plan: str | None,
    config_file: Path | None,
    cache_dir: Path | None,
    json_file: str | None,
    color: str,
    quiet: bool,
    verbose: bool,
    progress: bool | None,
) -> None:
    """Write down what people decided about a patch.

    PATCH is its name in the series, a part of the name that no other has, its number from 1, or its id.

    The decision goes into decisions.toml of the plan's folder, a text made for review in git. It wins
    over what a scan finds by itself and is not asked again; a scan warns when the patch's content has
    changed since.
    """
    from unfork.model.decision import DecisionKind

    output = Output.of(color=color, quiet=quiet, verbose=verbose, progress=progress)
    settings = scan_settings(
        config_file, output, series=series, upstream=upstream, also=also, carrier=carrier, plan=plan
    )
    folder = plan_folder(settings, config_file)
    given = (
        (DecisionKind.IS, is_),
        (DecisionKind.NOT, not_),
        (DecisionKind.REPLACED_BY, replaced_by),
        (DecisionKind.KEEP, keep),
    )
    said = any(value not in (None, ()) for _, value in given)
    if listing + forget + said > 1:
        raise UsageError("--list, --forget and a decision are different things", hint="one a call")
    if json_file is not None and not listing:
        raise UsageError("--json goes with --list")
    if listing:
        check_outputs(json=json_file)
        _list(folder, patch, json_file, quiet=quiet)
        return
    if not patch:
        raise UsageError("no PATCH given", hint="name it before the options, or --list")
    if forget:
        _forget(folder, patch, quiet=quiet)
        return
    if keep is not None and why is not None:
        raise UsageError("--keep says why by itself", hint="leave --why out")
    _record(
        settings, config_file, folder, output, cache_dir, patch=patch, given=given, why=why, by=by, date=date
    )


def _record(
    settings: "Config",
    config_file: Path | None,
    folder: Path,
    output: Output,
    cache_dir: Path | None,
    *,
    given: Any,
    patch: str,
    why: str | None,
    by: str | None,
    date: str | None,
) -> None:
    from unfork.commands.decide import DecideRequest, kinds_given, run_decide
    from unfork.model.decision import DecisionKind
    from unfork.reports.decisions import render_decision, render_undecided

    kind = kinds_given(given)
    values = dict(given)
    if settings.series is None:
        raise missing("series", config_file)
    request = DecideRequest(
        plan=folder,
        patch=patch,
        kind=kind,
        series=settings.series,
        upstream=settings.upstream,
        also=settings.also or (),
        commits=(*values[DecisionKind.IS], *values[DecisionKind.NOT]),
        text=values[DecisionKind.REPLACED_BY],
        why=why if kind is not DecisionKind.KEEP else values[kind],
        by=by,
        date=date,
        carrier=settings.carrier,
        cache_dir=cache_dir or (Path(settings.cache_dir) if settings.cache_dir else None),
    )
    with output.progress() as shown:
        done = run_decide(request, progress=shown)
    if not output.quiet:
        click.echo(f"{'renewed' if done.renewed else 'wrote'} {render_decision(done.decision)}")
        if done.undecided:
            click.echo(f"# {render_undecided(done.undecided)}")


def _list(folder: Path, patch: str | None, json_file: str | None, *, quiet: bool) -> None:
    from unfork.commands.decide import list_decisions
    from unfork.reports.decisions import render_decisions

    found = list_decisions(folder, patch)

    def as_json() -> bytes:
        from unfork.reports.json import render_decisions_json

        return render_decisions_json(found.decisions, str(found.path))

    if not write_outputs({"json": as_json}, json=json_file):
        click.echo(render_decisions(found.decisions, path=str(found.path), quiet=quiet), nl=False)


def _forget(folder: Path, patch: str, *, quiet: bool) -> None:
    from unfork.commands.decide import forget_decisions
    from unfork.reports.decisions import render_decision

    gone: Decisions = forget_decisions(folder, patch)
    if not quiet:
        for each in gone.decisions:
            click.echo(f"forgot {render_decision(each)}")
