"""netbalance as its users run it: a process, a file of settings, a neutron on loopback."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from outboard.corpus.fake_neutron import FakeNeutron


class Commands:
    """``outboard netbalance`` with settings in ``folder``."""

    def __init__(self, folder: Path, neutron: FakeNeutron, **settings: Any) -> None:
        self.folder = folder
        self.daemons: list[subprocess.Popen[str]] = []
        lines = [
            "[host]", f'run_dir = "{folder}/run"', f'state_dir = "{folder}/state"',
            "[cloud]", 'name = "envvars"', "[netbalance]", "moves_per_minute = 60000",
        ]  # fmt: skip
        lines += [f"{key} = {value!r}" for key, value in settings.items()]
        (folder / "outboard.toml").write_text(
            "\n".join(lines).replace("True", "true").replace("False", "false")
        )
        self.environment = os.environ | neutron.served.environment()
        self.environment["OUTBOARD_CONFIG"] = str(folder / "outboard.toml")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One command to its end."""
        return subprocess.run(
            [sys.executable, "-m", "outboard", "netbalance", *arguments], env=self.environment,
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip

    def daemon(self) -> subprocess.Popen[str]:
        """``run``, in the background."""
        with (self.folder / "daemon.log").open("a") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "outboard", "netbalance", "run"], env=self.environment,
                stderr=log, stdout=log, text=True,
            )  # fmt: skip
        self.daemons.append(process)
        return process

    def log(self) -> str:
        """What the daemons said."""
        return (self.folder / "daemon.log").read_text()

    def close(self) -> None:
        """End what still runs."""
        for process in self.daemons:
            process.kill()
            process.wait()


def until(condition: Callable[[], object], seconds: float = 120.0) -> float:
    """Wait; how long it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "in vain"
        time.sleep(0.02)
    return time.monotonic() - began
