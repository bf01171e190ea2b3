"""What can go wrong with the bed, and which log says why."""

from pathlib import Path

_TAIL = 25  # lines; a Python traceback with what led to it


class BedError(Exception):
    """The bed, or a part of it, does not do what it should."""


class MissingPartError(BedError):
    """A part that the bed is made of is not installed here and cannot be. Tests skip with it."""


def tail(log: Path, lines: int = _TAIL) -> str:
    """The last lines of a log, indented, under its name."""
    try:
        text = log.read_text(errors="replace").splitlines()[-lines:]
    except OSError:
        return f"{log}: no such log"
    return f"{log}:\n" + "\n".join(f"    {line[:300]}" for line in text)
