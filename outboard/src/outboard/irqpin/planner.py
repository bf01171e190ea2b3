"""Which CPUs a device's vectors belong on. Pure: a guest, the host's nodes and a policy in, CPUs out."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from outboard.cpus import format_cpus
from outboard.domain import Domain
from outboard.domain.model import vcpu_mask


class Why(StrEnum):
    """What a target follows from."""

    MASK = "mask"  # the flavor or the host's policy names vCPUs
    NODE = "node"  # the guest's CPUs on the device's NUMA node
    ANYWHERE = "anywhere"  # the device belongs to no node: all of the guest's CPUs
    OFF_NODE = "off-node"  # the guest has no CPU on the device's node: all of its CPUs


@dataclass(frozen=True, slots=True)
class Target:
    """CPUs for the vectors of one device. ``remark``: what was asked for and could not be had."""

    cpus: frozenset[int]
    why: Why
    remark: str = ""


def target(
    domain: Domain, node: int | None, cpu_nodes: Mapping[int, int], mask: str | None = None
) -> Target | None:
    """Where the vectors of a device on NUMA ``node`` go; ``None`` for a guest without CPUs of its own.

    A guest with several cells has CPUs on several nodes of the host; which are near the device is a fact
    of the host alone, so ``cpu_nodes`` decides and not the guest's own numbering of cells. ``mask`` names
    vCPUs and wins; one that is wrong is remarked and passed over.
    """
    pinned = domain.pinned()
    if not pinned:
        return None
    remark = ""
    if mask is not None:
        named = vcpu_mask(mask, domain.vcpus)
        chosen = frozenset(pinned[vcpu] for vcpu in named or () if vcpu in pinned)
        if chosen:
            return Target(chosen, Why.MASK)
        remark = f"{mask[:40]!r} names no pinned vCPU of the guest's {domain.vcpus}"
    every = frozenset(pinned.values())
    if node is None:
        return Target(every, Why.ANYWHERE, remark)
    near = frozenset(cpu for cpu in every if cpu_nodes.get(cpu) == node)
    if near:
        return Target(near, Why.NODE, remark)
    remark = remark or f"no CPU of {format_cpus(every)} is on the device's node {node}"
    return Target(every, Why.OFF_NODE, remark)


def spread(current: Mapping[int, frozenset[int]], cpus: frozenset[int]) -> dict[int, frozenset[int]]:
    """One CPU of ``cpus`` for each vector, as even as can be. ``current`` is vector -> CPUs now.

    Who is well placed stays: a second look at what this answered changes nothing, and a vector that comes
    late moves no other.
    """
    most = -(-len(current) // len(cpus))
    load: Counter[int] = Counter(dict.fromkeys(sorted(cpus), 0))
    placed: dict[int, frozenset[int]] = {}
    for irq, where in sorted(current.items()):
        cpu = next(iter(where)) if len(where) == 1 else None
        if cpu in cpus and cpu is not None and load[cpu] < most:
            load[cpu] += 1
            placed[irq] = where
    for irq in sorted(current.keys() - placed.keys()):
        cpu = min(load, key=lambda each: (load[each], each))
        load[cpu] += 1
        placed[irq] = frozenset({cpu})
    return placed
