"""The data-path bed: three hosts on a wire, beside a bed that has neutron's server."""

from collections.abc import Callable, Sequence
from typing import Any

from testbed.bed import Bed
from testbed.datapath.agents import AGENTS, Relay, start_agents
from testbed.datapath.fabric import Fabric
from testbed.datapath.missing import missing
from testbed.datapath.namespace import PATIENCE, Namespace
from testbed.datapath.probing import Probing
from testbed.datapath.switch import Switch
from testbed.errors import BedError, MissingPartError

HOSTS = ("host-a", "host-b", "host-c")
PHYSICAL_NETWORK = "physnet0"
_UNDERLAY = "192.0.2.{}"  # RFC 5737


class DataPath:
    """Hosts with Open vSwitch and neutron's real agents. It lives in a ``Bed`` and ends with it."""

    def __init__(self, bed: Bed, hosts: Sequence[str] = HOSTS) -> None:
        """Start all of it and wait for every agent. Raises ``MissingPartError``, ``BedError``."""
        if why := missing():
            raise MissingPartError(why)
        self.bed = bed
        self.cloud: Any = bed.connection()
        self._folder = bed.layout.state / "datapath"
        self.fabric = Fabric(bed.processes)
        self.hosts: dict[str, Namespace] = {}
        self.switches: dict[str, Switch] = {}
        relay = Relay(bed.processes)
        for number, name in enumerate(hosts, start=1):
            host = self.hosts[name] = Namespace(bed.processes, name)
            self.fabric.plug(host)
            relay.reach(host)
            address = _UNDERLAY.format(number)
            self.switches[name] = Switch(host, f"{address}/24")
            start_agents(
                host, self._folder / name, local_ip=address, report_interval=bed.options.agent_down_time / 3
            )
        needs = [host.process(program) for host in self.hosts.values() for program in AGENTS]
        bed.processes.wait("agents of the data-path bed", self._alive, *needs, seconds=PATIENCE)

    def agent(self, binary: str, host: str) -> Any:
        """An agent as neutron has it, such as ``neutron-dhcp-agent`` on ``host-a``."""
        found = list(self.cloud.network.agents(binary=binary, host=host))
        if not found:
            raise BedError(f"neutron knows no {binary} on {host}")
        return found[0]

    def ask_for_lease(self, host: str, guest: str, device: str, mac: str, every: float = 0.2) -> Probing:
        """A DHCPDISCOVER every so many seconds from ``device`` in the namespace ``guest`` of ``host``."""
        return Probing(self.hosts[host], "dhcp", every, [device, mac], self._folder, guest)

    def ping(self, address: str, every: float = 0.1) -> Probing:
        """An echo request every so many seconds from the world outside."""
        return Probing(self.fabric.namespace, "ping", every, [address], self._folder, None)

    def wait(self, what: str, ready: Callable[[], bool]) -> None:
        """Until ``ready()``. Raises ``BedError``."""
        self.bed.processes.wait(what, ready, seconds=PATIENCE)

    def close(self) -> None:
        """Close the connection to neutron; the hosts end with the bed."""
        self.cloud.close()

    def _alive(self) -> bool:
        agents = list(self.cloud.network.agents())
        alive = {(agent.binary, agent.host) for agent in agents if agent.is_alive}
        return all((binary, host) in alive for binary in AGENTS for host in self.hosts)
