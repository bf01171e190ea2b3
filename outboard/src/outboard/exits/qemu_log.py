"""libvirt's log of a guest: when QEMU was started, when and why it ended, what it said before.

libvirt writes ``TIME: starting up ...`` and ``TIME: shutting down, reason=WHY`` around QEMU's own words.
That is the only trace that outlives a restart of libvirtd, after which a stopped guest's reason is
"unknown". Times are UTC and of fixed width, so they compare as text.
"""

import os
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

_STAMP = r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\+0000): "
_START = re.compile(_STAMP + "starting up")
_END = re.compile(_STAMP + r"shutting down, reason=([a-z-]{1,40})")
_TAINTED = re.compile(_STAMP + r"Domain id=\d+ is tainted")
# Of the end of the file. Starting a guest writes a few kilobytes.
_READ = 262144
_LINE = 400


@dataclass(frozen=True, slots=True)
class Life:
    """QEMU from a start to its end; ``end`` and ``reason`` are empty while it runs."""

    start: str
    end: str = ""
    reason: str = ""
    tail: tuple[str, ...] = ()

    @property
    def terminated(self) -> bool:
        """Whether QEMU said that a signal asked it to end: with libvirtd away, that looks like a crash."""
        return any("terminating on signal" in line for line in self.tail[-3:])


def stamp(seconds: float) -> str:
    """A time of the clock as libvirt writes it."""
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return f"{text[:-3]}+0000"


def seconds(text: str) -> float:
    """The reverse. Raises ``ValueError``."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%f%z").timestamp()


def parse_lives(text: str, lines: int) -> tuple[Life, ...]:
    """The lives in a log, oldest first, each with up to ``lines`` of what QEMU said.

    An end without a start is a life that began at its end where the log begins with it (it was rotated or
    cut). Later on it is none: libvirtd that is killed right after it wrote an end writes it once more when
    it is back, and a start that fails ends without having begun.
    """
    lives: list[Life] = []
    start, said = "", list[str]()
    for line in text.splitlines():
        if begins := _START.match(line):
            if start:
                lives.append(Life(start))  # its end was never written
            start, said = begins[1], []
        elif ends := _END.match(line):
            if start or not lives:
                lives.append(Life(start or ends[1], ends[1], ends[2], tuple(said[-lines:] if lines else ())))
            start, said = "", []
        elif not _TAINTED.match(line) and not line.endswith(" \\") and not line.startswith("-msg "):
            said.append(line[:_LINE])
            if not start and lives:  # virtlogd got QEMU's words after libvirt's
                lives[-1] = replace(lives[-1], tail=(*lives[-1].tail, line[:_LINE])[-lines:] if lines else ())
    if start:
        lives.append(Life(start, tail=tuple(said[-lines:] if lines else ())))
    return tuple(lives)


class QemuLogs:
    """The logs of all guests of a host; a file that did not change is not read again."""

    def __init__(self, folder: Path, lines: int) -> None:
        self._folder = folder
        self._lines = lines
        self._known: dict[str, tuple[tuple[int, int, int], tuple[Life, ...]]] = {}

    def lives(self, name: str) -> tuple[Life, ...]:
        """Of the guest with this name. Raises ``OSError``; no log is no lives."""
        if "/" in name or name in ("", ".", ".."):
            return ()
        try:
            handle = os.open(
                self._folder / f"{name}.log",
                os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK,
            )
        except FileNotFoundError:
            return ()
        try:
            status = os.fstat(handle)
            mark = (status.st_ino, status.st_size, status.st_mtime_ns)
            known = self._known.get(name)
            if known is None or known[0] != mark:
                data = os.pread(handle, _READ, max(0, status.st_size - _READ))
                known = mark, parse_lives(data.decode("utf-8", "replace"), self._lines)
                self._known[name] = known
        finally:
            os.close(handle)
        return known[1]

    def forget(self, name: str) -> None:
        """The guest is gone from this host."""
        self._known.pop(name, None)
