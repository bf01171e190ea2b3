"""A host made of files: ``/sys`` and ``/proc`` with CPUs, nodes, PCI devices and their vectors."""

import itertools
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from outboard.cpus import format_cpus, parse_cpus
from outboard.files import read_attribute
from outboard.host import Host


@dataclass(frozen=True, slots=True)
class Topology:
    """NUMA node -> its CPUs."""

    nodes: Mapping[int, frozenset[int]]

    @classmethod
    def of(cls, nodes: int, cpus: int, *, interleaved: bool = False) -> "Topology":
        """``cpus`` CPUs on each of ``nodes``; interleaved: numbered across them, as some firmware does."""
        every = range(nodes * cpus)
        if interleaved:
            return cls({node: frozenset(every[node::nodes]) for node in range(nodes)})
        return cls({node: frozenset(every[node * cpus : (node + 1) * cpus]) for node in range(nodes)})

    @property
    def cpus(self) -> frozenset[int]:
        """All of them."""
        return frozenset().union(*self.nodes.values())


class FakeHost:
    """Files below ``root`` that look like the kernel's. What a test changes, it changes through this.

    ``idle``: microseconds that each idle state of a CPU takes to wake from. Without it CPUs have no
    folders: most of a large host's files, and nothing to interrupts.
    """

    def __init__(self, root: Path, topology: Topology, *, idle: tuple[int, ...] | None = None) -> None:
        self.sysfs = root / "sys"
        self.procfs = root / "proc"
        self.topology = topology
        self._numbers = itertools.count(40)
        self._everywhere = format_cpus(topology.cpus)
        _file(self.procfs / "irq/default_smp_affinity", "ff")
        _file(self.procfs / "sys/kernel/random/boot_id", "6a1f6c1e-0000-4000-8000-000000000001")
        for node, cpus in topology.nodes.items():
            _file(self.sysfs / f"devices/system/node/node{node}/cpulist", format_cpus(cpus))
        self.set_online(topology.cpus)
        for cpu in topology.cpus if idle is not None else ():
            folder = self.sysfs / f"devices/system/cpu/cpu{cpu}"
            _file(folder / "power/pm_qos_resume_latency_us", "0")
            for state, wait in enumerate(idle or ()):
                _file(folder / f"cpuidle/state{state}/latency", str(wait))
        (self.sysfs / "bus/pci/devices").mkdir(parents=True)

    @property
    def host(self) -> Host:
        """As the services see it."""
        return Host(self.sysfs, self.procfs)

    def set_online(self, cpus: frozenset[int]) -> None:
        """These CPUs are online."""
        _file(self.sysfs / "devices/system/cpu/online", format_cpus(cpus))

    def latency(self, cpu: int) -> str:
        """What the CPU's resume latency is."""
        return read_attribute(self.latency_file(cpu))

    def latency_file(self, cpu: int) -> Path:
        """The setting of a CPU."""
        return self.sysfs / f"devices/system/cpu/cpu{cpu}/power/pm_qos_resume_latency_us"

    def add_device(
        self, address: str, node: int | None = None, *, vectors: int = 0, virtual: bool = True
    ) -> list[int]:
        """A PCI device, a virtual function unless told otherwise; its vectors."""
        folder = self.sysfs / "bus/pci/devices" / address
        _file(folder / "numa_node", str(-1 if node is None else node))
        _file(folder / "irq", "0")
        if virtual:
            (folder / "physfn").symlink_to("../0000:00:00.0")
        return self.add_vectors(address, vectors) if vectors else []

    def add_vectors(self, address: str, count: int) -> list[int]:
        """Vectors come, anywhere at first, in the kernel's order: they are the device's, then usable."""
        irqs = list(itertools.islice(self._numbers, count))
        for irq in irqs:
            _file(self.sysfs / "bus/pci/devices" / address / f"msi_irqs/{irq}", "msix")
            self.add_irq(irq)
        return irqs

    def add_irq(self, irq: int, handler: str = "") -> None:
        """A place in ``/proc/irq``, whole at once as the kernel makes it."""
        making = self.procfs / f".irq{irq}"
        _file(making / "smp_affinity_list", self._everywhere)
        if handler:
            (making / handler).mkdir()
        os.rename(making, self.procfs / f"irq/{irq}")  # noqa: PTH104

    def remove_vectors(self, address: str) -> None:
        """The device's driver lets go of all of them."""
        folder = self.sysfs / "bus/pci/devices" / address / "msi_irqs"
        for irq in folder.iterdir():
            shutil.rmtree(self.procfs / "irq" / irq.name)
        shutil.rmtree(folder)

    def add_netdev(self, name: str, address: str) -> None:
        """The network device of a function that keeps its driver on the host."""
        folder = self.sysfs / "class/net" / name
        folder.mkdir(parents=True)
        (folder / "device").symlink_to(self.sysfs / "bus/pci/devices" / address)

    def add_vdpa(self, name: str, address: str) -> None:
        """A vhost-vdpa device of a function."""
        device = self.sysfs / "bus/pci/devices" / address / f"vdpa{name}"
        (device / name).mkdir(parents=True)
        bus = self.sysfs / "bus/vdpa/devices"
        bus.mkdir(parents=True, exist_ok=True)
        (bus / device.name).symlink_to(device)

    def affinity(self, irq: int) -> frozenset[int]:
        """Where a vector may go."""
        return parse_cpus(read_attribute(self.affinity_file(irq)))

    def affinity_file(self, irq: int) -> Path:
        """The setting of a vector."""
        return self.procfs / f"irq/{irq}/smp_affinity_list"


def _file(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n")
