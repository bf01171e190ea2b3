"""Which agents can serve a network or a router, from what layer-2 agents report. Pure; knows no client.

The rule is neutron's own (``check_segment_for_agent`` of its agent mechanism drivers): flat and VLAN
segments need their physical network in the host's bridge mappings, tunnels need their type, and a network
is reached by any one of its segments. A router needs all of its networks, its external one too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

# Agents whose bridges a DHCP server or a router can be plugged into. Device mappings of SR-IOV ("NIC Switch
# agent") and macvtap lead virtual functions into guests, and never count.
_WIRING = frozenset({"Open vSwitch agent", "Linux bridge agent", "OVN Controller agent",
                     "OVN Controller Gateway agent"})  # fmt: skip
_PHYSICAL = frozenset({"flat", "vlan"})


class Segment(NamedTuple):
    """A part of a network: ``provider:network_type`` and, of flat and VLAN, its physical network."""

    kind: str
    physical_network: str | None = None


@dataclass(frozen=True, slots=True)
class Wiring:
    """What a host's layer-2 agent connects."""

    host: str
    physical_networks: frozenset[str] = frozenset()
    tunnels: frozenset[str] = frozenset()

    def carries(self, segment: Segment) -> bool:
        """Whether the host is on this segment."""
        if segment.kind in _PHYSICAL:
            return segment.physical_network in self.physical_networks
        return segment.kind == "local" or segment.kind in self.tunnels


@dataclass(frozen=True, slots=True)
class RouterAgent:
    """An L3 agent, by what it takes."""

    host: str
    mode: str = "legacy"  # agent_mode: legacy, dvr_snat, dvr, dvr_no_external
    internal_only: bool = True  # handle_internal_only_routers
    external_network: str = ""  # gateway_external_network_id (neutron before 2023): no other is served

    def takes(self, *, distributed: bool, external_network: str | None) -> bool:
        """Whether such a router may be put on it.

        Agents in the two compute modes get their part of distributed routers from neutron, without a
        binding; it refuses (409) to bind any router to them, and a distributed one to a legacy agent.
        """
        if self.mode not in ("legacy", "dvr_snat") or (distributed and self.mode == "legacy"):
            return False
        if external_network is None:
            return self.internal_only
        return not self.external_network or self.external_network == external_network


def wiring(agent_type: str, host: str, configurations: Mapping[str, Any]) -> Wiring | None:
    """What an agent of ``GET /agents`` connects; ``None`` for a type that nothing of ours is plugged into."""
    if agent_type not in _WIRING:
        return None
    if agent_type.startswith("OVN"):  # "physnet:bridge,...", and tunnels are always Geneve
        pairs = str(configurations.get("bridge-mappings") or "").split(",")
        return Wiring(host, frozenset(p.partition(":")[0] for p in pairs if p), frozenset({"geneve"}))
    key = "bridge_mappings" if agent_type.startswith("Open") else "interface_mappings"
    mapped = {*_strings(configurations.get(key)), *_strings(configurations.get("bridge_mappings"))}
    return Wiring(host, frozenset(mapped), frozenset(_strings(configurations.get("tunnel_types"))))


def router_agent(host: str, configurations: Mapping[str, Any]) -> RouterAgent:
    """An L3 agent as it reports itself; what it does not report has neutron's default."""
    return RouterAgent(
        host,
        str(configurations.get("agent_mode") or "legacy"),
        bool(configurations.get("handle_internal_only_routers", True)),
        str(configurations.get("gateway_external_network_id") or ""),
    )


class Reach:
    """Answers for one cloud at one moment. Equal questions get the same set, not an equal one."""

    def __init__(
        self, wirings: Iterable[Wiring], dhcp: Mapping[str, str], l3: Mapping[str, RouterAgent]
    ) -> None:
        """``wirings`` of living layer-2 agents; DHCP agents as id: host."""
        self._wirings = list(wirings)
        self._dhcp = dhcp
        self._l3 = l3
        self._same: dict[frozenset[str], frozenset[str]] = {}
        self._carriers = cache(self._find_carriers)
        self.hosts = cache(self._find_hosts)
        self.dhcp = cache(self._find_dhcp)
        self.l3 = cache(self._find_l3)

    def _find_carriers(self, segment: Segment) -> frozenset[str]:
        return frozenset(one.host for one in self._wirings if one.carries(segment))

    def _find_hosts(self, network: frozenset[Segment]) -> frozenset[str]:
        """The hosts that are on any segment of a network."""
        return self._one(frozenset().union(*map(self._carriers, network)))

    def _find_dhcp(self, network: frozenset[Segment]) -> frozenset[str]:
        """The DHCP agents that can serve a network."""
        hosts = self.hosts(network)
        return self._one(frozenset(id_ for id_, host in self._dhcp.items() if host in hosts))

    def _find_l3(
        self,
        networks: frozenset[frozenset[Segment]],
        distributed: bool,
        external_network: str | None,
    ) -> frozenset[str]:
        """The L3 agents that can host a router with legs in ``networks``, the external one among them."""
        reached = [self.hosts(network) for network in networks]
        return self._one(
            frozenset(
                id_
                for id_, agent in self._l3.items()
                if agent.takes(distributed=distributed, external_network=external_network)
                and all(agent.host in hosts for hosts in reached)
            )
        )

    def _one(self, agents: frozenset[str]) -> frozenset[str]:
        return self._same.setdefault(agents, agents)


def _strings(value: object) -> list[str]:
    """What agents report comes from anybody's configuration: only strings count."""
    return [one for one in value if isinstance(one, str)] if isinstance(value, (dict, list)) else []
