"""``unfork plan`` and its commands."""

from datetime import date
from pathlib import Path

import click

from unfork.cli._findings import check_findings, findings_options, write_check
from unfork.cli._help import Manual, ManualGroup
from unfork.cli._options import (
    Output,
    check_outputs,
    file_option,
    output_options,
    plan_folder,
    plan_option,
    scan_options,
    scan_request,
    scan_settings,
    store_option,
    today_option,
    write_outputs,
)
from unfork.config import Config
from unfork.errors import Exit, InputError
from unfork.reports import printable


@click.group(
    cls=ManualGroup,
    no_means="plan check: something does not agree",
    examples=(
        ("Propose a plan from what a scan found", "unfork plan init"),
        ("What does not agree with the last scan", "unfork plan check"),
        ("When can we cut over", "unfork plan status"),
    ),
)
def plan() -> None:
    """Keep and ask the plan: what was agreed to do with every patch.

    The plan is text in a folder, plan.yaml and items/*.yaml, beside decisions.toml. It is read together
    with the last scan of each of its projects.
    """


def folder_of(argument: str | None, plan_dir: str | None, output: Output) -> tuple[Path, Config]:
    """The plan's folder, as argument, option or configuration name it, and the configuration."""
    if argument is not None and plan_dir is not None and argument != plan_dir:
        raise click.UsageError("the folder is given twice, as an argument and as --plan")
    settings = scan_settings(None, output, plan=argument or plan_dir)
    folder = plan_folder(settings, None)
    if not folder.is_dir():
        raise InputError("there is no such folder", where=str(folder), hint="unfork plan init makes one")
    return folder, settings


@plan.command(
    cls=Manual,
    examples=(
        ("With an unfork.toml", "unfork plan init"),
        (
            "Without",
            "unfork plan init --series patches --upstream ../nova --base 16.0.0 --target master",
        ),
    ),
)
@scan_options
@click.option("--name", metavar="NAME", help="The plan's name (default: that of the project).")
@today_option
@output_options
def init(
    *,
    name: str | None,
    today: str | None,
    config_file: Path | None,
    cache_dir: Path | None,
    color: str,
    quiet: bool,
    verbose: bool,
    progress: bool | None,
    **options: str | tuple[str, ...] | None,
) -> None:
    """Propose a plan from a scan.

    Scans, groups patches that belong together (parts of one number, fixups, one bug, one upstream commit),
    and writes plan.yaml and items/PROJECT.yaml: titles, links found in messages, and the ends that the scan
    proves. Reasons and ends that nobody gave are left out, and plan check asks for them.
    """
    from unfork.commands.plan_init import run_plan_init

    output = Output.of(color=color, quiet=quiet, verbose=verbose, progress=progress)
    request = scan_request(
        config_file=config_file, cache_dir=cache_dir, output=output, new_plan=True, options=options
    )
    with output.progress() as shown:
        made = run_plan_init(request, name=name, today=day(today), progress=shown)
    if not quiet:
        ends = ", ".join(f"{end} {number}" for end, number in made.dispositions.items())
        click.echo(f"wrote {printable(str(made.head))} and {printable(str(made.items))}")
        click.echo(f"{made.count} items for {made.patches} patches: {ends}")
        if made.warning:
            click.echo(f"warning: {printable(made.warning)}")
        click.echo(f"next: unfork plan check --plan {printable(str(made.head.parent))}")


_folder = click.argument("folder", metavar="[FOLDER]", required=False)


@plan.command(
    cls=Manual,
    no_means="there is a finding as severe as --fail-on",
    examples=(
        ("What does not agree", "unfork plan check"),
        ("The plan as it will stand at a milestone", "unfork plan check --today 2019-03-08"),
        ("As SARIF, for a code host", "unfork plan check plans/starlingx --sarif plan.sarif"),
    ),
)
@_folder
@plan_option
@store_option
@today_option
@click.option("--rules", is_flag=True, help="List the rules and what each means.")
@findings_options
@output_options
def check(
    *,
    folder: str | None,
    plan: str | None,
    store: str | None,
    today: str | None,
    fail_on: str,
    rules: bool,
    color: str,
    quiet: bool,
    verbose: bool,
    progress: bool | None,
    **files: str | None,
) -> int:
    """List what does not agree between the plan, the last scans and the links.

    Each line names file, line and column, what is wrong, what to do, and the rule. A rule is silenced by
    its name with a reason: in the item's silence, or in that of plan.yaml. --verbose lists those too.
    """
    from unfork.commands.planned import PlanRequest, run_plan_check
    from unfork.trackers import registry_of

    output = Output.of(color=color, quiet=quiet, verbose=verbose, progress=progress)
    if rules:
        from unfork.planning import RULES

        wide = max(map(len, RULES))
        for rule in RULES.values():
            click.echo(f"{rule.id:<{wide}}  {rule.severity:<8} {rule.means}")
        return Exit.DONE
    check_findings(files)
    where, settings = folder_of(folder, plan, output)
    registry = registry_of(settings.trackers)
    result = run_plan_check(PlanRequest(where, store or settings.store, day(today), registry))
    return write_check(result, output, fail_on, files)


@plan.command(
    cls=Manual,
    examples=(
        ("Where we stand", "unfork plan status"),
        ("A plan kept elsewhere, every blocking item", "unfork plan status plans/starlingx --full"),
        ("The order of things, drawn", "unfork plan status --svg sequence.svg"),
    ),
)
@_folder
@plan_option
@store_option
@today_option
@click.option("--full", is_flag=True, help="List every item that blocks.")
@file_option("json", "the answers as JSON, schema unfork-plan-status/1")
@file_option("svg", "the sequencing view")
@output_options
def status(
    *,
    folder: str | None,
    plan: str | None,
    store: str | None,
    today: str | None,
    full: bool,
    json_file: str | None,
    svg_file: str | None,
    color: str,
    quiet: bool,
    verbose: bool,
    progress: bool | None,
) -> None:
    """Say what is left, what blocks cutover and release, and when they become possible.

    Tables by disposition and stage for each project; what blocks, apart for cutover and release; the day
    each is possible by promises and dependencies, with the chain of items that decides it; the original
    items apart from those found later, and when both would end at the recorded pace.
    """
    from unfork.commands.planned import PlanRequest, run_plan_status
    from unfork.trackers import registry_of

    output = Output.of(color=color, quiet=quiet, verbose=verbose, progress=progress)
    check_outputs(json=json_file, svg=svg_file)
    where, settings = folder_of(folder, plan, output)
    registry = registry_of(settings.trackers)
    result = run_plan_status(PlanRequest(where, store or settings.store, day(today), registry))

    def as_json() -> bytes:
        from unfork.reports.plan_json import render_status_json

        return render_status_json(result)

    def as_svg() -> bytes:
        from unfork.planning import load_plan
        from unfork.reports.sequence import render_sequence

        return render_sequence(load_plan(where), result.layers, title=result.title)

    if not write_outputs({"json": as_json, "svg": as_svg}, json=json_file, svg=svg_file):
        from unfork.reports.plan import render_status

        text = render_status(result, width=output.width, color=output.color, quiet=quiet, full=full)
        click.echo(text, nl=False, color=True)


@plan.command(
    cls=Manual,
    examples=(
        ("Promise an item", "unfork plan promise vtpm --by storage-team --date 2019-01-11"),
        (
            "Move the day, and say why",
            "unfork plan promise vtpm --by storage-team --date 2019-03-08 --why 'spec was late'",
        ),
    ),
)
@click.argument("item", metavar="ITEM")
@click.option("--by", metavar="OWNER", required=True, help="Who promises: one of the plan's people.")
@click.option("--date", "until", metavar="DATE", required=True, help="The day promised, as 2019-04-12.")
@click.option("--why", metavar="TEXT", help="Why an earlier day is changed.")
@plan_option
@today_option
def promise(*, item: str, by: str, until: str, why: str | None, plan: str | None, today: str | None) -> None:
    """Write down who promised an item until when.

    An earlier day goes to the history of changes. Only the item's lines of the file are written anew, its
    comments stay.
    """
    from unfork.commands.planned import day_in, run_plan_promise

    where, _ = folder_of(None, plan, _silent())
    run_plan_promise(where, item, by=by, until=day_in(until, "--date"), why=why, today=day(today))


@plan.command(
    cls=Manual,
    examples=(("The change is upstream", "unfork plan end rbd-raw --how merged-upstream --on 2018-11-20"),),
)
@click.argument("item", metavar="ITEM")
@click.option("--how", metavar="END", required=True,
              help="merged-upstream, replaced, moved-outside, dropped, done or withdrawn.")  # fmt: skip
@click.option("--on", metavar="DATE", help="The day it ended (default: today).")
@click.option("--note", metavar="TEXT", help="What people should know about it.")
@plan_option
def end(*, item: str, how: str, on: str | None, note: str | None, plan: str | None) -> None:
    """Write down the end an item came to."""
    from unfork.commands.planned import day_in, run_plan_end
    from unfork.model.plan import Ending
    from unfork.planning.convert import nearest

    where, _ = folder_of(None, plan, _silent())
    if how not in [*Ending]:
        raise InputError(f"unknown end {how!r}", where="--how", hint=nearest(how, [*Ending]))
    run_plan_end(where, item, how=Ending(how), on=day_in(on, "--on") if on else None, note=note)


def day(text: str | None) -> date | None:
    """The day of ``--today``."""
    from unfork.commands.planned import day_in

    return day_in(text, "--today") if text is not None else None


def _silent() -> Output:
    return Output.of(color="never", quiet=True, verbose=False, progress=False)
