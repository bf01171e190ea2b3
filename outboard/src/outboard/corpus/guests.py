"""A guest as nova's libvirt driver writes it, built from where it was placed: so the true answer is known.

The form follows ``nova/virt/libvirt/config.py`` and ``driver.py`` of 33.0.0: single-CPU ``vcpupin`` for
dedicated vCPUs, lists for shared ones, ``memnode`` and cells, host devices, and the metadata.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from lxml import etree

from outboard.cpus import format_cpus
from outboard.domain import DeviceKind

_NOVA = "http://openstack.org/xmlns/libvirt/nova/1.1"


class Policy(StrEnum):
    """nova's CPU policies."""

    DEDICATED = "dedicated"
    MIXED = "mixed"
    SHARED = "shared"


@dataclass(frozen=True, slots=True)
class CellPlan:
    """A cell placed on a node of the host: dedicated vCPU -> CPU, and shared vCPUs with their pool."""

    node: int
    dedicated: Mapping[int, int] = field(default_factory=dict)
    shared: frozenset[int] = frozenset()
    pool: frozenset[int] = frozenset()

    @property
    def vcpus(self) -> frozenset[int]:
        """All of the cell's."""
        return self.shared | self.dedicated.keys()


@dataclass(frozen=True, slots=True)
class DevicePlan:
    """A device on a node of the host (``None``: on none)."""

    kind: DeviceKind
    address: str
    node: int | None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Guest:
    """A placed guest."""

    uuid: str
    name: str
    policy: Policy
    cells: tuple[CellPlan, ...]
    devices: tuple[DevicePlan, ...] = ()
    flavor: str = "rt.large"
    extra_specs: Mapping[str, str] = field(default_factory=dict)
    mask: frozenset[int] | None = None  # the vCPUs its flavor names for vectors
    tells_extra_specs: bool = True  # nova 33.0.0 and later
    tells_cells: bool = True

    @property
    def vcpus(self) -> int:
        """How many."""
        return sum(len(cell.vcpus) for cell in self.cells)

    @property
    def dedicated(self) -> dict[int, int]:
        """vCPU -> CPU of its own."""
        return {vcpu: cpu for cell in self.cells for vcpu, cpu in cell.dedicated.items()}

    def right(self, device: DevicePlan) -> frozenset[int] | None:
        """The CPUs for the device's vectors by how the guest was placed; ``None``: not ours to set."""
        own = self.dedicated
        if not own:
            return None
        if self.mask is not None and self.tells_extra_specs:
            return frozenset(own[vcpu] for vcpu in self.mask)
        near = frozenset(
            cpu for cell in self.cells if cell.node == device.node for cpu in cell.dedicated.values()
        )
        return near or frozenset(own.values())

    def xml(self, kind: str = "kvm") -> str:
        """What libvirt gives for it; ``kind`` is the type of the domain."""
        domain = etree.Element("domain", type=kind, nsmap=None)
        _text(domain, "name", self.name)
        _text(domain, "uuid", self.uuid)
        self._metadata(etree.SubElement(domain, "metadata"))
        _text(domain, "memory", "65536", unit="KiB")
        _text(domain, "vcpu", str(self.vcpus), placement="static")
        tune = etree.SubElement(domain, "cputune")
        for vcpu, cpus in sorted(self._pins().items()):
            etree.SubElement(tune, "vcpupin", vcpu=str(vcpu), cpuset=format_cpus(cpus))
        pinned = frozenset().union(*self._pins().values())
        etree.SubElement(tune, "emulatorpin", cpuset=format_cpus(pinned))
        if self.tells_cells:
            self._numa(domain)
        _text(etree.SubElement(domain, "os"), "type", "hvm")
        devices = etree.SubElement(domain, "devices")
        for number, device in enumerate(self.devices):
            _device(devices, device, number)
        return str(etree.tostring(domain, encoding="unicode", pretty_print=True))

    def _pins(self) -> dict[int, frozenset[int]]:
        pins = {vcpu: frozenset({cpu}) for vcpu, cpu in self.dedicated.items()}
        pins.update({vcpu: cell.pool for cell in self.cells for vcpu in cell.shared})
        return pins

    def _numa(self, domain: etree._Element) -> None:
        tune = etree.SubElement(domain, "numatune")
        nodes = format_cpus({cell.node for cell in self.cells})
        etree.SubElement(tune, "memory", mode="strict", nodeset=nodes)
        for number, cell in enumerate(self.cells):
            etree.SubElement(tune, "memnode", cellid=str(number), mode="strict", nodeset=str(cell.node))
        numa = etree.SubElement(etree.SubElement(domain, "cpu"), "numa")
        for number, cell in enumerate(self.cells):
            memory = str(65536 // len(self.cells))
            cpus = format_cpus(cell.vcpus)
            etree.SubElement(numa, "cell", id=str(number), cpus=cpus, memory=memory, unit="KiB")

    def _metadata(self, metadata: etree._Element) -> None:
        instance = etree.SubElement(metadata, f"{{{_NOVA}}}instance", nsmap={"nova": _NOVA})
        etree.SubElement(instance, f"{{{_NOVA}}}package", version="33.0.0")
        _text(instance, f"{{{_NOVA}}}name", f"server of {self.name}")
        flavor = etree.SubElement(instance, f"{{{_NOVA}}}flavor", name=self.flavor, id="7")
        _text(flavor, f"{{{_NOVA}}}vcpus", str(self.vcpus))
        if self.tells_extra_specs:
            specs = etree.SubElement(flavor, f"{{{_NOVA}}}extraSpecs")
            for name, value in (self._policy_specs() | dict(self.extra_specs)).items():
                _text(specs, f"{{{_NOVA}}}extraSpec", value, name=name)

    def _policy_specs(self) -> dict[str, str]:
        specs = {"hw:cpu_policy": self.policy.value}
        if self.policy is Policy.MIXED:
            specs["hw:cpu_dedicated_mask"] = format_cpus(self.dedicated)
        return specs


def _text(parent: etree._Element, tag: str, text: str, **attributes: str) -> None:
    etree.SubElement(parent, tag, attributes).text = text


def _device(devices: etree._Element, device: DevicePlan, number: int) -> None:
    if device.kind is DeviceKind.HOSTDEV:
        element = etree.SubElement(devices, "hostdev", mode="subsystem", type="pci", managed="yes")
        etree.SubElement(element, "driver", name="vfio")
        etree.SubElement(etree.SubElement(element, "source"), "address", _address(device.address))
        return
    kinds = {DeviceKind.INTERFACE: "hostdev", DeviceKind.DIRECT: "direct", DeviceKind.VDPA: "vdpa"}
    element = etree.SubElement(devices, "interface", type=kinds[device.kind])
    etree.SubElement(element, "mac", address=f"52:54:00:00:{number // 256:02x}:{number % 256:02x}")
    source = etree.SubElement(element, "source")
    if device.kind is DeviceKind.INTERFACE:
        element.set("managed", "yes")
        etree.SubElement(element, "driver", name="vfio")
        etree.SubElement(source, "address", {"type": "pci"} | _address(device.address))
    else:
        source.set("dev", device.source)
        if device.kind is DeviceKind.DIRECT:
            source.set("mode", "passthrough")


def _address(text: str) -> dict[str, str]:
    domain, bus, rest = text.split(":")
    slot, function = rest.split(".")
    return {"domain": f"0x{domain}", "bus": f"0x{bus}", "slot": f"0x{slot}", "function": f"0x{function}"}
