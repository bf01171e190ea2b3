"""A network namespace with a view of the file system of its own, kept by one process of the bed.

None of it has a name outside of the bed: when the bed's process 1 goes, the processes in the namespace go,
with them the namespace, and with that its devices and the far ends of its cables.
Nothing is to be cleaned up.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from testbed.errors import BedError
from testbed.waiting import Processes

# Seconds to wait for anything. Two cores with nothing else to do have nine agents up in forty.
PATIENCE = 400.0
# A /run of its own: agents on two hosts give the same names to namespaces, and iptables locks a file there.
# A /sys of its own shows the namespace's devices.
_SETUP = (
    "mount -t tmpfs -o mode=0755 tmpfs /run && mkdir /run/netns && mount -t sysfs sysfs /sys && "
    'hostname "$0" && ip link set lo up && touch /run/ready && exec sleep infinity'
)


class Namespace:
    """A machine on the bed's wires, as far as networking can tell."""

    def __init__(self, processes: Processes, name: str) -> None:
        """Start it. ``name`` is its host name and that of its process in the bed."""
        self.name = name
        self.processes = processes
        self.pid = processes.start(
            name, ["unshare", "--net", "--mount", "--uts", "sh", "-c", _SETUP, name], _environment(processes)
        )
        processes.wait(name, lambda: self._ready(), name, seconds=PATIENCE)

    def run(self, *words: str | Path, inside: str | None = None) -> str:
        """The output of a command here, or in the namespace ``inside`` of this one. Raises ``BedError``."""
        argv = [*self._enter(inside), *words]
        outcome = self.processes.control.run(argv, _environment(self.processes), timeout=120)
        if outcome.status:
            command = " ".join(str(word) for word in words)
            raise BedError(f"{self.name}: {command}: ended with {outcome.status}\n{outcome.output.rstrip()}")
        return outcome.output

    def start(
        self,
        name: str,
        argv: Sequence[str | Path],
        env: Mapping[str, str] | None = None,
        *,
        inside: str | None = None,
    ) -> None:
        """Start a process here that stays; the bed calls it ``NAMESPACE-name``."""
        words = [*self._enter(inside), *argv]
        self.processes.start(self.process(name), words, {**_environment(self.processes), **(env or {})})

    def process(self, name: str) -> str:
        """What the bed calls a process that was started here."""
        return f"{self.name}-{name}"

    def _enter(self, inside: str | None) -> list[str]:
        here = ["nsenter", f"--target={self.pid}", "--net", "--mount", "--uts", "--"]
        return [*here, "ip", "netns", "exec", inside] if inside else here

    def _ready(self) -> bool:
        argv = [*self._enter(None), "test", "-e", "/run/ready"]
        return self.processes.control.run(argv, _environment(self.processes)).status == 0


def _environment(processes: Processes) -> dict[str, str]:
    # Agents find their helpers by name, in the venv and where Debian has what only root runs.
    return {"PATH": f"{processes.layout.venv}/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
