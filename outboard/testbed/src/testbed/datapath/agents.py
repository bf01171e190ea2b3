"""neutron's own agents on the hosts of the data-path bed: Open vSwitch, DHCP, L3."""

from pathlib import Path

from testbed.datapath.namespace import Namespace
from testbed.waiting import Processes

DHCP, L3 = "neutron-dhcp-agent", "neutron-l3-agent"
AGENTS = ("neutron-openvswitch-agent", DHCP, L3)


class Relay:
    """RabbitMQ, which listens on the machine's loopback, on the loopback of each host.

    Through a socket in the file system: that is the one door between network namespaces that is no network.
    """

    def __init__(self, processes: Processes) -> None:
        self._port = processes.layout.ports["rabbitmq"]
        self._socket = processes.layout.state / "rabbitmq.sock"
        processes.start("relay", ["socat", f"UNIX-LISTEN:{self._socket},fork", f"TCP:127.0.0.1:{self._port}"])
        processes.wait("relay", self._socket.is_socket, "relay")

    def reach(self, host: Namespace) -> None:
        """Let ``host`` find it at the same address as everybody else."""
        listen = f"TCP-LISTEN:{self._port},bind=127.0.0.1,fork,reuseaddr"
        host.start("relay", ["socat", listen, f"UNIX-CONNECT:{self._socket}"])


def start_agents(host: Namespace, folder: Path, *, local_ip: str, report_interval: float) -> None:
    """Start all three; what they know and write is in ``folder``."""
    layout = host.processes.layout
    for name in ("state", "lock"):
        (folder / name).mkdir(parents=True)
    # dnsmasq would read the agent's files as another user, who may not enter the bed's folder.
    (folder / "dnsmasq.conf").write_text("user=root\ngroup=root\n")
    conf = layout.render(
        "neutron-host.conf", folder / "neutron.conf",
        host=host.name, folder=str(folder), local_ip=local_ip, report_interval=str(report_interval),
    )  # fmt: skip
    for program in AGENTS:
        host.start(program, [layout.program(program), "--config-file", conf])
