"""What there is: each vector of a guest's devices, where it is and where it should be."""

from dataclasses import dataclass

from outboard.cpus import format_cpus
from outboard.domain import Domain
from outboard.host import Host
from outboard.irqpin import planner
from outboard.irqpin.interrupts import Interrupts
from outboard.irqpin.settings import IrqPinSection
from outboard.takeover import Change


@dataclass(frozen=True, slots=True)
class Place:
    """One vector of a guest: the CPUs it may go to ``now`` and those ``wanted``."""

    owner: str  # the guest's uuid
    address: str
    irq: int
    now: frozenset[int]
    wanted: frozenset[int]
    why: planner.Why

    @property
    def key(self) -> str:
        """Its name in the ledger: a number alone may be another device's tomorrow."""
        return f"{self.irq}@{self.address}"

    def change(self) -> Change:
        """What to write."""
        return Change(self.key, self.owner, format_cpus(self.now), format_cpus(self.wanted), self.address)


def vector_of(key: str) -> tuple[int, str]:
    """The vector and the device's address of a ``Place.key``."""
    irq, _, address = key.partition("@")
    return int(irq), address


class Vectors:
    """Vectors by key, see ``outboard.takeover.Attributes``."""

    def __init__(self, interrupts: Interrupts) -> None:
        self._interrupts = interrupts

    def read(self, key: str) -> str | None:
        """Where it may go; ``None`` when the device has it no longer."""
        irq, address = vector_of(key)
        now = self._interrupts.affinity(irq) if irq in self._interrupts.of(address) else None
        return None if now is None else format_cpus(now)

    def write(self, key: str, value: str) -> None:
        """Let it go to the CPUs of a list."""
        self._interrupts.move(vector_of(key)[0], value)


@dataclass(frozen=True, slots=True)
class Found:
    """A guest's vectors, and what has to be said about its devices: device -> remark."""

    places: tuple[Place, ...]
    remarks: dict[str, str]


class Survey:
    """Reads the host for a guest; writes nothing."""

    def __init__(self, host: Host, interrupts: Interrupts, section: IrqPinSection) -> None:
        self._host = host
        self._interrupts = interrupts
        self._section = section
        self._cpu_nodes = host.cpu_nodes()

    def refresh(self) -> None:
        """Read again which CPUs are near which node."""
        self._cpu_nodes = self._host.cpu_nodes()

    def of(self, domain: Domain) -> Found:
        """The vectors of a guest's devices. Raises ``OSError`` where the host cannot be read."""
        places: list[Place] = []
        remarks: dict[str, str] = {}
        online = self._host.online_cpus()
        for device in domain.devices:
            address = self._interrupts.address(device)
            if address is None:
                remarks[device.source] = "leads to no virtual function: its vectors are not the guest's alone"
                continue
            target = planner.target(
                domain, self._interrupts.node(address), self._cpu_nodes, self._mask(domain)
            )
            if target is None:
                continue
            if target.remark:
                remarks[address] = target.remark
            # The kernel refuses a set without a CPU that is online, and reports one without the others.
            cpus = target.cpus & online if online else target.cpus
            if not cpus:
                remarks[address] = "all CPUs for its vectors are offline"
                continue
            now = {
                irq: where
                for irq in self._interrupts.of(address)
                if (where := self._interrupts.affinity(irq)) is not None
            }
            spread = self._section.spread == "round-robin" and now
            wanted = planner.spread(now, cpus) if spread else dict.fromkeys(now, cpus)
            places.extend(
                Place(domain.uuid, address, irq, now[irq], wanted[irq], target.why) for irq in sorted(now)
            )
        return Found(tuple(places), remarks)

    def _mask(self, domain: Domain) -> str | None:
        """The vCPUs that the flavor, or the host's policy for it, names for vectors."""
        if domain.nova is None:
            return None
        for name in self._section.extra_specs:
            if name in domain.nova.extra_specs:
                return domain.nova.extra_specs[name]
        return self._section.flavors.get(domain.nova.flavor)
