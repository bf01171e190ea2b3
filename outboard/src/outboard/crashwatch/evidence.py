"""Was it a crash? What libvirt wrote, what QEMU said, how its process ended, who was there to see it. Pure.

libvirtd that was down while a QEMU ended writes "crashed" when it is back, whatever happened: also of a
guest that switched itself off a moment before. QEMU's last words tell a SIGTERM, mostly: one that arrives
while QEMU stops for its guest's power-off ends it without a word (7.2).
"""

import os
from dataclasses import dataclass
from enum import StrEnum

from outboard.exits.qemu_log import Life, seconds

# A libvirtd that has just started judges guests it did not see end; it is done with that within moments.
_RECONNECT = 10.0


class Ending(StrEnum):
    """How a life ended."""

    CRASHED = "crashed"
    ORDINARY = "ordinary"
    UNKNOWN = "unknown"  # it may have been either


@dataclass(frozen=True, slots=True)
class Clues:
    """What is known beside the log.

    ``status``: the process's wait status, where the kernel tells. ``shutdown``: libvirt said that the guest
    shuts down; ``panicked``: that it panicked. ``libvirtd``: when it started, in seconds of the clock;
    ``None``: nobody knows.
    """

    status: int | None = None
    shutdown: bool = False
    panicked: bool = False
    libvirtd: float | None = None


def judge(life: Life, clues: Clues) -> Ending:
    """How a life that libvirt calls ended did end. No clue to doubt a crash that libvirtd saw is none."""
    if life.reason not in ("crashed", "daemon", "unknown", ""):
        return Ending.ORDINARY
    if clues.panicked:
        return Ending.CRASHED
    if life.reason == "daemon":  # libvirtd ended what it could not reach
        return Ending.UNKNOWN
    if clues.status is not None and os.waitstatus_to_exitcode(clues.status) != 0:
        return Ending.CRASHED  # by a signal it does not handle, or by an error
    if life.terminated or clues.status is not None or clues.shutdown:
        # It ended by itself. With a libvirtd that was there all the time that is no shutdown: a panic.
        return Ending.CRASHED if life.reason == "crashed" and _saw_all(life, clues) else Ending.ORDINARY
    if life.reason == "crashed" and (clues.libvirtd is None or _saw_end(life, clues.libvirtd)):
        return Ending.CRASHED
    return Ending.UNKNOWN


def _saw_all(life: Life, clues: Clues) -> bool:
    return clues.libvirtd is not None and not clues.shutdown and clues.libvirtd < _time(life.start)


def _saw_end(life: Life, libvirtd: float) -> bool:
    return libvirtd < _time(life.start) or libvirtd < _time(life.end) - _RECONNECT


def _time(text: str) -> float:
    try:
        return seconds(text)
    except ValueError:
        return 0.0
