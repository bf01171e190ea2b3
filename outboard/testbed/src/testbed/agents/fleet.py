"""All fake agents of a bed: who there is, when each reports, whose turn it is to work."""

import logging
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from neutron.agent.rpc import PluginReportStateAPI
from neutron.api.rpc.callbacks import resources
from neutron.api.rpc.handlers.resources_rpc import resource_type_versioned_topic
from neutron_lib.agent import topics
from oslo_messaging import MessagingException, RemoteError

from testbed.agents.agent import Agent
from testbed.agents.dhcp import DhcpAgent
from testbed.agents.l3 import Election, L3Agent
from testbed.agents.ovs import OvsAgent, bound_ports
from testbed.agents.rpc import Listener, caller
from testbed.agents.spec import KINDS, HostSpec

LOG = logging.getLogger(__name__)
_WORKERS = 8
_HOSTS_PER_CONNECTION = 50
_TRY_AGAIN_SECONDS = 1.0
_REST_SECONDS = 5.0
_LOOK_SECONDS = 0.2  # between two looks at whose report is due


class Fleet:
    """Agents by host and kind."""

    def __init__(self, interval: float) -> None:
        self.interval = interval  # seconds between two reports of one agent
        self.agents: dict[tuple[str, str], Agent] = {}
        self._heard: set[str] = set()  # hosts whose queues are consumed
        self._lock = threading.Lock()
        self._work = threading.Condition()
        self._election = Election()
        self._reports = PluginReportStateAPI(topics.REPORTS)

    def start(self) -> None:
        """Listen to what all agents are told, work and report."""
        everybody = Listener()
        everybody.fanout(topics.DHCP_AGENT, lambda *message: self._to_kind("dhcp", *message))
        everybody.fanout(topics.L3_AGENT, lambda *message: self._to_kind("l3", *message))
        everybody.fanout(resource_type_versioned_topic(resources.PORT), self._ports_changed)
        everybody.start()
        for _ in range(_WORKERS):
            threading.Thread(target=self._work_on, daemon=True).start()
        threading.Thread(target=self._report_on, daemon=True).start()

    def add(self, specs: Iterable[HostSpec], *, silent: bool = False) -> None:
        """More hosts, whose agents start now or are ``silent``. A known one starts anew with its new spec."""
        specs = list(specs)
        for at in range(0, len(specs), _HOSTS_PER_CONNECTION):
            listener = Listener()
            for spec in specs[at : at + _HOSTS_PER_CONNECTION]:
                made = {agent.kind: agent for agent in self._make(spec)}
                for agent in made.values():
                    agent.silent = silent
                with self._lock:
                    for kind in KINDS:
                        self.agents.pop((spec.name, kind), None)
                    self.agents.update({(spec.name, kind): agent for kind, agent in made.items()})
                if spec.name not in self._heard:  # also one that was removed and comes back
                    self._heard.add(spec.name)
                    self._listen(listener, spec.name)
            listener.start()
        self.wake()

    def remove(self, host: str) -> None:
        """The host is taken out of the rack: its agents are dead and stay so. The server still lists them."""
        for agent in self.of(host):
            agent.silent = True
            agent.dark = True
            agent.forget()
        with self._lock:
            for kind in KINDS:
                self.agents.pop((host, kind), None)

    def reset(self, specs: Iterable[HostSpec]) -> None:
        """Only these hosts, as if all their agents had just been installed; silent until ``revive``."""
        for host in {host for host, _ in self.agents}:
            self.remove(host)
        self.add(specs, silent=True)

    def of(self, host: str, kinds: Iterable[str] = KINDS) -> list[Agent]:
        """The agents of a host. Raises ``KeyError`` when there are none."""
        found = [agent for kind in kinds if (agent := self.agents.get((host, kind)))]
        if not found:
            raise KeyError(f"no such agent on {host}: {', '.join(kinds)}")
        return found

    def silence(self, agents: Iterable[Agent], *, dark: bool) -> None:
        """The processes die; with ``dark`` their host dies, so that nothing they set up forwards any more."""
        for agent in agents:
            agent.silent = True
            agent.dark = dark
            if dark:
                agent.forget()

    def revive(self, agents: Iterable[Agent]) -> None:
        """Start the processes again: they report at once and ask the server for everything."""
        for agent in agents:
            agent.silent = False
            agent.dark = False
            agent.fresh = True
            agent.synced = False
            self._report(agent)
        self.wake()

    def status(self) -> Iterator[Mapping[str, Any]]:
        """Each agent with what it hosts."""
        for agent in list(self.agents.values()):
            yield {
                "host": agent.host, "kind": agent.kind, "silent": agent.silent, "reported": not agent.fresh,
                "idle": agent.silent or not (agent.has_work() or agent.turn.locked()),
                "hosted": agent.hosted(),
            }  # fmt: skip

    def wake(self) -> None:
        """Let the workers look."""
        with self._work:
            self._work.notify_all()

    def _make(self, spec: HostSpec) -> Iterator[Agent]:
        if "ovs" in spec.kinds:
            yield OvsAgent(spec)
        if "dhcp" in spec.kinds:
            yield DhcpAgent(spec)
        if "l3" in spec.kinds:
            yield L3Agent(spec, self._election)

    def _listen(self, listener: Listener, host: str) -> None:
        for topic, kind in ((topics.DHCP_AGENT, "dhcp"), (topics.L3_AGENT, "l3")):
            listener.topic(topic, host, lambda *message, kind=kind: self._to_agent(host, kind, *message))

    def _to_agent(self, host: str, kind: str, method: str, arguments: Mapping[str, Any]) -> Any:
        agent = self.agents.get((host, kind))
        if agent is None:
            return None
        answer = agent.receive(method, arguments)
        self.wake()
        return answer

    def _to_kind(self, kind: str, method: str, arguments: Mapping[str, Any]) -> None:
        for agent in list(self.agents.values()):
            if agent.kind == kind:
                agent.receive(method, arguments)
        self.wake()

    def _ports_changed(self, method: str, arguments: Mapping[str, Any]) -> None:
        if method != "push":
            return
        for port, host in bound_ports(arguments):
            if agent := self.agents.get((host, "ovs")):
                agent.receive("bound", {"port": port})
        self.wake()

    def _work_on(self) -> None:
        while True:
            agent = self._take_turn()
            if agent is None:
                continue
            try:
                agent.work()
            except Exception:  # a real one, too, asks for everything again after any failure
                LOG.exception("%s agent of %s", agent.kind, agent.host)
                agent.synced = False
                time.sleep(_TRY_AGAIN_SECONDS)
            finally:
                agent.turn.release()

    def _take_turn(self) -> Agent | None:
        """An agent with work, its ``turn`` held; None after a while without any."""
        with self._work:  # whoever brings work wakes under the same lock, after it has been noted
            for agent in list(self.agents.values()):
                ready = not agent.silent and not agent.fresh and agent.has_work()
                if ready and agent.turn.acquire(blocking=False):
                    return agent
            self._work.wait(_REST_SECONDS)
        return None

    def _report_on(self) -> None:
        # Spread over the interval, as the processes of many hosts are; new ones at once.
        due: dict[Agent, float] = {}
        while True:
            now = time.monotonic()
            agents = [agent for agent in list(self.agents.values()) if not agent.silent]
            for number, agent in enumerate(agents):
                if agent.fresh or due.get(agent, 0.0) <= now:
                    due[agent] = now + self.interval * (1 if agent in due else (number + 1) / len(agents))
                    self._report(agent)
            due = {agent: due[agent] for agent in agents}
            time.sleep(_LOOK_SECONDS)

    def _report(self, agent: Agent) -> None:
        try:
            self._reports.report_state(caller(), agent.report(), use_call=agent.fresh)
        except (MessagingException, RemoteError):
            LOG.exception("%s agent of %s cannot report", agent.kind, agent.host)
            return
        if agent.fresh:
            agent.fresh = False
            self.wake()
