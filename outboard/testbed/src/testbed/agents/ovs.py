"""An Open vSwitch agent: a port that is bound to its host becomes active."""

from collections.abc import Iterable, Mapping
from typing import Any

from neutron.api.rpc.callbacks import resources
from neutron.objects import ports
from neutron_lib import constants
from neutron_lib.agent import topics
from neutron_lib.api.definitions import portbindings

from testbed.agents.agent import Agent
from testbed.agents.rpc import caller, client
from testbed.agents.spec import HostSpec

_UNBOUND = (portbindings.VIF_TYPE_UNBOUND, portbindings.VIF_TYPE_BINDING_FAILED)
_AT_ONCE = 50  # ports in one message


class OvsAgent(Agent):
    """It takes every port bound to its host as plugged in there."""

    kind = "ovs"
    agent_type = constants.AGENT_TYPE_OVS
    binary = "neutron-openvswitch-agent"

    def __init__(self, spec: HostSpec) -> None:
        super().__init__(spec)
        self.server = client(topics.PLUGIN, "1.5")
        self.up: set[str] = set()  # ports to tell the server about
        self.devices: set[str] = set()

    def report(self) -> dict[str, Any]:
        """With the versions of the objects it wants to be told of: the server asks the agents' reports."""
        return {**super().report(), "resource_versions": resources.LOCAL_RESOURCE_VERSIONS}

    def configurations(self) -> dict[str, Any]:
        """What the server binds ports by."""
        spec = self.spec
        return {
            "bridge_mappings": dict(spec.bridge_mappings), "tunnel_types": list(spec.tunnel_types),
            "tunneling_ip": spec.tunneling_ip, "integration_bridge": "br-int", "datapath_type": "system",
            "ovs_hybrid_plug": False, "vhostuser_socket_dir": "/var/run/openvswitch", "l2_population": False,
            "enable_distributed_routing": spec.l3_mode.startswith("dvr"), "extensions": [],
            "in_distributed_mode": False,
            "ovs_capabilities": {"datapath_types": ["system"], "iface_types": ["vxlan"]},
            "log_agent_heartbeats": False, "devices": len(self.devices),
        }  # fmt: skip

    def forget(self) -> None:
        """Nothing is plugged in any more."""
        self.devices.clear()

    def hosted(self) -> list[str]:
        """Ports."""
        return list(self.devices)

    def note(self, method: str, arguments: Mapping[str, Any]) -> None:
        """``bound`` comes from ``bound_ports``, not from the server."""
        if method == "bound":
            self.up.add(arguments["port"])

    def has_work(self) -> bool:
        """Whether a port waits."""
        return not self.synced or bool(self.up)

    def work(self) -> None:
        """Tell the server which ports are up."""
        if not self.synced:
            self.synced = True
            self._sync()
        with self.pending:
            up = [self.up.pop() for _ in range(min(_AT_ONCE, len(self.up)))]
        if up:
            self.devices.update(up)
            self.server.prepare().call(
                caller(), "update_device_list", devices_up=up, devices_down=[],
                agent_id=f"ovs-agent-{self.host}", host=self.host,
            )  # fmt: skip

    def _sync(self) -> None:
        found = self.server.prepare(version="1.7").call(
            caller(), "get_ports_by_vnic_type_and_host", host=self.host, vnic_type=portbindings.VNIC_NORMAL
        )
        with self.pending:
            self.up.update(port["id"] for port in found if port["status"] != constants.PORT_STATUS_ACTIVE)


def bound_ports(arguments: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Port and host for each port of a ``push`` that is bound and not active yet."""
    for primitive in arguments["resource_list"]:
        port = ports.Port.clean_obj_from_primitive(primitive)
        if not port.obj_attr_is_set("status") or port.status == constants.PORT_STATUS_ACTIVE:
            continue
        for binding in port.bindings:
            if binding.status == constants.ACTIVE and binding.vif_type not in _UNBOUND and binding.host:
                yield port.id, binding.host
