"""The results of one repetition, and that they are its own."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from unfork.checking.results import LARGEST, Result, read_results
from unfork.checking.unreadable import UnreadableError
from unfork.model.plan import ResultFormat

_CLOCK = 2.0  # seconds by which a file system's clock may be behind, or coarser than, ours

Mark = tuple[int, int, int, int] | None  # inode, size, time of the content, time of any change


@dataclass(frozen=True, slots=True)
class Source:
    """Where a check leaves its results."""

    path: Path  # a file; with stestr its repository
    form: ResultFormat

    def mark(self) -> Mark:
        """What tells the present file from the next one; ``None`` when there is none."""
        return _mark(self._latest())

    def _latest(self) -> Path | None:
        if self.form is not ResultFormat.STESTR:
            return self.path
        # stestr numbers its runs and writes the number of the next one down.
        try:
            following = int((self.path / "next-stream").read_text(encoding="ascii", errors="replace")[:20])
        except (OSError, ValueError):
            return None
        return self.path / str(following - 1)

    def read(self, before: Mark, began: float, root: Path) -> dict[str, Result]:
        """The results that were written since ``before`` was taken, at ``began`` (seconds, epoch).

        Raises ``UnreadableError`` for none, for those of another run and for what is no plain file.
        """
        path = self._latest()
        if path is None:
            raise UnreadableError(f"stestr has no run in {self.path}")
        try:
            file = open_plain(path)
        except FileNotFoundError as error:
            raise UnreadableError(f"it wrote no {path.name}") from error
        except OSError as error:
            raise UnreadableError(f"{path.name}: {error.strerror}") from error
        with file:
            about = os.fstat(file.fileno())
            if before is not None and _values(about) == before:
                raise UnreadableError(f"{path.name} is of another run: this one did not write it")
            if about.st_mtime < began - _CLOCK:
                raise UnreadableError(f"{path.name} is of another run: it is older than this one")
            if about.st_size > LARGEST:
                raise UnreadableError(f"{path.name} is larger than {LARGEST >> 20} MB")
            if about.st_size == 0:
                raise UnreadableError(f"{path.name} is empty")
            return read_results(file, self.form, root=root)


def open_plain(path: Path) -> IO[bytes]:
    """Open a file to read; raises ``UnreadableError`` for a pipe, a device or a folder, and never waits."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise UnreadableError(f"{path.name} is no plain file")
    return os.fdopen(handle, "rb")


def _mark(path: Path | None) -> Mark:
    try:
        return _values(path.stat()) if path is not None else None
    except OSError:
        return None


def _values(about: os.stat_result) -> tuple[int, int, int, int]:
    return about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns
