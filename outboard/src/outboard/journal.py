"""What was begun and may not have ended: a file of lines that survives a kill between two halves of a step.

The order: ``begin`` is on disk before the first half, ``end`` is written after the second. What is open in
the file at the next start was cut off, and is repaired. A line that is half written was never acted on.
"""

import os
from pathlib import Path
from typing import Generic, TypeVar

import msgspec
import structlog

from outboard.errors import InputError
from outboard.files import write_atomically

T = TypeVar("T")

# Lines of ended steps after which the file is made anew, once nothing is open.
_MOST_LINES = 2000


class Journal(Generic[T]):
    """Open entries by number. One process at a time; threads of it must not write at once."""

    def __init__(self, path: Path, kind: type[T]) -> None:
        """Read ``path``, or begin without one. Raises ``InputError`` where it cannot be read or written."""
        self._path = path
        self._open: dict[int, T] = {}
        self._next = 1
        self._lines = 0
        self._handle = -1
        self._log = structlog.get_logger(journal=str(path))
        try:
            path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            self._read(path.read_bytes() if path.exists() else b"", kind)
            self._rewrite()
        except OSError as error:
            raise InputError(f"cannot keep a journal: {error.strerror}", where=str(path)) from error

    def open(self) -> dict[int, T]:
        """What was begun and not ended, oldest first."""
        return dict(self._open)

    def begin(self, entry: T) -> int:
        """Write that ``entry`` is about to be done; on return it is on disk. Raises ``OSError``."""
        number = self._next
        self._append({"begin": number, "entry": entry})
        self._next += 1
        self._open[number] = entry
        return number

    def end(self, number: int) -> None:
        """Write that it is done, or undone. Raises ``OSError``."""
        if number not in self._open:
            return
        self._append({"end": number}, flush=False)  # lost in a crash, it is only looked at once more
        del self._open[number]
        if not self._open and self._lines > _MOST_LINES:
            self._rewrite()

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._handle)

    def _append(self, line: object, *, flush: bool = True) -> None:
        data = msgspec.json.encode(line) + b"\n"
        if os.write(self._handle, data) != len(data):
            # The disk is full. The half line must not join the next one.
            self._rewrite()
            raise OSError(28, "no space left for the journal")
        if flush:
            os.fdatasync(self._handle)
        self._lines += 1

    def _read(self, data: bytes, kind: type[T]) -> None:
        for number, line in enumerate(data.splitlines(), 1):
            try:
                whole = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
                if "end" in whole:
                    self._open.pop(msgspec.json.decode(whole["end"], type=int), None)
                else:
                    begun = msgspec.json.decode(whole["begin"], type=int)
                    self._open[begun] = msgspec.json.decode(whole["entry"], type=kind)
                    self._next = max(self._next, begun + 1)
            except (msgspec.MsgspecError, UnicodeDecodeError, KeyError) as error:
                self._log.error("line of the journal cannot be read, left out", line=number, why=str(error))

    def _rewrite(self) -> None:
        lines = [msgspec.json.encode({"begin": n, "entry": entry}) + b"\n" for n, entry in self._open.items()]
        write_atomically(self._path, b"".join(lines))
        if self._handle >= 0:
            os.close(self._handle)
        self._handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        self._lines = len(lines)
