"""The command line: it parses, calls one function of ``commands`` and renders what that returns."""

from unfork.cli._boundary import run
from unfork.cli._main import unfork

__all__ = ["run", "unfork"]
