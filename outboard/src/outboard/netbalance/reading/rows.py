"""Neutron's resources as it lists them, no more of each than is asked for."""

from typing import Any

import msgspec

RESERVED = "reserved_dhcp_port"  # device_id of a DHCP port that waits for its next agent

DHCP_PORT = "network:dhcp"
HA_PORT = "network:router_ha_interface"
SNAT_PORT = "network:router_centralized_snat"
# Ports that tell where a router is and what it costs. Those of a distributed router are on every host.
ROUTER_PORTS = (
    "network:router_interface",
    "network:ha_router_replicated_interface",
    "network:router_interface_distributed",
    "network:router_gateway",
    SNAT_PORT,
    HA_PORT,
)


class AgentRow(msgspec.Struct, frozen=True):
    """``GET /agents``; of every kind, also of kinds we do not know."""

    id: str
    agent_type: str
    host: str
    alive: bool
    admin_state_up: bool
    availability_zone: str | None = None
    started_at: str | None = None
    configurations: dict[str, Any] = {}


class SegmentRow(msgspec.Struct, frozen=True):
    """One of a network's segments."""

    kind: str | None = msgspec.field(name="provider:network_type", default=None)
    physical_network: str | None = msgspec.field(name="provider:physical_network", default=None)


class NetworkRow(msgspec.Struct, frozen=True):
    """``GET /networks``. A network has either one segment in itself or ``segments``."""

    id: str
    name: str = ""
    kind: str | None = msgspec.field(name="provider:network_type", default=None)
    physical_network: str | None = msgspec.field(name="provider:physical_network", default=None)
    segments: list[SegmentRow] | None = None
    availability_zone_hints: list[str] = []

    def all_segments(self) -> tuple[SegmentRow, ...]:
        """Its segments, in one form."""
        if self.segments:
            return tuple(self.segments)
        return (SegmentRow(self.kind, self.physical_network),)


class SubnetRow(msgspec.Struct, frozen=True):
    """``GET /subnets``."""

    id: str
    network_id: str
    enable_dhcp: bool = False
    segment_id: str | None = None


class GatewayRow(msgspec.Struct, frozen=True):
    """A router's way out."""

    network_id: str


class RouterRow(msgspec.Struct, frozen=True):
    """``GET /routers``."""

    id: str
    name: str = ""
    ha: bool = False
    distributed: bool = False
    external_gateway_info: GatewayRow | None = None
    availability_zone_hints: list[str] = []


class PortRow(msgspec.Struct, frozen=True):
    """``GET /ports`` of the network services' own ports."""

    id: str
    network_id: str
    device_id: str = ""
    device_owner: str = ""
    status: str = ""
    host: str | None = msgspec.field(name="binding:host_id", default=None)


class HostingRow(msgspec.Struct, frozen=True):
    """An agent that hosts an item; ``ha_state`` only of HA routers."""

    id: str
    host: str
    alive: bool = False
    admin_state_up: bool = False
    ha_state: str | None = None


class IdRow(msgspec.Struct, frozen=True):
    """Of what an agent hosts only the id is wanted."""

    id: str
