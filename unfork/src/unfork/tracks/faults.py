"""Dying on purpose: the tests kill a rebase at each of its steps, in a real process.

``UNFORK_DIE_AT=N`` kills the process at its N-th step boundary, ``kill -9``; without it nothing happens.
"""

import os
import signal
from itertools import count

VARIABLE = "UNFORK_DIE_AT"
_passed = count(1)


def boundary(name: str) -> None:
    """A place between two steps."""
    wanted = os.environ.get(VARIABLE)
    if wanted is None:
        return
    number = next(_passed)
    if wanted == "list":
        os.write(2, f"boundary {number}: {name}\n".encode())
    elif wanted == str(number):
        os.kill(os.getpid(), signal.SIGKILL)
