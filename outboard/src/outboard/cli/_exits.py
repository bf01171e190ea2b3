"""``outboard exits``."""

import signal
from pathlib import Path

import click

from outboard.cli._config import config_option
from outboard.errors import Exit
from outboard.exits import ExitWatch, GuestFiles, records_of
from outboard.notify import notify
from outboard.settings import HostSection, Settings


@click.command()
@config_option
def exits(*, config: Path | None) -> int:
    """Keep how the QEMU of each guest ended, for a crashwatch that is down at that moment.

    A process of its own that needs neither libvirt nor any right: it holds a handle of each guest's
    process, and the kernel tells it the exit status (from Linux 6.15 on). Reads [crashwatch] qemu_runs
    and qemu_logs; writes to run_dir. crashwatch does the same while it runs, and reads what either kept.

    \b
    Example:
      outboard exits
    """
    settings = Settings.load(config)
    files = settings.section("crashwatch", GuestFiles)
    where = settings.section("host", HostSection)
    watch = ExitWatch(
        Path(files.qemu_runs), Path(files.qemu_logs), Path(where.procfs), records_of(where),
        lambda why: click.echo(f"outboard exits: {why}", err=True),
    )  # fmt: skip
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: watch.end())
    ready = False

    def alive() -> None:
        nonlocal ready
        notify("WATCHDOG=1" if ready else "READY=1")
        ready = True

    watch.run(alive)
    return Exit.DONE
