"""Open vSwitch on a host of the data-path bed: a database and a switch of its own, entirely in userspace.

The kernel's own datapath would need a module; ``netdev`` is what neutron drives with DPDK, here with plain
network cards.
"""

from testbed.datapath.fabric import PROVIDER, UNDERLAY
from testbed.datapath.namespace import Namespace

_SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema"
_FOLDER = "/run/openvswitch"  # where its own tools and neutron's agents look; each host has a /run of its own
_REMOTE = "--remote=ptcp:6640:127.0.0.1"
PROVIDER_BRIDGE = "br-provider"
INTEGRATION_BRIDGE = "br-int"
_UNDERLAY_BRIDGE = "br-underlay"


class Switch:
    """The switch of one host."""

    def __init__(self, host: Namespace, underlay_address: str) -> None:
        """Start it with a bridge on each wire; ``underlay_address``, as ``10.0.0.1/24``, ends tunnels."""
        self.host = host
        host.run("mkdir", _FOLDER)
        host.run("ovsdb-tool", "create", f"{_FOLDER}/conf.db", _SCHEMA)
        self._start("ovsdb-server", f"{_FOLDER}/conf.db", f"--remote=punix:{_FOLDER}/db.sock", _REMOTE)
        self.vsctl("--no-wait", "--retry", "init")
        self._start("ovs-vswitchd")
        for bridge, card in ((_UNDERLAY_BRIDGE, UNDERLAY), (PROVIDER_BRIDGE, PROVIDER)):
            self.vsctl(
                "add-br", bridge, "--", "set", "bridge", bridge, "datapath_type=netdev",
                "--", "add-port", bridge, card,
            )  # fmt: skip
            host.run("ip", "link", "set", bridge, "up")
        # In userspace a tunnel must leave through a bridge of the switch that has the address.
        host.run("ip", "address", "add", underlay_address, "dev", _UNDERLAY_BRIDGE)

    def vsctl(self, *words: str) -> str:
        """Change the configuration, and wait until the switch has it."""
        return self.host.run("ovs-vsctl", "--timeout=60", *words)

    def plug(self, device: str, port: str, mac: str, inside: str) -> None:
        """A card ``device`` in the host's namespace ``inside`` for a port of neutron's, as nova would."""
        self.vsctl(
            "add-port", INTEGRATION_BRIDGE, device, "--", "set", "interface", device, "type=internal",
            f"external_ids:iface-id={port}", f'external_ids:attached-mac="{mac}"',
            "external_ids:iface-status=active",
        )  # fmt: skip
        self.host.run("ip", "link", "set", device, "netns", inside)
        self.host.run("ip", "link", "set", device, "address", mac, "up", inside=inside)

    def _start(self, program: str, *words: str) -> None:
        self.host.start(program, [program, *words, "--pidfile"])
