"""Moves by hand, through neutron's scheduler extensions, and where things are."""

from testbed.datapath.agents import DHCP, L3
from testbed.datapath.bed import DataPath
from testbed.datapath.tenant import Tenant

_RESERVED = "reserved_dhcp_port"  # one that an agent left behind, for the next to take


def network_hosts(bed: DataPath, network: str) -> set[str]:
    """Hosts whose DHCP agent is to serve it."""
    return {agent.host for agent in bed.cloud.network.network_hosting_dhcp_agents(network)}


def router_hosts(bed: DataPath, router: str) -> set[str]:
    """Hosts whose L3 agent has it."""
    return {agent.host for agent in bed.cloud.network.routers_hosting_l3_agents(router)}


def add_network(bed: DataPath, network: str, host: str) -> None:
    """Give it to one more DHCP agent, and wait until that serves it."""
    cloud = bed.cloud.network
    cloud.add_dhcp_agent_to_network(bed.agent(DHCP, host), network)
    bed.wait(
        f"DHCP on {host}",
        lambda: any(
            port.binding_host_id == host and port.status == "ACTIVE" and port.device_id != _RESERVED
            for port in cloud.ports(network_id=network, device_owner="network:dhcp")
        ),
    )


def remove_network(bed: DataPath, network: str, host: str) -> None:
    """Take it from a DHCP agent; the agent hears of it later."""
    bed.cloud.network.remove_dhcp_agent_from_network(bed.agent(DHCP, host), network)


def add_router(bed: DataPath, router: str, host: str) -> None:
    """Give it to an L3 agent, which hears of it later."""
    bed.cloud.network.add_router_to_agent(bed.agent(L3, host), router)


def remove_router(bed: DataPath, router: str, host: str) -> None:
    """Take it from an L3 agent, which hears of it later."""
    bed.cloud.network.remove_router_from_agent(bed.agent(L3, host), router)


def ha_hosts(bed: DataPath, router: str, state: str) -> set[str]:
    """Hosts where an HA router is ``active`` or ``standby``, as neutron knows it."""
    agents = bed.cloud.network.routers_hosting_l3_agents(router)
    return {agent.host for agent in agents if agent.ha_state == state}


def wait_ha(bed: DataPath, router: str, standbys: int) -> None:
    """Until neutron has an HA router as active on one host and as standby on ``standbys`` others."""
    bed.wait(
        f"one active and {standbys} standby",
        lambda: (
            len(ha_hosts(bed, router, "active")) == 1 and len(ha_hosts(bed, router, "standby")) == standbys
        ),
    )


def away(bed: DataPath, hosts: set[str]) -> tuple[str, str]:
    """The one host of ``hosts``, and another to move to."""
    [source] = hosts
    return source, min(set(bed.hosts) - hosts)


def warm_up(bed: DataPath, tenant: Tenant) -> None:
    """Have a tenant's network and router on every host once, and leave them where they were.

    An agent starts its helpers, each an interpreter, with its first network and its first router: seconds
    that are not the move's.
    """
    [home] = network_hosts(bed, tenant.network)
    for host in set(bed.hosts) - {home}:
        add_network(bed, tenant.network, host)
        remove_network(bed, tenant.network, host)
    [last] = router_hosts(bed, tenant.router)
    others = sorted(set(bed.hosts) - {last})
    with bed.ping(tenant.floating) as ping:
        ping.wait_answered()
        for host in (*others, last):
            remove_router(bed, tenant.router, last)
            ping.wait_unanswered()
            add_router(bed, tenant.router, host)
            ping.wait_answered()
            last = host
