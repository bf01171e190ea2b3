"""The nouns of a guest: its pinning, its NUMA cells, its host devices, what nova says of it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from outboard.cpus import parse_cpus
from outboard.errors import InputError


class DeviceKind(StrEnum):
    """How a device of the host is handed to the guest."""

    HOSTDEV = "hostdev"  # PCI passthrough, through VFIO
    INTERFACE = "interface"  # an SR-IOV function as network interface, through VFIO
    DIRECT = "direct"  # macvtap over an SR-IOV function that keeps its driver on the host
    VDPA = "vdpa"  # vhost-vdpa over an SR-IOV function that keeps its driver on the host


@dataclass(frozen=True, slots=True)
class Device:
    """A device of the host. ``address`` is its PCI address, or empty: then ``source`` leads to it."""

    kind: DeviceKind
    address: str = ""
    source: str = ""  # name of the network device, or path of the vhost-vdpa device


@dataclass(frozen=True, slots=True)
class Cell:
    """A NUMA cell of the guest and the host's nodes its memory is bound to (empty: not said)."""

    id: int
    vcpus: frozenset[int]
    nodes: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Nova:
    """nova's metadata. Extra specs and properties are written there since nova 33.0.0 (2026.1)."""

    name: str = ""
    flavor: str = ""
    extra_specs: Mapping[str, str] = field(default_factory=dict)
    image_properties: Mapping[str, str] = field(default_factory=dict)
    tells_extra_specs: bool = False  # whether that nova writes them at all


@dataclass(frozen=True, slots=True)
class Domain:
    """A guest. ``pins`` is vCPU -> the CPUs of the host it may run on, for vCPUs that have a list."""

    uuid: str
    name: str
    vcpus: int
    pins: Mapping[int, frozenset[int]] = field(default_factory=dict)
    cells: tuple[Cell, ...] = ()
    devices: tuple[Device, ...] = ()
    nova: Nova | None = None

    def pinned(self) -> dict[int, int]:
        """vCPU -> CPU for the vCPUs that have a CPU of their own.

        A list of one CPU is not yet that: a shared pool may have a single CPU on a node. Such a CPU
        serves several vCPUs, or nova's metadata says which vCPUs are shared.
        """
        dedicated = self._dedicated_by_nova()
        single = {vcpu: next(iter(cpus)) for vcpu, cpus in self.pins.items() if len(cpus) == 1}
        uses = Counter(single.values())
        return {
            vcpu: cpu
            for vcpu, cpu in sorted(single.items())
            if uses[cpu] == 1 and (dedicated is None or vcpu in dedicated)
        }

    def _dedicated_by_nova(self) -> frozenset[int] | None:
        """The vCPUs nova calls dedicated; ``None`` where it does not say."""
        if self.nova is None or not self.nova.tells_extra_specs:
            return None
        specs, image = self.nova.extra_specs, self.nova.image_properties
        every = frozenset(range(self.vcpus))
        policy = specs.get("hw:cpu_policy") or image.get("hw_cpu_policy")
        if policy == "dedicated":
            return every
        if policy != "mixed":  # "shared", or the old resources:PCPU, which says nothing here
            return frozenset() if policy == "shared" else None
        # With a real-time guest the vCPUs that are not real-time are the shared ones.
        mask = (
            specs.get("hw:cpu_dedicated_mask")
            or specs.get("hw:cpu_realtime_mask")
            or image.get("hw_cpu_realtime_mask")
        )
        return vcpu_mask(mask, self.vcpus) if mask else None


def vcpu_mask(text: str, vcpus: int) -> frozenset[int] | None:
    """The vCPUs a mask of nova names; a mask that begins with ``^`` takes from all of them.

    ``None`` when it is no mask, or names vCPUs the guest has not.
    """
    every = frozenset(range(vcpus))
    try:
        if text.lstrip().startswith("^"):
            text = f"0-{vcpus - 1},{text}"
        named = parse_cpus(text)
    except InputError:
        return None
    return named if named and named <= every else None
