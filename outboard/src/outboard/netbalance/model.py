"""What is balanced: agents, the networks and routers they host, and moves between them. No I/O."""

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What an agent hosts."""

    DHCP = "dhcp"  # networks
    L3 = "l3"  # routers


class Style(StrEnum):
    """How an item is moved: what has to be kept while it is."""

    DHCP = "dhcp"  # add, wait for the port, remove
    LEGACY = "legacy"  # one agent at a time: neutron refuses a second
    HA = "ha"  # add, wait for standby, remove
    DVR = "dvr"  # only the centralised part (SNAT) is on an agent


@dataclass(frozen=True, slots=True)
class Agent:
    """A DHCP or L3 agent as neutron lists it."""

    id: str
    kind: Kind
    host: str
    zone: str = ""
    alive: bool = True
    enabled: bool = True  # admin_state_up
    drained: bool = False  # its host is to be empty: no target, and what it hosts moves off

    @property
    def usable(self) -> bool:
        """Whether anything may be placed on it."""
        return self.alive and self.enabled and not self.drained


@dataclass(frozen=True, slots=True)
class Item:
    """A network with DHCP, or a router."""

    id: str
    kind: Kind
    style: Style
    name: str = ""
    weight: int = 1  # 1, or what it costs its agent (ports, interfaces)
    replicas: int = 1  # agents it should be on, before reachability lowers it
    floor: int = 1  # never fewer than this while one of them serves (HA: the least replicas)
    zones: tuple[str, ...] = ()  # availability_zone_hints
    # Agents that could serve it: an L2 agent alive on their host with its physical network or tunnel type.
    # Items of the same reach share one set (reachability.Reach): thousands of items, hundreds of agents each.
    reachable: frozenset[str] = frozenset()
    frozen_until: float = 0.0  # Unix seconds; it was moved lately and stays, unless its agent has to go


@dataclass(frozen=True, slots=True)
class State:
    """All of one cloud at one moment."""

    agents: dict[str, Agent]
    items: dict[str, Item]
    bindings: dict[str, frozenset[str]]  # item: agents
    active: dict[str, str] = field(default_factory=dict)  # HA router: the agent that is master


class Reason(StrEnum):
    """Why a move is made; in the order moves are made."""

    UNHOSTED = "unhosted"  # nothing serves it
    FAILED = "failed"  # its agent is dead or disabled
    REPLICAS = "replicas"  # fewer agents than it should have
    DRAIN = "drain"  # its host is to be empty
    UNREACHABLE = "unreachable"  # its agent's host does not reach its network
    ZONE = "zone"  # outside its hinted zones, or beside another replica while another zone has none
    SURPLUS = "surplus"  # more agents than it should have
    LOAD = "load"  # the load is uneven


@dataclass(frozen=True, slots=True)
class Move:
    """One item from ``source`` to ``target``; without a source only added, without a target only removed."""

    item: str
    source: str | None
    target: str | None
    reason: Reason


@dataclass(frozen=True, slots=True)
class Stuck:
    """An item that is not as it should be and cannot be mended by a move: named, never dropped."""

    item: str
    agent: str | None  # the agent it cannot leave
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do, in order, and what cannot be done."""

    moves: tuple[Move, ...]
    stuck: tuple[Stuck, ...]
    before: dict[str, int]  # agent: load, as sum of weights
    after: dict[str, int]
    least: dict[str, int]  # usable agent: its fair share, the load that items' reach and zones allow at best
    bound: int  # no plan that brings every agent to the same load or less has fewer moves
