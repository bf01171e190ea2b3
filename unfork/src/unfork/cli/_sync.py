"""``unfork sync``."""

import re
from datetime import timedelta
from pathlib import Path

import click

from unfork.cli._help import Manual
from unfork.cli._options import (
    Output,
    cache_option,
    check_outputs,
    file_option,
    output_options,
    plan_option,
    store_option,
    write_outputs,
)
from unfork.cli._plan import folder_of
from unfork.errors import Exit, InputError

_AGE = re.compile(r"(\d{1,6})\s*([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@click.command(
    cls=Manual,
    no_means="a link could not be asked for",
    examples=(
        ("Ask for what is older than an hour, and see what moved", "unfork sync"),
        ("Ask for everything", "unfork sync --max-age 0"),
        ("What is known, without asking anybody", "unfork sync --offline"),
    ),
)
@click.argument("folder", metavar="[FOLDER]", required=False)
@plan_option
@store_option
@click.option("--max-age", metavar="AGE", default="1h", show_default=True,
              help="Ask for what was answered longer ago: 30m, 12h, 7d; 0: for everything.")  # fmt: skip
@click.option("--offline", is_flag=True, help="Ask no server; show what is known, and how old it is.")
@click.option("--patches/--no-patches", default=True, show_default=True,
              help="Also the links that the messages of the patches name.")  # fmt: skip
@cache_option
@file_option("json", "what is known of every link as JSON, schema unfork-sync/1")
@output_options
def sync(
    *,
    folder: str | None,
    plan: str | None,
    store: str | None,
    max_age: str,
    offline: bool,
    patches: bool,
    cache_dir: Path | None,
    json_file: str | None,
    color: str,
    quiet: bool,
    verbose: bool,
    progress: bool | None,
) -> int:
    """Ask trackers what became of the plan's reviews, bugs and requests, and print what moved.

    What they say is recorded in the store, never written into the plan; plan check, plan status and gate
    join it with the plan, without a network. Which servers there are, and with which tokens they are asked:
    docs/trackers.md.
    """
    from unfork.commands.sync import run_sync
    from unfork.commands.sync_wanted import SyncRequest
    from unfork.trackers import registry_of

    output = Output.of(color=color, quiet=quiet, verbose=verbose, progress=progress)
    check_outputs(json=json_file)
    age = _age(max_age)
    where, settings = folder_of(folder, plan, output)
    request = SyncRequest(
        where,
        store or settings.store,
        registry_of(settings.trackers),
        age,
        offline=offline,
        patches=patches,
        upstream=settings.upstream,
        series=settings.series,
        cache_dir=cache_dir or (Path(settings.cache_dir) if settings.cache_dir else None),
    )
    with output.progress() as shown:
        result = run_sync(request, progress=shown)

    def as_json() -> bytes:
        from unfork.reports.sync import render_sync_json

        return render_sync_json(result)

    if not write_outputs({"json": as_json}, json=json_file):
        from unfork.reports.sync import render_sync

        text = render_sync(result, width=output.width, color=output.color, quiet=quiet, verbose=verbose)
        click.echo(text, nl=False, color=True)
    return Exit.NO if result.troubles else Exit.DONE


def _age(text: str) -> timedelta:
    if text.strip() == "0":
        return timedelta(0)
    match = _AGE.fullmatch(text.strip())
    if match is None:
        raise InputError(f"{text!r} is no age", where="--max-age", hint="write it as 30m, 12h or 7d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})
