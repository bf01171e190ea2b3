"""The command line: parses, starts a service, prints what it found. Nothing else prints."""

from outboard.cli._boundary import run
from outboard.cli._main import outboard

__all__ = ["outboard", "run"]
