"""Be there when guests' processes end, whatever libvirt and the others are doing meanwhile.

libvirt writes a guest's process id into a file of ``/run/libvirt/qemu`` before QEMU runs: from then on a
pidfd is held. The life that it belongs to is looked up in libvirt's log when it has ended: the last one
that had begun when the file was written.
"""

import contextlib
import os
import re
import select
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from inotify_simple import INotify, flags

from outboard.exits.pidfd import exit_status
from outboard.exits.qemu_log import QemuLogs, stamp
from outboard.exits.records import Records, key_of

# The file's time is that of the kernel's tick, which may be a little behind the time in libvirt's log.
_TICK = 0.05
_SOON = 0.02  # until a process is looked at again that is about to become QEMU, or to be reaped
_MOMENT = 10.0  # either takes no longer
_LOOK = 5.0  # between two looks at all files, should the folder have been replaced under us
_LOOK_OURSELVES = 0.5  # and where the kernel does not tell of changes
_GUEST = re.compile(rb"[0-9a-f-]{36}")
_CHANGES = flags.CREATE | flags.MODIFY | flags.MOVED_TO | flags.ONLYDIR


@dataclass(slots=True)
class _Process:
    name: str
    handle: int
    since: float  # of the monotonic clock: when it was found, then when it had ended
    uuid: str = ""  # until it is known to be a QEMU
    ended: bool = False

    @property
    def for_long(self) -> bool:
        return time.monotonic() - self.since > _MOMENT


class ExitWatch:
    """``runs`` is where libvirt keeps process ids. ``trouble`` is told what goes wrong, in words."""

    def __init__(
        self,
        runs: Path,
        logs: Path,
        procfs: Path,
        records: Records,
        trouble: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._runs = runs
        self._logs = QemuLogs(logs, 0)
        self._procfs = procfs
        self._records = records
        self._trouble = trouble
        self._processes: dict[tuple[int, float], _Process] = {}  # by number, and when its file was written
        self._end = threading.Event()
        self._wake, self._woken = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)

    def run(self, alive: Callable[[], None] = lambda: None) -> None:
        """Until ``end``; ``alive`` is called with every turn, the first time when all guests are held."""
        with contextlib.ExitStack() as stack:
            changes = None
            try:
                changes = stack.enter_context(INotify())
            except OSError as error:
                self._trouble(f"no inotify, guests are looked for every {_LOOK_OURSELVES} s: {error}")
            look_at = 0.0
            while not self._end.is_set():
                if time.monotonic() >= look_at:
                    look_at = time.monotonic() + (_LOOK if _follows(changes, self._runs) else _LOOK_OURSELVES)
                    self._look()
                self._turn()
                alive()
                if self._wait(changes, look_at):
                    self._look()

    def end(self) -> None:
        """Let ``run`` return soon; from a signal's handler, or another thread."""
        self._end.set()
        os.write(self._woken, b"x")

    def _wait(self, changes: INotify | None, until: float) -> bool:
        """Until something happens; whether it was in the folder."""
        poll = select.poll()
        poll.register(self._wake, select.POLLIN)
        if changes is not None:
            poll.register(changes, select.POLLIN)
        soon = False
        for process in self._processes.values():
            if not process.ended:
                poll.register(process.handle, select.POLLIN)
            soon |= process.ended or not (process.uuid or process.for_long)
        happened = dict(poll.poll(1000 * (_SOON if soon else max(0.0, until - time.monotonic()))))
        if changes is None or changes.fileno() not in happened:
            return False
        changes.read(timeout=0)
        return True

    def _look(self) -> None:
        """Hold what is new in the folder."""
        for path in self._runs.glob("*.pid"):
            with contextlib.suppress(OSError, ValueError):
                known = int(path.read_text("ascii")), path.stat().st_mtime
                if known not in self._processes:
                    handle = os.pidfd_open(known[0])
                    self._processes[known] = _Process(path.stem, handle, time.monotonic())

    def _turn(self) -> None:
        for (pid, written), process in list(self._processes.items()):
            if not process.uuid and not process.for_long:
                process.uuid = self._guest(pid)
            if not process.ended and _over(process.handle):
                process.ended, process.since = True, time.monotonic()
            if process.ended and (not process.uuid or self._settled(process, written) or process.for_long):
                del self._processes[pid, written]
                os.close(process.handle)

    def _settled(self, process: _Process, written: float) -> bool:
        """Keep how it ended; whether that is known."""
        status = exit_status(process.handle)
        if status is None:
            return False
        try:
            begun = stamp(written + _TICK)
            lives = [life for life in self._logs.lives(process.name) if life.start <= begun]
            if lives:  # else virtlogd is a little behind
                self._records.keep(key_of(process.uuid, lives[-1].start), status)
        except OSError as error:
            self._trouble(f"how a guest ended cannot be kept: {error}")
            return True
        return bool(lives)

    def _guest(self, pid: int) -> str:
        """Of which guest it is the QEMU; not yet, or never (a number of another process): empty."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            words = (self._procfs / str(pid) / "cmdline").read_bytes().split(b"\0")
            uuid = words[words.index(b"-uuid") + 1]
            return uuid.decode("ascii") if _GUEST.fullmatch(uuid) else ""
        return ""


def _follows(changes: INotify | None, folder: Path) -> bool:
    """Have the kernel tell of changes in the folder, also when it is another one by now."""
    if changes is None:
        return False
    try:
        changes.add_watch(folder, _CHANGES)
    except OSError:
        return False  # there is no libvirt yet
    return True


def _over(handle: int) -> bool:
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    return bool(poll.poll(0))
