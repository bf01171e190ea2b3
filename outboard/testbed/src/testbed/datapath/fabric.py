"""The wires: one namespace with a bridge for each physical network, where the world outside is too."""

from testbed.datapath.namespace import Namespace
from testbed.waiting import Processes

UNDERLAY = "underlay"  # carries VXLAN between the hosts
PROVIDER = "provider"  # carries VLANs and flat networks


class Fabric:
    """Switches that hosts are plugged into."""

    def __init__(self, processes: Processes) -> None:
        self.namespace = Namespace(processes, "fabric")
        for bridge in (UNDERLAY, PROVIDER):
            self.namespace.run("ip", "link", "add", bridge, "type", "bridge")
            self.namespace.run("ip", "link", "set", bridge, "up")

    def plug(self, host: Namespace) -> None:
        """Give ``host`` a network card on each wire, named after it."""
        for number, bridge in enumerate((UNDERLAY, PROVIDER)):
            port = f"{host.name}-{number}"
            self.namespace.run(
                "ip", "link", "add", port, "type", "veth", "peer", "name", bridge, "netns", str(host.pid)
            )
            self.namespace.run("ip", "link", "set", port, "master", bridge, "up")
            host.run("ip", "link", "set", bridge, "up")
            # A frame between two namespaces may lack its checksum; a userspace switch would send it on so.
            for namespace, card in ((self.namespace, port), (host, bridge)):
                namespace.run("ethtool", "--offload", card, "rx", "off", "tx", "off")

    def set_address(self, bridge: str, address: str) -> None:
        """The outside world's own address on a wire, such as ``203.0.113.1/24``."""
        self.namespace.run("ip", "address", "replace", address, "dev", bridge)
