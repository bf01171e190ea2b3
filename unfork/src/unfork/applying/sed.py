"""What a ``sed`` script makes of a text: GNU sed itself says, which alone knows its regular expressions.

Its ``--sandbox`` refuses to run commands and to read or write files (``e``, ``r``, ``w``). A script can
still loop or grow without end: time, memory and output are bounded.
"""

import resource
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress

_SECONDS = 5
_BOUNDS = {
    resource.RLIMIT_CPU: _SECONDS,
    resource.RLIMIT_AS: 512 * 2**20,
    resource.RLIMIT_FSIZE: 64 * 2**20,
}


class SedError(Exception):
    """The script could not be tried; the text says why. ``lasting``: it will be so tomorrow."""

    def __init__(self, why: str, *, lasting: bool = True) -> None:
        super().__init__(why)
        self.lasting = lasting


def run_sed(arguments: Sequence[str], text: bytes) -> bytes:
    """The text after the script. ``arguments`` are options without files; raises ``SedError``."""
    sed = shutil.which("gsed") or shutil.which("sed")
    if sed is None:
        raise SedError("there is no sed on this machine to try it with", lasting=False)
    with tempfile.TemporaryFile() as into:
        try:
            process = subprocess.Popen(
                [sed, "--sandbox", *arguments],
                stdin=subprocess.PIPE,
                stdout=into,
                stderr=subprocess.PIPE,
                env={"LC_ALL": "C.UTF-8"},
            )
        except (OSError, ValueError) as error:
            raise SedError(f"sed cannot be started: {error}") from error
        with process:
            _bound(process.pid)  # it waits for its input until then
            try:
                _, complaint = process.communicate(text, timeout=2 * _SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise SedError(f"its script did not end in {2 * _SECONDS} seconds") from None
        if process.returncode < 0:
            raise SedError("its script needs more time or space than a change of text does")
        if process.returncode:
            said = complaint.decode("utf-8", "replace").strip().splitlines()
            raise SedError(f"sed does not take its script: {said[0] if said else 'it says nothing'}")
        into.seek(0)
        return into.read()


def _bound(process: int) -> None:
    with suppress(ProcessLookupError):  # it has ended: it did not take its script
        for what, most in _BOUNDS.items():
            resource.prlimit(process, what, (most, most))
