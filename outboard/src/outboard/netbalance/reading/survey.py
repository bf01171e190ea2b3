"""Everything that is listed in bulk, in five requests however large the cloud is."""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property

import msgspec

from outboard.netbalance.model import Kind
from outboard.netbalance.neutron import Neutron
from outboard.netbalance.reading.rows import (
    DHCP_PORT,
    RESERVED,
    AgentRow,
    NetworkRow,
    PortRow,
    RouterRow,
    SubnetRow,
)

# The agents that host something. Others are only looked at for what their host reaches.
_HOSTING = {"DHCP agent": Kind.DHCP, "L3 agent": Kind.L3}
_COUNT = {Kind.DHCP: "networks", Kind.L3: "routers"}


def kind_of(agent: AgentRow) -> Kind | None:
    """What an agent hosts; ``None``: nothing, or it is of a kind we do not know."""
    return _HOSTING.get(agent.agent_type)


@dataclass(frozen=True)
class Survey:
    """Neutron's lists of one moment."""

    agents: list[AgentRow]
    networks: list[NetworkRow]
    subnets: list[SubnetRow]
    routers: list[RouterRow]
    ports: list[PortRow] = field(repr=False)

    @classmethod
    def read(cls, neutron: Neutron) -> "Survey":
        """Five requests, more only where the server cuts lists in pages. Raises ``CloudError``.

        Agents come last: whoever reports to be alive after the rest was read is alive.
        """
        ports = neutron.service_ports()
        networks, subnets, routers = neutron.networks(), neutron.subnets(), neutron.routers()
        return cls(neutron.agents(), networks, subnets, routers, ports)

    @cached_property
    def hosting_agents(self) -> dict[str, tuple[Kind, AgentRow]]:
        """The agents that host something, by id."""
        kinds = ((agent, kind_of(agent)) for agent in self.agents)
        return {agent.id: (kind, agent) for agent, kind in kinds if kind is not None}

    def traces(self) -> dict[str, bytes]:
        """What the lists say of each agent that hosts; as long as that is the same, it hosts the same.

        Its ports follow its bindings within seconds, the count it reports within its report interval.
        Neither is the truth: a change of either only says that the truth has to be asked for.
        """
        seen: dict[tuple[Kind, str], list[str]] = defaultdict(list)
        for port in self.ports:
            if port.host and port.device_id != RESERVED:
                if port.device_owner == DHCP_PORT:
                    seen[Kind.DHCP, port.host].append(port.network_id)
                else:
                    seen[Kind.L3, port.host].append(port.device_id)
        return {
            id_: msgspec.json.encode(
                (sorted(set(seen[kind, row.host])), row.configurations.get(_COUNT[kind]), row.started_at)
            )
            for id_, (kind, row) in self.hosting_agents.items()
        }
