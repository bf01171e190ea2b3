"""The fake agents of a bed, as tests handle them."""

import socket
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from json import dumps, loads
from pathlib import Path
from typing import Any

from testbed.agents.spec import KINDS, HostSpec
from testbed.errors import BedError
from testbed.waiting import Processes

__all__ = ["KINDS", "AgentState", "FakeAgents", "HostSpec"]
_NAME = "fake-agents"


@dataclass(frozen=True)
class AgentState:
    """One fake agent."""

    host: str
    kind: str  # ovs, dhcp, l3
    silent: bool  # its process is dead
    reported: bool  # the server knows it
    idle: bool  # nothing that the server told it waits
    hosted: tuple[str, ...]  # ids of ports, networks or routers that it has set up


class FakeAgents:
    """Add, silence, bring back, remove. Kinds are ``ovs``, ``dhcp``, ``l3``; all when none is named."""

    def __init__(self, processes: Processes) -> None:
        self._processes = processes
        self._socket = processes.layout.folder / "agents"
        self._lock = threading.Lock()

    def start(self, hosts: Sequence[str], interval: float) -> None:
        """The process, with agents of every kind on ``hosts`` that report every ``interval`` seconds."""
        layout = self._processes.layout
        self._processes.start(
            _NAME,
            [
                layout.program("python"), "-m", "testbed.agents", layout.etc / "neutron/neutron.conf",
                self._socket, str(interval),
            ],
            {"PYTHONPATH": str(Path(__file__).parents[1])},
        )  # fmt: skip
        self._processes.wait(_NAME, self._answers, _NAME)
        self.add([HostSpec(name=name) for name in hosts])

    def add(self, specs: Iterable[HostSpec]) -> None:
        """More hosts; one of a known name starts anew with its new spec."""
        self._ask("add", hosts=[asdict(spec) for spec in specs])

    def remove(self, host: str) -> None:
        """The host is gone for good; neutron lists its agents as dead until somebody deletes them."""
        self._ask("remove", host=host)

    def reset(self, hosts: Sequence[str]) -> None:
        """Agents of ``hosts`` alone, as if newly installed; silent until ``revive``."""
        self._ask("reset", hosts=[asdict(HostSpec(name=name)) for name in hosts])

    def silence(self, *hosts: str, kinds: Sequence[str] = ()) -> None:
        """The agents' processes die; networks and routers stay set up, an active HA router stays active."""
        self._ask("silence", hosts=hosts, kinds=kinds, dark=False)

    def fail(self, *hosts: str) -> None:
        """The hosts die: no report, and nothing forwards; HA routers become active elsewhere."""
        self._ask("silence", hosts=hosts, kinds=(), dark=True)

    def revive(self, *hosts: str, kinds: Sequence[str] = ()) -> None:
        """Start the processes again. The server knows when this returns."""
        self._ask("revive", hosts=hosts, kinds=kinds)

    def delay(self, seconds: float, *hosts: str, kinds: Sequence[str] = ()) -> None:
        """Let each network and router take so long to set up and to take down."""
        self._ask("delay", hosts=hosts, kinds=kinds, seconds=seconds)

    def status(self) -> list[AgentState]:
        """Every agent."""
        return [AgentState(**{**each, "hosted": tuple(each["hosted"])}) for each in self._ask("status")]

    def hosted(self, host: str, kind: str) -> tuple[str, ...]:
        """What one agent has set up."""
        return next(each.hosted for each in self.status() if (each.host, each.kind) == (host, kind))

    def wait_alive(self) -> None:
        """Until every agent that is not silent has reported."""
        self._processes.wait(
            "fake agents", lambda: all(each.reported or each.silent for each in self.status()), _NAME,
            "neutron-rpc-server",
        )  # fmt: skip

    def wait_idle(self, seconds: float = 60.0) -> None:
        """Until no agent has anything left to do of what the server told it."""
        self._processes.wait(
            "fake agents at rest", lambda: all(each.idle for each in self.status()), _NAME, seconds=seconds
        )

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self._socket)) == 0

    def _ask(self, op: str, **arguments: Any) -> Any:
        with self._lock, socket.socket(socket.AF_UNIX) as connection:
            try:
                connection.connect(str(self._socket))
                connection.sendall(dumps({"op": op, **arguments}).encode() + b"\n")
                with connection.makefile("rb") as lines:
                    line = lines.readline()
            except OSError as error:
                self._processes.check(_NAME)
                raise BedError(f"the fake agents do not answer: {error}") from error
        if not line:
            self._processes.check(_NAME)
            raise BedError("the fake agents do not answer")
        said: Mapping[str, Any] = loads(line)
        if "error" in said:
            raise BedError(f"fake agents, {op}: {said['error']}")
        return said["answer"]
