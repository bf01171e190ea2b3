"""A DHCP agent: a DHCP port for each network it is given, and word to the server when ports are served."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

from neutron.agent.dhcp.agent import DhcpPluginApi
from neutron.agent.linux.dhcp import DeviceManager
from neutron.common.utils import get_dhcp_agent_device_id
from neutron_lib import constants, exceptions
from neutron_lib.agent import topics
from oslo_messaging import RemoteError

from testbed.agents.agent import Agent
from testbed.agents.spec import HostSpec

_AT_ONCE = 8  # networks in one turn, so that removals are not kept waiting; a real one has 32 threads


class DhcpAgent(Agent):
    """The choice and the making of the port are neutron's own ``DeviceManager``, without its interfaces."""

    kind = "dhcp"
    agent_type = constants.AGENT_TYPE_DHCP
    binary = "neutron-dhcp-agent"
    topic = topics.DHCP_AGENT

    def __init__(self, spec: HostSpec) -> None:
        super().__init__(spec)
        self.server = DhcpPluginApi(topics.PLUGIN, spec.name)
        self.ports = DeviceManager.__new__(DeviceManager)
        self.ports.conf = SimpleNamespace(host=spec.name)
        self.ports.plugin = self.server
        self.ports.driver = SimpleNamespace(use_gateway_ips=False)
        self.networks: dict[str, Any] = {}
        self.changed: set[str] = set()
        self.removed: set[str] = set()
        self.served: set[str] = set()  # ports to tell the server about

    def report(self) -> dict[str, Any]:
        """With its zone."""
        return {**super().report(), "availability_zone": self.spec.zone}

    def configurations(self) -> dict[str, Any]:
        """Counts, as the real one."""
        networks = list(self.networks.values())
        return {
            "dhcp_driver": "neutron.agent.linux.dhcp.Dnsmasq", "dhcp_lease_duration": 86400,
            "log_agent_heartbeats": False, "networks": len(networks),
            "subnets": sum(len(network.subnets) for network in networks),
            "ports": sum(len(network.ports) for network in networks),
        }  # fmt: skip

    def hosted(self) -> list[str]:
        """Networks."""
        return list(self.networks)

    def forget(self) -> None:
        """No network is served any more."""
        self.networks.clear()

    def note(self, method: str, arguments: Mapping[str, Any]) -> None:
        """neutron's own names of what happened."""
        payload = arguments.get("payload", {})
        if method in ("network_create_end", "network_update_end"):
            self.changed.add(payload["network"]["id"])
        elif method in ("subnet_create_end", "subnet_update_end"):
            self.changed.add(payload["subnet"]["network_id"])
        elif method == "subnet_delete_end":
            self.changed.update(self._of_subnet(payload["subnet_id"]))
        elif method == "network_delete_end":
            # Also one that is not here yet: the question for it may be under way.
            self.changed.discard(payload["network_id"])
            self.removed.add(payload["network_id"])
        elif method in ("port_create_end", "port_update_end"):
            # Also of a network that is not here yet: the server may have answered for it before the port was.
            self.served.add(payload["port"]["id"])
        elif method == "agent_updated":
            self.synced = False

    def has_work(self) -> bool:
        """Whether a network or a port waits."""
        return not self.synced or bool(self.changed or self.removed or self.served)

    def work(self) -> None:
        """Removals first, then networks, then the ports that are served by now."""
        if not self.synced:
            self._sync()
        with self.pending:
            removed, self.removed = self.removed, set()
            changed = {self.changed.pop() for _ in range(min(_AT_ONCE, len(self.changed)))}
            served, self.served = self.served, set()
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            list(threads.map(self._remove, removed))
            list(threads.map(self._ask, changed))
        if served:
            self.server.dhcp_ready_on_ports(port_ids=list(served))

    def _sync(self) -> None:
        self.synced = True
        networks = {network.id: network for network in self.server.get_active_networks_info()}
        for network_id in set(self.networks) - set(networks):
            self._remove(network_id)
        for network_id, network in networks.items():
            self._configure(network_id, network)

    def _ask(self, network_id: str) -> None:
        network = self.server.get_network_info(network_id)
        self.take_time()
        self._configure(network_id, network)

    def _configure(self, network_id: str, network: Any) -> None:
        if not network or not network.admin_state_up:
            self._remove(network_id)
            return
        self.networks[network_id] = network
        if any(subnet.enable_dhcp for subnet in network.subnets):
            try:
                self.ports.setup_dhcp_port(network)
            except (exceptions.NeutronException, RemoteError):  # the network went away meanwhile
                return
            with self.pending:
                self.served.update(port.id for port in network.ports)

    def _remove(self, network_id: str) -> None:
        if self.networks.pop(network_id, None) is not None:
            self.take_time()
            self.server.release_dhcp_port(network_id, get_dhcp_agent_device_id(network_id, self.host))

    def _of_subnet(self, subnet_id: str) -> set[str]:
        return {
            network.id
            for network in self.networks.values()
            if any(subnet.id == subnet_id for subnet in network.subnets)
        }
