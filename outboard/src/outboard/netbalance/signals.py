"""What a host manager says of hosts, in a file: all processes of a controller see it."""

import fcntl
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from outboard.state import StateFile

FORMAT = 1


class HostMark(StrEnum):
    """What was said of a host. One that returned has no mark."""

    FAILED = "failed"  # it is off: what it hosted is served by nobody
    DRAINING = "draining"  # it serves, and is to be empty


class Marks:
    """The file of marks. ``changed`` says whether another process or thread wrote it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        self._path = folder / "netbalance-hosts.json"
        self._file = StateFile(self._path, dict[str, HostMark], number=FORMAT)
        self._seen: object = None

    def read(self) -> Mapping[str, HostMark]:
        """Host: mark. Raises ``InputError`` where it is refused."""
        self._seen = self._stamp()
        return self._file.load() or {}

    def set(self, host: str, mark: HostMark | None) -> bool:
        """Mark a host, or take its mark away; whether that changed anything. Raises ``OSError``."""
        with self._path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # the daemon and commands write it
            marks = dict(self._file.load() or {})
            if marks.get(host) is mark:
                return False
            if mark is None:
                del marks[host]
            else:
                marks[host] = mark
            self._file.save(marks)
        return True

    def changed(self) -> bool:
        """Whether the file is another one than was read."""
        return self._stamp() != self._seen

    def _stamp(self) -> object:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size
