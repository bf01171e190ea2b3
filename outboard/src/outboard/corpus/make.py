"""Many different guests from a number: 1 to 64 vCPUs, 1 to 4 cells, every policy, several devices."""

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from outboard.corpus.guests import CellPlan, DevicePlan, Guest, Policy
from outboard.corpus.host import FakeHost, Topology
from outboard.cpus import format_cpus
from outboard.domain import DeviceKind

_SIZES = (1, 2, 3, 4, 5, 8, 12, 16, 32, 48, 64)


@dataclass(frozen=True, slots=True)
class Case:
    """A host with one guest, and how many vectors each of its devices has: at first, and later."""

    topology: Topology
    guest: Guest
    vectors: dict[str, tuple[int, int]]

    def lay(self, host: FakeHost) -> None:
        """Put the devices into the host, with the vectors that are there at first."""
        for device in self.guest.devices:
            host.add_device(device.address, device.node, vectors=self.vectors[device.address][0])
            if device.kind is DeviceKind.DIRECT:
                host.add_netdev(device.source, device.address)
            elif device.kind is DeviceKind.VDPA:
                host.add_vdpa(device.source.removeprefix("/dev/"), device.address)


def cases(seed: int, count: int) -> Iterator[Case]:
    """The same for the same ``seed``."""
    chance = random.Random(seed)  # noqa: S311
    for number in range(count):
        yield _case(chance, number)


def _case(chance: random.Random, number: int) -> Case:
    nodes = chance.choice((1, 2, 4))
    topology = Topology.of(nodes, chance.choice((32, 64)), interleaved=chance.random() < 0.5)
    policy = chance.choices(list(Policy), (6, 3, 1))[0]
    room = sum(len(cpus) for cpus in topology.nodes.values()) - 2 * nodes
    vcpus = chance.choice([size for size in _SIZES if size <= room])
    cells = _cells(chance, topology, policy, vcpus)
    tells = chance.random() < 0.7
    mask, specs = None, {}
    own = sorted({vcpu for cell in cells for vcpu in cell.dedicated})
    if own and tells and chance.random() < 0.3:
        mask = frozenset(chance.sample(own, chance.randint(1, len(own))))
        specs["outboard:irq_vcpus"] = format_cpus(mask)
    devices = tuple(_devices(chance, topology))
    vectors = {device.address: (chance.randint(0, 8), chance.randint(0, 4)) for device in devices}
    guest = Guest(
        uuid=str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        name=f"instance-{number + 1:08x}",
        policy=policy,
        cells=cells,
        devices=devices,
        extra_specs=specs,
        mask=mask,
        tells_extra_specs=tells,
        tells_cells=len(cells) > 1 or policy is not Policy.SHARED,  # who is pinned has a topology
    )
    return Case(topology, guest, vectors)


def _cells(chance: random.Random, topology: Topology, policy: Policy, vcpus: int) -> tuple[CellPlan, ...]:
    """vCPUs in equal cells on different nodes. CPUs 0 and 1 of a node are its shared pool."""
    pools = {node: sorted(cpus)[:2] for node, cpus in topology.nodes.items()}
    free = {node: sorted(cpus)[2:] for node, cpus in topology.nodes.items()}
    counts = [n for n in (1, 2, 4) if n <= len(free) and vcpus % n == 0 and vcpus // n <= len(free[0])]
    nodes = chance.sample(sorted(free), chance.choice(counts))
    per_cell = vcpus // len(nodes)
    plans = []
    for number, node in enumerate(nodes):
        mine = range(number * per_cell, (number + 1) * per_cell)
        dedicated = len(mine) if policy is Policy.DEDICATED else 0
        if policy is Policy.MIXED and vcpus > 1:
            dedicated = chance.randint(0 if number else 1, len(mine))
        chosen = chance.sample(free[node], dedicated)
        shared = frozenset(mine[dedicated:])
        plans.append(CellPlan(node, dict(zip(mine, chosen, strict=False)), shared, frozenset(pools[node])))
    return tuple(plans)


def _devices(chance: random.Random, topology: Topology) -> Iterator[DevicePlan]:
    for number in range(chance.randint(1, 6)):
        address = f"0000:{chance.randint(0x10, 0xEF):02x}:{number:02x}.{chance.randint(0, 7)}"
        node = None if chance.random() < 0.1 else chance.choice(sorted(topology.nodes))
        kind = chance.choices(list(DeviceKind), (4, 4, 1, 1))[0]
        sources = {DeviceKind.DIRECT: f"ens{number}f0v1", DeviceKind.VDPA: f"/dev/vhost-vdpa-{number}"}
        yield DevicePlan(kind, address, node, sources.get(kind, ""))
