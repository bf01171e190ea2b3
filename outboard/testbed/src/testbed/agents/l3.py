"""An L3 agent: asks for the routers it is given, so that the server binds their ports to its host, and tells
which of the hosts of an HA router is active."""

import threading
from collections.abc import Mapping
from typing import Any

from neutron.agent.l3.agent import L3PluginApi
from neutron_lib import constants
from neutron_lib.agent import topics

from testbed.agents.agent import Agent
from testbed.agents.rpc import caller
from testbed.agents.spec import HostSpec

_AT_ONCE = 16  # routers in one question


class Election:
    """What VRRP settles between the hosts of an HA router: one is active, as long as it forwards."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._members: dict[str, list[L3Agent]] = {}
        self._told: dict[tuple[str, str], str] = {}  # router and host: the state the server was told

    def join(self, router_id: str, agent: "L3Agent") -> None:
        """``agent`` has set ``router_id`` up."""
        with self._lock:
            members = self._members.setdefault(router_id, [])
            if agent not in members:
                members.append(agent)

    def leave(self, router_id: str, agent: "L3Agent") -> None:
        """``agent`` has it no more, or its host is dead."""
        with self._lock:
            members = self._members.get(router_id, [])
            if agent in members:
                members.remove(agent)
            self._told.pop((router_id, agent.host), None)
            others = list(members)
        for other in others[:1]:
            self.tell(other)

    def tell(self, agent: "L3Agent") -> None:
        """Let ``agent`` tell the server what changed. A silent one cannot."""
        if agent.silent:
            return
        with self._lock:
            states = {}
            for router_id, members in self._members.items():
                if agent in members:
                    state = "active" if members[0] is agent else "standby"
                    if self._told.get((router_id, agent.host)) != state:
                        self._told[router_id, agent.host] = states[router_id] = state
        if states:
            agent.server.update_ha_routers_states(caller(), states)


class L3Agent(Agent):
    """Routers as ``sync_routers`` gives them."""

    kind = "l3"
    agent_type = constants.AGENT_TYPE_L3
    binary = "neutron-l3-agent"
    topic = topics.L3_AGENT

    def __init__(self, spec: HostSpec, election: Election) -> None:
        super().__init__(spec)
        self.server = L3PluginApi(topics.L3PLUGIN, spec.name)
        self.election = election
        self.routers: dict[str, Mapping[str, Any]] = {}
        self.changed: set[str] = set()
        self.removed: set[str] = set()

    def report(self) -> dict[str, Any]:
        """With its zone."""
        return {**super().report(), "availability_zone": self.spec.zone}

    def configurations(self) -> dict[str, Any]:
        """Mode and counts, as the real one."""
        routers = list(self.routers.values())
        return {
            "agent_mode": self.spec.l3_mode, "handle_internal_only_routers": True,
            "interface_driver": "openvswitch", "log_agent_heartbeats": False, "extensions": [],
            "routers": len(routers),
            "ex_gw_ports": sum(1 for router in routers if router.get("gw_port")),
            "interfaces": sum(len(router.get(constants.INTERFACE_KEY, ())) for router in routers),
            "floating_ips": sum(len(router.get(constants.FLOATINGIP_KEY, ())) for router in routers),
        }  # fmt: skip

    def hosted(self) -> list[str]:
        """Routers."""
        return list(self.routers)

    def forget(self) -> None:
        """No router forwards any more."""
        for router_id in list(self.routers):
            del self.routers[router_id]
            self.election.leave(router_id, self)

    def note(self, method: str, arguments: Mapping[str, Any]) -> None:
        """neutron's own names of what happened."""
        if method == "routers_updated":
            self.changed.update(arguments["routers"])
        elif method == "router_added_to_agent":
            self.changed.update(arguments["payload"])
        elif method == "router_removed_from_agent":
            self._gone(arguments["payload"]["router_id"])
        elif method == "router_deleted":
            self._gone(arguments["router_id"])
        elif method == "agent_updated":
            self.synced = False

    def _gone(self, router_id: str) -> None:
        # Also one that is not here yet: the question for it may be under way.
        self.changed.discard(router_id)
        self.removed.add(router_id)

    def has_work(self) -> bool:
        """Whether a router waits."""
        return not self.synced or bool(self.changed or self.removed)

    def work(self) -> None:
        """Removals first, then some of the changed ones in one question."""
        if not self.synced:
            self.synced = True
            ids = self.server.get_router_ids(caller())
            with self.pending:
                self.changed.update(ids)
                self.removed.update(set(self.routers) - set(ids))
        with self.pending:
            removed, self.removed = self.removed, set()
            changed = {self.changed.pop() for _ in range(min(_AT_ONCE, len(self.changed)))}
        for router_id in removed:
            self._remove(router_id)
        if changed:
            self._ask(changed)
        self.election.tell(self)

    def _ask(self, changed: set[str]) -> None:
        routers = {router["id"]: router for router in self.server.get_routers(caller(), sorted(changed))}
        self.take_time(len(changed))
        for router_id in changed:
            router = routers.get(router_id)
            if router is None or not router.get("admin_state_up", True):
                self._remove(router_id)
                continue
            self.routers[router_id] = router
            if router.get("ha"):
                self.election.join(router_id, self)
            if floating := router.get(constants.FLOATINGIP_KEY):
                states = {each["id"]: constants.FLOATINGIP_STATUS_ACTIVE for each in floating}
                self.server.update_floatingip_statuses(caller(), router_id, states)

    def _remove(self, router_id: str) -> None:
        if self.routers.pop(router_id, None) is not None:
            self.take_time()
            self.election.leave(router_id, self)
