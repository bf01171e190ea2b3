"""What tells how a guest's lives ended: libvirt's log of it, its process, and what libvirt said meanwhile."""

from dataclasses import replace
from pathlib import Path

import structlog

from outboard.crashwatch.endings import STOPPED_CRASHED, Sight
from outboard.crashwatch.evidence import Clues, Ending, judge
from outboard.crashwatch.exits import Exits
from outboard.crashwatch.qemu_log import Life, QemuLogs
from outboard.crashwatch.settings import CrashWatchSection
from outboard.logs import Once

_REAPED_WITHIN = 2.0  # a dead process whose parent is slow


class Witness:
    """One for all guests of the host."""

    def __init__(self, section: CrashWatchSection, procfs: Path) -> None:
        self._logs = QemuLogs(Path(section.qemu_logs), section.tail_lines)
        self._exits = Exits(Path(section.qemu_runs), procfs)
        self._shutting: dict[str, str] = {}  # guest -> the life in which libvirt said that it shuts down
        self._once = Once()
        self._log = structlog.get_logger()

    def lives(self, name: str) -> tuple[Life, ...]:
        """By libvirt's log; none where it cannot be read."""
        try:
            lives = self._logs.lives(name)
        except OSError as error:
            if self._once.new("logs", error.errno):
                self._log.error("QEMU's log cannot be read, libvirt's word has to do", why=str(error))
            return ()
        if lives:
            self._once.over("logs")
        return lives

    def runs(self, uuid: str, name: str, start: str) -> None:
        """The guest runs the life that began at ``start``."""
        self._exits.watch(uuid, name, start)

    def shuts_down(self, uuid: str, start: str) -> None:
        """libvirt said so in the life that began at ``start``; empty: it goes on after all."""
        self._shutting[uuid] = start

    def ending(self, uuid: str, name: str, life: Life, sight: Sight) -> Ending:
        """How that life ended; waits a little for a process that nobody has reaped."""
        libvirtd = self._exits.libvirtd_started()
        if libvirtd is None and self._once.new("libvirtd", ""):
            self._log.warning("nothing says when libvirtd started, its word on crashes is believed")
        clues = Clues(
            self._exits.status(name, life.start, 0.0),
            shutdown=self._shutting.get(uuid) == life.start,
            panicked=sight.detail == STOPPED_CRASHED,
            libvirtd=libvirtd,
        )
        if judge(life, clues) is Ending.UNKNOWN and clues.status is None:
            clues = replace(clues, status=self._exits.status(name, life.start, _REAPED_WITHIN))
        return judge(life, clues)

    def forget(self, uuid: str, name: str) -> None:
        """The guest is gone from this host."""
        self._logs.forget(name)
        self._exits.forget(name)
        self._shutting.pop(uuid, None)
