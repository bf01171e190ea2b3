"""A host as hostguard sees it: what is wished, what was observed, what is to be done. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

# How a service's disabled_reason and an agent's description begin when we switched it off. All else that is
# off was switched off by somebody, and stays so.
OURS = "outboard hostguard: "
_KEPT = " | "  # what an agent's description was before


class Desired(StrEnum):
    """What is wished of a host."""

    ENABLED = "enabled"
    DRAINED = "drained"
    FAILED = "failed"
    ABSENT = "absent"


class State(StrEnum):
    """What a host has come to."""

    PREPARED = "prepared"  # it is there, and its gates are not open yet
    ENABLED = "enabled"
    DRAINING = "draining"
    DRAINED = "drained"
    FAILED = "failed"
    ABSENT = "absent"


class Wish(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is wished of one host, and what its gates wait for."""

    state: Desired
    fenced: bool = False  # somebody vouches that the failed host is off
    aggregates: tuple[str, ...] = ()  # nova's; the host is added where it is missing
    bridge_mappings: Mapping[str, str] = {}  # physical network -> bridge, as its L2 agent must report
    agents: tuple[str, ...] = ()  # types of agents that must be there, beside [hostguard] agents


@dataclass(frozen=True, slots=True)
class Service:
    """The nova-compute of a host as nova lists it."""

    id: str
    enabled: bool
    up: bool
    forced_down: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Agent:
    """One of neutron's agents on a host."""

    id: str
    kind: str  # "DHCP agent", ...
    alive: bool = True
    enabled: bool = True  # admin_state_up
    description: str = ""
    mappings: Mapping[str, str] = field(default_factory=dict)  # bridge_mappings of an L2 agent

    @property
    def ours(self) -> bool:
        """Whether it is off, and by us."""
        return not self.enabled and self.description.startswith(OURS)


@dataclass(frozen=True, slots=True)
class Guest:
    """A server on a host."""

    id: str
    status: str
    busy: bool = False  # nova is doing something to it


class Question(StrEnum):
    """What costs a request or a process, and is only asked where the answer decides."""

    INVENTORY = "inventory"  # whether its resource provider has any
    SCRIPT = "script"  # the gate of the operator's own
    HOSTED = "hosted"  # what its agents host
    GUESTS = "guests"
    FENCED = "fenced"


@dataclass(frozen=True, slots=True)
class View:
    """One look at a host. Answers to questions are ``None`` while they have not been asked."""

    host: str
    service: Service | None = None
    agents: tuple[Agent, ...] = ()
    mapped: bool = False  # to a cell, and nova knows its hypervisor
    member: frozenset[str] = frozenset()  # aggregates it is in
    aggregates: frozenset[str] = frozenset()  # those there are
    inventory: bool | None = None
    script: str | None = None  # "" for open, else why not
    hosted: Mapping[str, int] | None = None  # agent: networks and routers on it
    guests: tuple[Guest, ...] | None = None
    fenced: bool | None = None


class Act(StrEnum):
    """A write, or what leads to writes."""

    AGGREGATE = "add to aggregate"
    RAISE = "clear forced down"
    FORCE_DOWN = "force down"
    AGENT_UP = "agent up"
    AGENT_DOWN = "agent down"
    ENABLE = "enable"
    DISABLE = "disable"
    DRAIN = "move networks"
    MIGRATE = "live-migrate"
    EVACUATE = "evacuate"
    NOTIFY = "notify masakari"
    DELETE_SERVICE = "delete service"
    DELETE_AGENT = "delete agent"


@dataclass(frozen=True, slots=True)
class Step:
    """One of them; ``of`` is an agent, a server or an aggregate."""

    act: Act
    of: str = ""
    value: str = ""  # reason or description to set


@dataclass(frozen=True, slots=True)
class Gate:
    """One condition for enabling. ``closed`` says why it is not open; empty: it is open."""

    name: str
    closed: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a host is, what is to be done now in this order, and what has to be known first."""

    state: State
    steps: tuple[Step, ...] = ()
    waits: str = ""  # for what, where it is not as wished and nothing is to be done
    ask: frozenset[Question] = frozenset()
    gates: tuple[Gate, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """What the settings say about all hosts."""

    agents: tuple[str, ...] = ()  # types that must be on every host
    agents_down: frozenset[str] = frozenset({"DHCP agent", "L3 agent"})  # types that go down with the host
    new_reasons: tuple[str, ...] = ("New compute service disabled due to config option.",)
    new_agents: bool = False  # neutron makes new agents down (enable_new_agents = False)
    network: bool = True  # there is a neutron whose agents count
    script: bool = False  # there is a gate of the operator's own
    migrate: bool = False  # guests of a drained host are live-migrated
    wait_guests: bool = False  # a host is drained once it has no guests
    evacuate: str = "none"  # none, nova, masakari
    parallel: int = 2  # guests moved at a time from one host
    tries: int = 3  # of an evacuation or a migration of one guest


def marked(description: str, word: str) -> str:
    """The description of an agent that goes down, from what it was."""
    return f"{OURS}{word}{_KEPT}{description}" if description else f"{OURS}{word}"


def unmarked(description: str) -> str:
    """The description it had before."""
    return description.partition(_KEPT)[2] if description.startswith(OURS) else description
