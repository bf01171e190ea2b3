"""The host's kernel as files: where ``/sys`` and ``/proc`` are, CPUs, NUMA nodes, the boot."""

from dataclasses import dataclass
from pathlib import Path

from outboard.cpus import parse_cpus
from outboard.errors import InputError
from outboard.files import read_attribute, write_attribute


@dataclass(frozen=True, slots=True)
class Host:
    """Reads and writes below two roots, which are settings: a container mounts them elsewhere."""

    sysfs: Path = Path("/sys")
    procfs: Path = Path("/proc")

    def write(self, path: Path | str, value: str) -> None:
        """Set an attribute. Raises ``OSError`` as the kernel refuses it."""
        write_attribute(path, value)

    def online_cpus(self) -> frozenset[int] | None:
        """The CPUs that are online; ``None`` when the host does not say."""
        try:
            return parse_cpus(read_attribute(self.sysfs / "devices/system/cpu/online"))
        except (OSError, InputError):
            return None

    def cpu_nodes(self) -> dict[int, int]:
        """CPU -> NUMA node. Empty on a kernel without NUMA; a node we cannot read is left out."""
        nodes: dict[int, int] = {}
        for folder in (self.sysfs / "devices/system/node").glob("node[0-9]*"):
            try:
                cpus = parse_cpus(read_attribute(folder / "cpulist"))
                nodes.update(dict.fromkeys(cpus, int(folder.name.removeprefix("node"))))
            except (OSError, InputError, ValueError):
                continue
        return nodes

    def boot_id(self) -> str:
        """Names this boot: what was written to the kernel before another one is gone."""
        try:
            return read_attribute(self.procfs / "sys/kernel/random/boot_id")
        except OSError:
            return ""

    def boot_time(self) -> float:
        """When this boot began, in seconds of the clock; 0 when the host does not say."""
        try:
            for line in (self.procfs / "stat").read_text().splitlines():
                if line.startswith("btime "):
                    return float(line.split()[1])
        except (OSError, ValueError, IndexError):
            pass
        return 0.0
