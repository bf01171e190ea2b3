"""Exit statuses on disk, one small file for each life of a guest that ended.

As conmon and containerd's shim keep them for containers: what is in a file outlives everybody who could
have told. Several processes may keep the same one, because all of them write the same.
"""

import contextlib
import os
import re
import time
from pathlib import Path

_KEPT = 1000
_POLL = 0.02


def key_of(uuid: str, started: str) -> str:
    """Guest and start of its life, as in libvirt's log: the name of a file."""
    return f"{uuid}.{re.sub('[^0-9]', '', started)[:17] or '0'}"


class Records:
    """``folder`` belongs to this boot; the newest thousand are kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, key: str, status: int) -> None:
        """Keep a wait status. Raises ``OSError``."""
        self._folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        path = self._folder / key
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        try:
            os.pwrite(handle, f"{status:08d}\n".encode(), 0)  # of fixed width: at once, whoever else writes
        finally:
            os.close(handle)
        self._trim()

    def status(self, key: str, wait: float = 0.0) -> int | None:
        """The wait status, if it comes within ``wait`` seconds."""
        end = time.monotonic() + wait
        while (status := self._read(key)) is None and time.monotonic() < end:
            time.sleep(_POLL)
        return status

    def _read(self, key: str) -> int | None:
        try:
            return int((self._folder / key).read_text("ascii"))
        except (OSError, ValueError):
            return None  # not there, not yet whole, or nobody's number

    def _trim(self) -> None:
        with contextlib.suppress(FileNotFoundError):  # another one trims as well
            files = sorted(self._folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)
            for path in files[:-_KEPT]:
                path.unlink()
