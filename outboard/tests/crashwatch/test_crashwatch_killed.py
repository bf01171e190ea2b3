"""kill -9 before any change crashwatch makes: the crash is on record once, and the guest comes up.

strace delivers the signal at the entry of the n-th write, fsync or rename of the real process, for every n
until it lives to its end.
"""

import itertools
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from crash_bench import Bench
from outboard.corpus.real_libvirt import Daemon, wait_for

pytestmark = pytest.mark.e2e
_CHANGES = "write,fsync,rename,unlink"


def _once(config: Path, kill_at: int | None = None) -> bool:
    """Whether it lived."""
    command = [sys.executable, "-m", "outboard", "crashwatch", "--once", "--config", str(config)]
    if kill_at is not None:
        # Not its log lines: writes to the standard error are no change.
        inject = f"inject={_CHANGES}:signal=SIGKILL:when={kill_at}"
        quiet = f'exec 2>/dev/null; exec strace -f -o /dev/null -e trace={_CHANGES} -e {inject} "$@"'
        command = ["sh", "-c", quiet, "sh", *command]
    return subprocess.run(command, capture_output=True, timeout=60).returncode in (0, 1)


def test_killed_before_any_change(bench: Bench) -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    config = bench.config("window = 0.001\nsettle = 0.0\nbrake_least = 1000\n")
    number, server = bench.guest()
    _once(config)
    # Steps of a few changes each, and many that are no change of a file: every fifth is enough.
    for turn, step in enumerate(itertools.count(1, 5), 1):
        bench.kill(number)
        wait_for(lambda: not bench.domain(number).isActive())
        lived = _once(config, step)
        wait_for(lambda turn=turn: _once(config) and len(bench.ended(number)) == turn, 60)
        assert bench.domain(number).isActive(), f"killed before change {step}"
        assert len(bench.crashes(number)) == turn
        assert len(server.asked) == turn
        if lived:
            break
    assert turn > 3


def test_killed_at_any_time_while_guests_crash(bench: Bench) -> None:
    config = bench.config("recover = false\n", cloud="")
    guests = [bench.guest()[0] for _ in range(3)]
    chance = random.Random(4)  # noqa: S311
    killed = dict.fromkeys(guests, 0)
    for _ in range(5):
        daemon = Daemon("crashwatch", config, bench.folder / "log")
        end = time.monotonic() + 0.5 + chance.random()
        while time.monotonic() < end:
            number = chance.choice(guests)
            if bench.domain(number).isActive():
                bench.kill(number)
                killed[number] += 1
                wait_for(lambda number=number: not bench.domain(number).isActive())
                bench.domain(number).create()
        daemon.stop(signal.SIGKILL)
    _once(config)
    assert {number: len(bench.crashes(number)) for number in guests} == killed
