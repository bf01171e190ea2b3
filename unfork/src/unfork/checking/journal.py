"""What is running, on disk: a run that was killed is known to the next one, which ends what is left of it.

Every process of a check inherits a word in its environment, as Jenkins marks the processes of a build:
by it they are found when even the warden is gone.
"""

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path

import msgspec
import psutil

from unfork.files import write_atomically

COOKIE = "UNFORK_CHECK"  # the variable
_FILE = "running.json"


class Running(msgspec.Struct, frozen=True):
    """The run that is going on."""

    run: str
    check: str
    since: float  # seconds since the epoch


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A run that was killed."""

    check: str
    ended: int  # processes of it that were still there, and were ended


def begin(folder: Path, running: Running) -> None:
    """Write down that a run begins."""
    write_atomically(folder / _FILE, msgspec.json.encode(running))


def done(folder: Path) -> None:
    """The run is over, and what it found is safe."""
    (folder / _FILE).unlink(missing_ok=True)


def clean_up(folder: Path) -> Interrupted | None:
    """End what an earlier run left behind; ``None`` when there was none. Hold the folder's lock."""
    try:
        running = msgspec.json.decode((folder / _FILE).read_bytes(), type=Running)
    except (OSError, msgspec.MsgspecError):
        return None
    ended = end_marked(running.run)
    done(folder)
    return Interrupted(running.check, ended)


def end_marked(run: str) -> int:
    """End every process of this user that carries the word of a run; how many there were."""
    ended: set[int] = set()
    for _ in range(20):  # one that forks meanwhile is met the next time
        found = [each for each in psutil.process_iter() if _carries(each, run)]
        if not found:
            break
        for each in found:
            ended.add(each.pid)
            with contextlib.suppress(psutil.Error):
                each.kill()
        time.sleep(0.05)
    return len(ended)


def _carries(process: psutil.Process, run: str) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE and process.environ().get(COOKIE) == run
    except (psutil.Error, OSError):
        return False
