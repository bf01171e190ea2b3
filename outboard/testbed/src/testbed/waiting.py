"""Start processes of the bed and wait until each answers; an end before that is told with its log's tail."""

import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from testbed.control import Control, Outcome
from testbed.errors import BedError, tail
from testbed.layout import Layout

PATIENCE = 120.0  # seconds for one part; a machine that is shared has slow moments
_PAUSE = 0.1


class Processes:
    """The processes of one bed, in the environment of its services."""

    def __init__(self, control: Control, layout: Layout) -> None:
        self.control = control
        self.layout = layout

    def start(self, name: str, argv: Sequence[str | Path], env: Mapping[str, str] | None = None) -> int:
        """Start a process that stays; its id inside the bed."""
        return self.control.start(name, argv, {**self.layout.environment, **(env or {})})

    def run(self, name: str, argv: Sequence[str | Path], timeout: float = 300.0) -> Outcome:
        """Run a command that must succeed; its output is added to ``log/NAME.log``."""
        outcome = self.control.run(argv, self.layout.environment, timeout)
        log = self.layout.log / f"{name}.log"
        with log.open("a") as stream:
            stream.write(outcome.output)
        if outcome.status:
            raise BedError(f"{name} ended with {outcome.status}\n{tail(log)}")
        return outcome

    def wait(self, what: str, ready: Callable[[], bool], *needs: str, seconds: float = PATIENCE) -> None:
        """Until ``ready``. Raises when that takes too long or one of the processes it ``needs`` ends."""
        end = time.monotonic() + seconds
        while not ready():
            self.check(*needs)
            if time.monotonic() > end:
                logs = "\n".join(tail(self.layout.log / f"{name}.log") for name in needs)
                raise BedError(f"{what}: not within {seconds:.0f} s\n{logs}")
            time.sleep(_PAUSE)

    def check(self, *needs: str) -> None:
        """Raise when one of them has ended."""
        states = {state.name: state for state in self.control.processes()}
        for name in needs:
            state = states.get(name)
            if state is None or not state.alive:
                ended = f"ended with {state.status}" if state else "is not there"
                raise BedError(f"{name} {ended}\n{tail(self.layout.log / f'{name}.log')}")


def listens(port: int) -> bool:
    """Whether somebody accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def answers(url: str) -> bool:
    """Whether an API gives an answer that is not an error of its own."""
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE):  # noqa: S310  # an address of ours
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False
