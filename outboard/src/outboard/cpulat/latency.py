"""How long a CPU may take to wake up, as the kernel's PM QoS has it.

Documentation/ABI/testing/sysfs-devices-power: ``0`` is no limit, ``n/a`` is no latency accepted, a number
is microseconds. So the strictest is ``n/a`` and the laxest is ``0``.
"""

from dataclasses import dataclass
from pathlib import Path

from outboard.errors import InputError
from outboard.files import read_attribute

_MOST = 2**31 - 2  # 2**31 - 1 is the kernel's own "no limit"


@dataclass(frozen=True, slots=True)
class Latency:
    """A policy's value. Either ``microseconds`` (0: none accepted) or that of an idle ``state``."""

    microseconds: int | None = None
    state: int | None = None

    @classmethod
    def parse(cls, text: str) -> "Latency":
        """``n/a``, microseconds, or ``state:N``. Raises ``InputError``."""
        if text == "n/a":
            return cls(microseconds=0)
        kind, colon, number = text.rpartition(":")
        if not number.isascii() or not number.isdigit() or len(number) > 10 or kind not in ("", "state"):
            raise InputError(f"no latency: {text!r}", hint="n/a, microseconds or state:N")
        if colon:
            return cls(state=int(number))
        if not 0 < int(number) <= _MOST:
            raise InputError(
                f"no latency: {text!r}", hint="0 means no limit to the kernel; n/a is none at all"
            )
        return cls(microseconds=int(number))

    def on(self, cpu: Path) -> int:
        """Microseconds on the CPU whose folder this is; 0: none accepted.

        A state it has not is its deepest; without any, 1, the least the kernel takes as a limit.
        """
        if self.microseconds is not None:
            return self.microseconds
        waits = idle_waits(cpu)
        return waits[min(self.state or 0, len(waits) - 1)] if waits else 1


def idle_waits(cpu: Path) -> list[int]:
    """Microseconds each idle state takes to wake from, in the order of the states."""
    waits: list[int] = []
    try:
        while True:
            waits.append(int(read_attribute(cpu / f"cpuidle/state{len(waits)}/latency")))
    except (OSError, ValueError):
        return waits


def as_kernel(microseconds: int) -> str:
    """What to write for a limit of so many."""
    return str(microseconds) if microseconds else "n/a"
