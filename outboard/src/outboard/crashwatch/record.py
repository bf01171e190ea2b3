"""A crash as it is kept in the spool and told to others."""

from enum import StrEnum
from typing import Any

import msgspec


class Stage(StrEnum):
    """How far a crash is."""

    NEW = "new"  # recorded
    ASKED = "asked"  # nova is (or may have been) asked to bring the guest up
    RECOVERED = "recovered"  # the guest runs again
    GAVE_UP = "gave-up"  # too many crashes, or nova refuses
    IGNORED = "ignored"  # not ours to recover; ``why`` says whose


AGREED = "agreed"  # result of an attempt that nova took on
FINAL = frozenset({Stage.RECOVERED, Stage.GAVE_UP, Stage.IGNORED})


class Attempt(msgspec.Struct, frozen=True):
    """One request to nova. Written before it is sent, so ``result`` is empty if we died in between."""

    at: float  # seconds of the clock
    action: str
    result: str = ""


class Crash(msgspec.Struct, frozen=True):
    """One life of a guest that ended badly, or may have. ``key`` is the same for whoever finds it."""

    key: str
    uuid: str
    name: str
    host: str
    started: str  # as in libvirt's log
    ended: str
    reason: str
    recorded: float  # seconds of the clock
    ending: str = "crashed"  # or "unknown": nobody saw whether it was one
    tail: tuple[str, ...] = ()  # QEMU's last words
    stage: Stage = Stage.NEW
    why: str = ""
    attempts: tuple[Attempt, ...] = ()
    told: tuple[str, ...] = ()  # "sink:what", for each that took it

    def events(self) -> dict[str, dict[str, Any]]:
        """What there is to tell by now: the crash, then its outcome."""
        base = {
            "key": self.key,
            "guest": self.uuid,
            "domain": self.name,
            "host": self.host,
            "started": self.started,
            "ended": self.ended,
            "reason": self.reason,
        }
        first = "crash" if self.ending == "crashed" else "unknown"
        events: dict[str, dict[str, Any]] = {first: {"event": first, **base, "log": list(self.tail)}}
        if self.stage in FINAL:
            events["outcome"] = {
                "event": "outcome",
                **base,
                "outcome": self.stage.value,
                "why": self.why,
                "attempts": len(self.attempts),
            }
        return events
