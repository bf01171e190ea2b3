"""What tells how a guest's lives ended: libvirt's log of it, its process, and what libvirt said meanwhile."""

import time
from dataclasses import asdict, replace
from pathlib import Path

import structlog

from outboard.crashwatch.endings import STOPPED_CRASHED, Sight
from outboard.crashwatch.evidence import Clues, Ending, judge
from outboard.crashwatch.settings import CrashWatchSection
from outboard.exits import Records, key_of
from outboard.exits.qemu_log import Life, QemuLogs, seconds
from outboard.logs import Once

_KEPT_WITHIN = 2.0  # after its end: a parent that reaps it late, a witness that has much to do


class Witness:
    """One for all guests of the host."""

    def __init__(self, section: CrashWatchSection, exits: Records) -> None:
        self._logs = QemuLogs(Path(section.qemu_logs), section.tail_lines)
        self._driver = Path(section.qemu_runs) / "driver.pid"
        self._exits = exits
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

    def shuts_down(self, uuid: str, start: str) -> None:
        """libvirt said so in the life that began at ``start``; empty: it goes on after all."""
        self._shutting[uuid] = start

    def ending(self, uuid: str, life: Life, sight: Sight) -> Ending:
        """How that life ended; waits a little for what has just ended."""
        key = key_of(uuid, life.start)
        clues = Clues(
            self._exits.status(key),
            shutdown=self._shutting.get(uuid) == life.start,
            panicked=sight.detail == STOPPED_CRASHED,
            libvirtd=self._libvirtd_started(),
        )
        if judge(life, clues) is Ending.UNKNOWN and clues.status is None:
            clues = replace(clues, status=self._exits.status(key, _left(life)))
        if (ending := judge(life, clues)) is Ending.UNKNOWN:
            self._log.info("no clue tells how a guest ended", guest=uuid, ended=life.end, **asdict(clues))
        return ending

    def _libvirtd_started(self) -> float | None:
        """When the running libvirtd (or virtqemud) did, in seconds of the clock; ``None``: not told."""
        try:
            started = self._driver.stat().st_mtime
        except OSError:
            if self._once.new("libvirtd", ""):
                self._log.warning("nothing says when libvirtd started, its word on crashes is believed")
            return None
        self._once.over("libvirtd")
        return started

    def forget(self, uuid: str, name: str) -> None:
        """The guest is gone from this host."""
        self._logs.forget(name)
        self._shutting.pop(uuid, None)


def _left(life: Life) -> float:
    """Of the time in which the status of a life's process is kept by somebody."""
    try:
        return max(0.0, min(_KEPT_WITHIN, seconds(life.end) + _KEPT_WITHIN - time.time()))
    except ValueError:
        return 0.0
