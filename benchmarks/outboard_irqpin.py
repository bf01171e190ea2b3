"""irqpin: the share of vectors on the right CPUs over generated guests, and how soon they get there.

    python benchmarks/outboard_irqpin.py [--guests N] [--starts N] [--agent DIR]

The guests are placed by ``outboard.corpus``, so the right answer is known without reading their XML. With
``--agent``, the folder that holds StarlingX's package ``pci_irq_affinity`` (its own modules, unmodified;
only its logger is replaced), the same guests are given to it, on the same host made of files. The times
are those of the real daemon on a real libvirtd (its test driver): from the end of the call that starts the
guest until the last vector is pinned, and from the moment a vector appears.
"""

import argparse
import importlib
import logging
import random
import sys
import tempfile
import time
import types
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import structlog
from bench.percentiles import percentiles
from bench.tmpfs import ON_TMPFS
from outboard.corpus import Case, CellPlan, DevicePlan, FakeHost, Guest, Policy, Topology, cases
from outboard.corpus.real_libvirt import RealLibvirt, missing, running
from outboard.cpus import format_cpus, parse_cpus
from outboard.domain import DeviceKind, parse_domain
from outboard.hypervisor import Census, Hypervisor
from outboard.irqpin import IrqPin, IrqPinSection
from outboard.irqpin.balancer import Balancer
from outboard.ledger import Ledger
from outboard.libvirt_events import Event
from prometheus_client import CollectorRegistry


def main() -> int:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--guests", type=int, default=1000, help="of the corpus (default 1000)")
    parser.add_argument("--seed", type=int, default=20, help="of the corpus (default 20)")
    parser.add_argument("--starts", type=int, default=200, help="guests started for the times (default 200)")
    parser.add_argument("--agent", type=Path, help="folder with StarlingX's package pci_irq_affinity")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    agent = _Agent(options.agent) if options.agent else None
    _shares(options.seed, options.guests, agent)
    if why := missing():
        print(f"times: not measured, {why}")
        return 0
    _times(options.starts)
    return 0


def _shares(seed: int, count: int, agent: "_Agent | None") -> None:
    """Vectors by kind of guest and device: how many, and how many of them are where they belong."""
    rows: dict[str, list[int]] = {name: [0, 0, 0] for name in _GROUPS}
    for case in cases(seed, count):
        ours = _irqpin(case)
        theirs = agent.run(case) if agent else {}
        for irq, placed in ours.items():
            row = rows[_group(case, placed.device)]
            row[0] += 1
            row[1] += placed.right
            row[2] += bool(theirs) and theirs[irq].right
    print(f"{count} guests, seed {seed}")
    print(f"{'vectors of':42}{'count':>7}{'irqpin right':>14}{'StarlingX agent right':>23}")
    for name, (vectors, right, other) in rows.items():
        share = f"{other / vectors:.1%}" if agent and vectors else "not run"
        print(f"{name:42}{vectors:7}{right / max(vectors, 1):14.1%}{share:>23}")


_GROUPS = (
    "VFIO near the guest, 1 or 2 CPUs wanted",
    "VFIO near the guest, 3 CPUs and more",
    "VFIO on no node or a node without CPUs",
    "macvtap and vDPA",
    "guests without own CPUs: left alone",
)


def _group(case: Case, device: DevicePlan) -> str:
    """StarlingX's agent is for VFIO devices on a node of the guest; its fault begins with 3 CPUs."""
    right = case.guest.right(device)
    if right is None:
        return _GROUPS[4]
    if device.kind in (DeviceKind.DIRECT, DeviceKind.VDPA):
        return _GROUPS[3]
    if device.node not in {cell.node for cell in case.guest.cells if cell.dedicated}:
        return _GROUPS[2]
    return _GROUPS[0 if len(right) < 3 else 1]


@dataclass(frozen=True, slots=True)
class _Placed:
    """A vector after the run."""

    device: DevicePlan
    right: bool


@contextmanager
def _laid(case: Case) -> Iterator[FakeHost]:
    with tempfile.TemporaryDirectory(dir=ON_TMPFS) as folder:
        fake = FakeHost(Path(folder), case.topology)
        case.lay(fake)
        yield fake


def _late(case: Case, fake: FakeHost) -> None:
    for device in case.guest.devices:
        fake.add_vectors(device.address, case.vectors[device.address][1])


def _placed(case: Case, fake: FakeHost) -> dict[int, _Placed]:
    found = {}
    for device in case.guest.devices:
        right = case.guest.right(device) or case.topology.cpus
        for path in (fake.sysfs / "bus/pci/devices" / device.address).glob("msi_irqs/*"):
            found[int(path.name)] = _Placed(device, fake.affinity(int(path.name)) == right)
    return found


def _irqpin(case: Case) -> dict[int, _Placed]:
    with _laid(case) as fake:
        balancer = Balancer(fake.host, Path("/nowhere"), "ban")
        service = IrqPin(fake.host, Ledger(None), IrqPinSection(), balancer, CollectorRegistry())
        service.level(Census((parse_domain(case.guest.xml()),)))
        _late(case, fake)
        service.tick()
        return _placed(case, fake)


class _Agent:
    """StarlingX's agent without its bus and its loop: what it does for one guest, as its driver calls it."""

    def __init__(self, folder: Path) -> None:
        sys.path.insert(0, str(folder))
        log = types.ModuleType("pci_irq_affinity.log")
        log.LOG = logging.getLogger("pci_irq_affinity")  # type: ignore[attr-defined]
        log.LOG.addHandler(logging.NullHandler())
        log.LOG.propagate = False
        sys.modules["pci_irq_affinity.log"] = log
        self._guest = importlib.import_module("pci_irq_affinity.guest")
        self._instance = importlib.import_module("pci_irq_affinity.instance")
        self._utils = importlib.import_module("pci_irq_affinity.utils")

    def run(self, case: Case) -> dict[int, _Placed]:
        """Place the guest's vectors, all of them present: its audit for late ones raises, see the card."""
        with _laid(case) as fake:
            _late(case, fake)
            vars(self._utils)["COMPUTE_PCI_DEVICES"] = str(fake.sysfs / "bus/pci/devices")
            vars(self._utils)["COMPUTE_IRQ"] = str(fake.procfs / "irq")
            specs = dict(case.guest.extra_specs)
            if "outboard:irq_vcpus" in specs:
                specs["hw:pci_irq_affinity_mask"] = specs["outboard:irq_vcpus"]
            instance = self._instance.instance(case.guest.uuid, case.guest.name, specs)
            instance.update(self._guest.get_guest_domain_info(_Dom(case)))
            if instance.get_cpu_policy() == "dedicated":
                for device in instance.get_pci_devices():
                    try:
                        self._utils.set_irqs_affinity_by_pci_address(
                            device.address, specs, instance.get_numa_topology()
                        )
                    except Exception:  # noqa: BLE001, S112  # as its driver does: logs, goes on
                        continue
            return _placed(case, fake)


class _Dom:
    """The part of virDomain that it reads."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._pins = parse_domain(case.guest.xml()).pins

    def UUIDString(self) -> str:  # noqa: N802
        return self._case.guest.uuid

    def info(self) -> list[int]:
        return [1, 65536, 65536, self._case.guest.vcpus, 0]

    def vcpus(self) -> tuple[Any, list[tuple[bool, ...]]]:
        every = range(max(self._case.topology.cpus) + 1)
        maps = [tuple(cpu in self._pins[vcpu] for cpu in every) for vcpu in range(self._case.guest.vcpus)]
        return [], maps

    def XMLDesc(self, _flags: int) -> str:  # noqa: N802
        return self._case.guest.xml()


def _times(starts: int) -> None:
    """Start guests on a real libvirtd beside the real daemon."""
    chance = random.Random(1)  # noqa: S311
    with tempfile.TemporaryDirectory(dir=ON_TMPFS) as name:
        folder = Path(name)
        fake = FakeHost(folder / "host", Topology.of(2, 64))
        real = RealLibvirt(folder / "libvirt")
        keeper = Hypervisor(real.uri("test", read_only=True), SimpleQueue[Event]())
        keeper.connect()
        try:
            import libvirt

            config = folder / "outboard.toml"
            config.write_text(
                f'[host]\nlibvirt_uri = "{real.uri("test", read_only=True)}"\nsysfs = "{fake.sysfs}"\n'
                f'procfs = "{fake.procfs}"\nrun_dir = "{folder}/run"\n'
            )
            connection = libvirt.open(real.uri("test"))
            first, late = [], []
            with running("irqpin", config, folder / "log"):
                for number in range(1, starts + 1):
                    right = frozenset(chance.sample(sorted(fake.topology.nodes[1]), 4))
                    guest = _guest(number, right)
                    irqs = fake.add_device(guest.devices[0].address, 1, vectors=16)
                    domain = connection.createXML(guest.xml("test"))
                    first.append(_until(fake, irqs, right))
                    time.sleep(chance.random())  # anywhere between two ticks
                    late.append(_until(fake, fake.add_vectors(guest.devices[0].address, 4), right))
                    domain.destroy()
            connection.close()
        finally:
            keeper.close()
            real.close()
    print(f"\n{starts} guests of 16 vectors, 4 more later, on a real libvirtd")
    print(f"guest started -> last present vector pinned: {percentiles(first)}")
    print(f"late vectors -> pinned:                      {percentiles(late)}")


def _guest(number: int, cpus: frozenset[int]) -> Guest:
    device = DevicePlan(DeviceKind.HOSTDEV, f"0000:{number // 32 + 16:02x}:{number % 32:02x}.0", 1)
    cell = CellPlan(1, dict(enumerate(sorted(cpus))))
    name, uuid = f"instance-{number:08x}", f"{number:08x}-1111-4111-8111-111111111111"
    return Guest(uuid, name, Policy.DEDICATED, (cell,), (device,))


def _until(fake: FakeHost, irqs: list[int], cpus: frozenset[int]) -> float:
    """Seconds until all may go to exactly these."""
    start = time.monotonic()
    wanted = format_cpus(cpus)
    for irq in irqs:
        while format_cpus(parse_cpus(fake.affinity_file(irq).read_text().partition("\n")[0])) != wanted:
            if time.monotonic() - start > 30:
                raise RuntimeError(f"vector {irq} was never pinned")
            time.sleep(0.0005)
    return time.monotonic() - start


if __name__ == "__main__":
    sys.exit(main())
