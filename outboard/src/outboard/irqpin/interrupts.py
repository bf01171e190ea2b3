"""The vectors of PCI devices as the kernel shows them."""

import os
import re
from pathlib import Path

from outboard.cpus import parse_cpus
from outboard.domain import Device
from outboard.errors import InputError
from outboard.files import read_attribute
from outboard.host import Host

_PCI = re.compile(r"[0-9a-f]{4,8}:[0-9a-f]{2}:[0-1][0-9a-f]\.[0-7]")


class Interrupts:
    """Reads ``/sys`` for whose a vector is, and ``/proc/irq`` for where it goes."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._devices = host.sysfs / "bus/pci/devices"
        self._irq = str(host.procfs / "irq")  # text: thousands of names are made below it

    def names(self) -> list[str]:
        """All there are now, in the order of the kernel. Raises ``OSError``."""
        return os.listdir(self._irq)  # noqa: PTH208  # names are all we need, every second

    def address(self, device: Device) -> str | None:
        """The PCI address of a device; ``None`` where its vectors are not the guest's alone.

        A macvtap or vDPA device leads to the function it sits on. Only a virtual function belongs to one
        guest: a physical one also serves the host.
        """
        if device.address:
            return device.address
        if device.source.startswith("/dev/"):
            links = list((self._host.sysfs / "bus/vdpa/devices").glob(f"*/{Path(device.source).name}"))
            link = links[0] if len(links) == 1 else None
        else:
            link = self._host.sysfs / "class/net" / device.source / "device"
        if link is None:
            return None
        function = next((part for part in reversed(link.resolve().parts) if _PCI.fullmatch(part)), None)
        if function is None or not (self._devices / function / "physfn").is_symlink():
            return None
        return function

    def node(self, address: str) -> int | None:
        """The device's NUMA node; ``None`` when it has none (the kernel says -1)."""
        try:
            number = int(read_attribute(self._devices / address / "numa_node"))
        except (OSError, ValueError):
            return None
        return number if number >= 0 else None

    def of(self, address: str) -> tuple[int, ...]:
        """The device's vectors; those that nobody uses have no ``affinity``.

        Without MSI the one line it has, if no other device shares it. Raises ``OSError`` for what is not
        the device's or its vectors' absence.
        """
        try:
            names = os.listdir(self._devices / address / "msi_irqs")  # noqa: PTH208
        except (FileNotFoundError, NotADirectoryError):
            names = []
        irqs = sorted(int(name) for name in names if name.isascii() and name.isdigit())
        return tuple(irqs) or self._line(address)

    def _line(self, address: str) -> tuple[int, ...]:
        try:
            irq = int(read_attribute(self._devices / address / "irq"))
            # Handlers are folders beside the attributes, named by their drivers: vfio-intx(0000:81:00.0).
            with os.scandir(f"{self._irq}/{irq}") as entries:
                handlers = [entry.name for entry in entries if entry.is_dir()]
        except (OSError, ValueError):
            return ()
        return (irq,) if irq > 0 and len(handlers) == 1 and address in handlers[0] else ()

    def affinity(self, irq: int) -> frozenset[int] | None:
        """Where it may go; ``None`` when nobody uses it, or it does not say."""
        try:
            return parse_cpus(read_attribute(self._list(irq)))
        except (OSError, InputError):
            return None

    def move(self, irq: int, cpus: str) -> None:
        """Let it go to a list of CPUs. Raises ``OSError`` as the kernel refuses: EIO for one that cannot."""
        self._host.write(self._list(irq), cpus)

    def _list(self, irq: int) -> str:
        return f"{self._irq}/{irq}/smp_affinity_list"
