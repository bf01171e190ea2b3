"""Which ends of a guest have not been seen yet. Pure.

libvirt's log tells every end in order; where it tells none (no right to read it, no such file), libvirt's
event or its present state has to do.
"""

from dataclasses import dataclass

import msgspec

from outboard.exits.qemu_log import Life

# virDomainEventStoppedDetailType and virDomainShutoffReason: the numbers of libvirt's ABI.
STOPPED_CRASHED, STOPPED_FAILED = 2, 5
SHUTOFF_CRASHED = 3


class Known(msgspec.Struct, frozen=True):
    """The last life of a guest that was accounted for."""

    name: str
    start: str
    ended: bool


@dataclass(frozen=True, slots=True)
class Sight:
    """What libvirt says of a guest now; ``detail`` is a STOPPED event's, ``reason`` a state's."""

    running: bool
    detail: int | None = None
    reason: int | None = None

    @property
    def crashed(self) -> bool:
        """Whether libvirt itself calls the last end a crash."""
        if self.detail is not None:
            return self.detail in (STOPPED_CRASHED, STOPPED_FAILED)
        return self.reason == SHUTOFF_CRASHED

    @property
    def as_reason(self) -> str:
        """The last end as libvirt's log would have it; empty when libvirt does not say."""
        if self.crashed:
            return "crashed"
        # 0 is a shutdown as the detail of an event, and unknown as the reason of a state.
        return "shutdown" if self.detail is not None or self.reason else ""


def unseen(
    known: Known | None, lives: tuple[Life, ...], sight: Sight, since: str, now: str
) -> tuple[Life, ...]:
    """The lives that ended and were not accounted for, oldest first.

    ``since`` bounds what is taken of a guest that was not known. Times are those of the log.
    """
    ended = [life for life in _later(known, lives, sight, since) if life.end]
    if _gone(sight) and _untold(known, lives, sight):
        start = lives[-1].start if lives else known.start if known else since
        # The log may be a moment behind libvirt's state: QEMU's last words count here too.
        ended.append(Life(start, now, sight.as_reason, lives[-1].tail if lives else ()))
    return tuple(ended)


def account(known: Known | None, name: str, lives: tuple[Life, ...], sight: Sight, now: str) -> Known:
    """What to remember after this look."""
    if lives:
        last = lives[-1]
        # A life that began after libvirt was asked is none that libvirt could have called ended.
        asked = known is None or known.start == last.start
        return Known(name, last.start, ended=bool(last.end) or (asked and not sight.running))
    if known is not None and known.ended != sight.running and not _gone(sight):
        return known
    start = known.start if known is not None and not sight.running else now
    return Known(name, start, ended=not sight.running)


def _gone(sight: Sight) -> bool:
    """Whether a life ended by libvirt's word; the guest may run again by now."""
    return not sight.running or sight.detail is not None


def _untold(known: Known | None, lives: tuple[Life, ...], sight: Sight) -> bool:
    """Whether the life libvirt calls ended has no end in the log."""
    if known is None:
        return not lives and sight.crashed
    if known.ended or (lives and sight.running):
        return False  # what runs is the last life of the log: the event was about an earlier one
    return not lives or (lives[-1].start <= known.start and not lives[-1].end)


def _later(known: Known | None, lives: tuple[Life, ...], sight: Sight, since: str) -> tuple[Life, ...]:
    """Lives from the known one on: by position, because a clock may jump."""
    if known is None:
        return tuple(life for life in lives if life.end >= since)
    for index in reversed(range(len(lives))):
        if lives[index].start == known.start:
            return lives[index + 1 if known.ended else index :]
    newer = tuple(life for life in lives if life.start > known.start)
    if not newer and not known.ended and not sight.running:
        return lives[-1:]  # it was first seen without its log
    return newer
