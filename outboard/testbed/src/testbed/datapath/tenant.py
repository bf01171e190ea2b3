"""What a tenant has on the data-path bed: a network, a guest on it, a router and a floating address."""

from dataclasses import dataclass

from testbed.datapath.agents import DHCP, L3
from testbed.datapath.bed import PHYSICAL_NETWORK, DataPath
from testbed.datapath.fabric import PROVIDER
from testbed.datapath.probing import Probing

_OUTSIDE = "203.0.113.1"  # RFC 5737: the world that pings


@dataclass(frozen=True)
class Tenant:
    """Ids of neutron's; ``floating`` is the address that the outside reaches the guest at."""

    network: str
    router: str
    floating: str
    host: str  # where the guest is
    device: str
    mac: str
    guest: str  # the guest's namespace on that host

    def ask_for_lease(self, bed: DataPath) -> Probing:
        """The guest asks for its lease, again and again."""
        return bed.ask_for_lease(self.host, self.guest, self.device, self.mac)


def external_network(bed: DataPath) -> str:
    """The id of the network that leads outside; made once."""
    network = bed.cloud.network
    if found := network.find_network("outside"):
        return str(found.id)
    bed.fabric.set_address(PROVIDER, f"{_OUTSIDE}/24")
    made = network.create_network(
        name="outside", is_router_external=True, provider_network_type="flat",
        provider_physical_network=PHYSICAL_NETWORK,
    )  # fmt: skip
    network.create_subnet(
        network_id=made.id, ip_version=4, cidr="203.0.113.0/24", gateway_ip=_OUTSIDE, is_dhcp_enabled=False
    )
    return str(made.id)


def make_tenant(
    bed: DataPath,
    name: str,
    *,
    host: str,
    kind: str = "vxlan",
    ha: bool = False,
    number: int = 0,
    served_on: str | None = None,
) -> Tenant:
    """A network of ``kind`` with a guest on ``host``. ``number`` sets tenants' addresses apart.

    ``served_on`` is the host whose agents get the network and a router that is not HA; without it neutron
    chooses.
    """
    network = bed.cloud.network
    outside = external_network(bed)
    physical = {"provider_physical_network": PHYSICAL_NETWORK} if kind == "vlan" else {}
    net = network.create_network(name=name, provider_network_type=kind, **physical)
    prefix = f"10.0.{number}"
    subnet = network.create_subnet(network_id=net.id, ip_version=4, cidr=f"{prefix}.0/24")
    router = network.create_router(name=name, is_ha=ha)
    if served_on:  # before neutron has a reason to choose
        network.add_dhcp_agent_to_network(bed.agent(DHCP, served_on), net)
        if not ha:
            network.add_router_to_agent(bed.agent(L3, served_on), router)
    network.update_router(router, external_gateway_info={"network_id": outside})
    network.add_interface_to_router(router, subnet.id)
    port = network.create_port(
        name=name, network_id=net.id, binding_host_id=host, device_owner="compute:nova", device_id=name
    )
    floating = network.create_ip(floating_network_id=outside, port_id=port.id)
    device, guest = f"tap{port.id[:11]}", f"guest-{name}"
    machine = bed.hosts[host]
    machine.run("ip", "netns", "add", guest)
    machine.run("ip", "link", "set", "lo", "up", inside=guest)
    bed.switches[host].plug(device, port.id, port.mac_address, guest)
    address = port.fixed_ips[0]["ip_address"]
    machine.run("ip", "address", "add", f"{address}/24", "dev", device, inside=guest)
    machine.run("ip", "route", "add", "default", "via", f"{prefix}.1", inside=guest)
    return Tenant(
        network=str(net.id), router=str(router.id), floating=str(floating.floating_ip_address),
        host=host, device=device, mac=str(port.mac_address), guest=guest,
    )  # fmt: skip
