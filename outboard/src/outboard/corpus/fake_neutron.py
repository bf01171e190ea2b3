"""A neutron on loopback: agents, networks, routers, ports, and who hosts what, as stock neutron answers it.

The statuses are those of neutron 28: a network added where it is already gives 409, a router added where
it is already is left so, a legacy router that another agent has gives 409, a removed DHCP port becomes
reserved and is taken over by the next agent. Its agents act too: a DHCP port is ACTIVE ``ready_after``
seconds after its network was added, unless the host is in ``broken``.
"""

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs

from outboard.corpus.loopback import Served, serving, version

_OVS, _DHCP, _L3 = "Open vSwitch agent", "DHCP agent", "L3 agent"
_SPACE = uuid.UUID(int=7)
_ITEMS = {"dhcp-networks": "networks", "l3-routers": "routers"}


def _id(*parts: str) -> str:
    return str(uuid.uuid5(_SPACE, "/".join(parts)))


class FakeNeutron:
    """``with FakeNeutron.serving() as neutron``."""

    def __init__(self) -> None:
        self.served = Served((("network", "/network"),))
        self.tables: dict[str, dict[str, dict[str, Any]]] = {
            name: {} for name in ("agents", "networks", "subnets", "routers", "ports")
        }
        self.bindings: dict[str, list[str]] = {}  # item: agents
        self.ready_after = 0.0
        self.broken: set[str] = set()  # hosts whose agents do nothing
        self.page = 0  # rows of one answer; 0: all
        # Told of each request before it is done; whether it is not to be done, as if it never came.
        self.before: Callable[[str], bool | None] = lambda _: None
        self.writes: list[str] = []  # those that were done

    @classmethod
    @contextmanager
    def serving(cls) -> Iterator["FakeNeutron"]:
        """It answers while the block lasts."""
        neutron = cls()
        with serving(neutron):
            yield neutron

    # What there is.

    def add_host(
        self, host: str, *, physical: tuple[str, ...] = ("physnet0",), tunnels: tuple[str, ...] = ("vxlan",),
        zone: str = "nova", mode: str = "legacy",
    ) -> None:  # fmt: skip
        """A host with an L2, a DHCP and an L3 agent."""
        mappings = {name: f"br-{name}" for name in physical}
        self._agent(_OVS, host, None, {"bridge_mappings": mappings, "tunnel_types": list(tunnels)})
        self._agent(_DHCP, host, zone, {"networks": 0, "subnets": 0, "ports": 0})
        self._agent(_L3, host, zone, {
            "agent_mode": mode, "handle_internal_only_routers": True, "routers": 0,
        })  # fmt: skip

    def add_network(
        self, name: str, *, kind: str = "vxlan", physical: str | None = None, on: tuple[str, ...] = (),
        dhcp: bool = True,
    ) -> str:  # fmt: skip
        """A network with one subnet, and DHCP on these hosts."""
        network = _id("network", name)
        self.tables["networks"][network] = {
            "id": network, "name": name, "provider:network_type": kind,
            "provider:physical_network": physical, "availability_zone_hints": [], "mtu": 1450,
        }  # fmt: skip
        subnet = _id("subnet", name)
        self.tables["subnets"][subnet] = {"id": subnet, "network_id": network, "enable_dhcp": dhcp}
        for host in on:
            self._bind(self.agent(_DHCP, host), network)
        return network

    def add_router(
        self, name: str, *, networks: tuple[str, ...] = (), ha: bool = False, distributed: bool = False,
        on: tuple[str, ...] = (),
    ) -> str:  # fmt: skip
        """A router with a leg in each of the networks, on these hosts."""
        router = _id("router", name)
        self.tables["routers"][router] = {
            "id": router, "name": name, "ha": ha, "distributed": distributed,
            "external_gateway_info": None, "availability_zone_hints": [],
        }  # fmt: skip
        owner = "network:ha_router_replicated_interface" if ha else "network:router_interface"
        for network in networks:
            self._port(_id(router, network), network, router, owner, "")
        for host in on:
            self._bind(self.agent(_L3, host), router)
        return router

    def agent(self, kind: str, host: str) -> str:
        """The id of an agent."""
        return _id(kind, host)

    def dhcp_agent(self, host: str) -> str:
        """The DHCP agent of a host."""
        return self.agent(_DHCP, host)

    def l3_agent(self, host: str) -> str:
        """The L3 agent of a host."""
        return self.agent(_L3, host)

    def set_host(self, host: str, **fields: Any) -> None:
        """Change ``alive`` or ``admin_state_up`` of every agent of a host."""
        for row in self.tables["agents"].values():
            if row["host"] == host:
                row.update(fields)

    def hosts(self, item: str) -> list[str]:
        """The hosts an item is bound to."""
        return sorted(self.tables["agents"][agent]["host"] for agent in self.bindings.get(item, ()))

    def items(self, host: str) -> int:
        """How many networks and routers a host has."""
        return sum(host in self.hosts(item) for item in self.bindings)

    # What is asked.

    def answer(self, method: str, path: str, query: str, body: Any) -> tuple[int, Any]:
        """Status and body."""
        parts = path.removeprefix("/network").removeprefix("/v2.0").strip("/").split("/")
        if parts == [""]:
            return 200, {"versions": [version("v2.0", f"{self.served.url}/network/v2.0")]}
        if self.before(f"{method} {path}"):
            return _error(503, "ServiceUnavailable")
        with self.served.lock:
            status, whole = self._route(method, parts, parse_qs(query), body)
            if method != "GET" and status < 300:
                self.writes.append(f"{method} {path}")
            return status, whole

    def _route(
        self, method: str, parts: list[str], query: dict[str, list[str]], body: Any
    ) -> tuple[int, Any]:
        match method, parts:
            case "GET", [table] if table in self.tables:
                return self._listed(table, query)
            case "GET", ["agents", agent, below] if below in _ITEMS:
                if agent not in self.tables["agents"]:
                    return _error(404, "AgentNotFound")
                table = _ITEMS[below]
                rows = [self.tables[table][i] for i, on in self.bindings.items()
                        if agent in on and i in self.tables[table]]  # fmt: skip
                return 200, {table: rows}
            case "GET", [("networks" | "routers") as table, item, ("dhcp-agents" | "l3-agents")]:
                if item not in self.tables[table]:
                    return _error(404, "NotFound")
                return 200, {"agents": [self._hosting(item, agent) for agent in self.bindings.get(item, ())]}
            case "POST", ["agents", agent, below] if below in _ITEMS:
                return self._add(agent, next(iter(body.values())), _ITEMS[below])
            case "DELETE", ["agents", agent, below, item] if below in _ITEMS:
                return self._remove(agent, item, _ITEMS[below])
            case "DELETE", ["ports", port]:
                return (204, None) if self.tables["ports"].pop(port, None) else _error(404, "PortNotFound")
        return _error(404, "HTTPNotFound")

    def _listed(self, table: str, query: dict[str, list[str]]) -> tuple[int, Any]:
        fields = query.pop("fields", None)
        limit = int(query.pop("limit", ["0"])[0]) or self.page
        marker = query.pop("marker", [""])[0]
        rows = [self._shown(table, row) for _, row in sorted(self.tables[table].items())]
        rows = [row for row in rows if all(str(row.get(key)) in wanted for key, wanted in query.items())]
        rows = [row for row in rows if row["id"] > marker]
        whole: dict[str, Any] = {}
        if limit and len(rows) > limit:
            rows = rows[:limit]
            pairs = [f"{key}={each}" for key, wanted in {**query, "fields": fields or []}.items()
                     for each in wanted]  # fmt: skip
            link = "&".join([*pairs, f"limit={limit}", f"marker={rows[-1]['id']}"])
            whole[f"{table}_links"] = [
                {"rel": "next", "href": f"{self.served.url}/network/v2.0/{table}?{link}"}
            ]
        whole[table] = [{key: row[key] for key in fields if key in row} for row in rows] if fields else rows
        return 200, whole

    def _shown(self, table: str, row: dict[str, Any]) -> dict[str, Any]:
        if table == "ports":
            ready = row["_ready"] is not None and time.monotonic() >= row["_ready"]
            shown = {key: value for key, value in row.items() if not key.startswith("_")}
            return shown | {"status": "ACTIVE" if ready else "DOWN"}
        if table == "agents" and row["agent_type"] in (_DHCP, _L3):
            key = "networks" if row["agent_type"] == _DHCP else "routers"
            count = sum(row["id"] in on for on in self.bindings.values())
            return row | {"configurations": row["configurations"] | {key: count}}
        return row

    def _hosting(self, item: str, agent: str) -> dict[str, Any]:
        router = self.tables["routers"].get(item, {})
        state = None
        if router.get("ha"):
            state = "active" if self.bindings[item][0] == agent else "standby"
        return self.tables["agents"][agent] | {"ha_state": state}

    # What is done.

    def _add(self, agent: str, item: str, table: str) -> tuple[int, Any]:
        row = self.tables["agents"].get(agent)
        if item not in self.tables[table]:
            return _error(404, "NotFound")
        if row is None:
            return _error(404, "AgentNotFound")
        if not row["admin_state_up"] or row["agent_type"] != (_DHCP if table == "networks" else _L3):
            return _error(404, "InvalidAgent")
        here = self.bindings.get(item, [])
        if table == "networks":
            if agent in here:
                return _error(409, "NetworkHostedByDHCPAgent")
        elif agent in here:
            return 201, None
        elif row["configurations"].get("agent_mode") in ("dvr", "dvr_no_external"):
            return _error(409, "DVRL3CannotAssignToDvrAgent")
        elif here and not self.tables["routers"][item]["ha"]:
            return _error(409, "RouterHostedByL3Agent")
        self._bind(agent, item)
        return 201, None

    def _bind(self, agent: str, item: str) -> None:
        self.bindings.setdefault(item, []).append(agent)
        host = self.tables["agents"][agent]["host"]
        if host in self.broken:
            return
        ready = time.monotonic() + self.ready_after
        ports = self.tables["ports"]
        if item in self.tables["networks"]:
            reserved = [p for p in ports.values()
                        if p["network_id"] == item and p["device_id"] == "reserved_dhcp_port"]  # fmt: skip
            if reserved:
                reserved[0].update({"device_id": f"dhcp-{agent}", "binding:host_id": host, "_ready": ready})
            elif any(s["network_id"] == item and s["enable_dhcp"] for s in self.tables["subnets"].values()):
                self._port(_id(item, agent), item, f"dhcp-{agent}", "network:dhcp", host, ready)
        elif self.tables["routers"][item]["ha"]:
            self._port(_id(item, agent), _id("ha"), item, "network:router_ha_interface", host, ready)
        else:
            for port in ports.values():
                if port["device_id"] == item:
                    port.update({"binding:host_id": host, "_ready": ready})

    def _remove(self, agent: str, item: str, table: str) -> tuple[int, Any]:
        if agent not in self.tables["agents"]:
            return _error(404, "AgentNotFound")
        here = self.bindings.get(item, [])
        if agent not in here:
            return (204, None) if table == "routers" else _error(409, "NetworkNotHostedByDhcpAgent")
        here.remove(agent)
        ports = self.tables["ports"]
        for port in list(ports.values()):
            if port["device_id"] == f"dhcp-{agent}" and port["network_id"] == item:
                port["device_id"] = "reserved_dhcp_port"
        if table == "routers" and self.tables["routers"][item]["ha"]:
            ports.pop(_id(item, agent), None)
        return 204, None

    def _agent(self, kind: str, host: str, zone: str | None, configurations: dict[str, Any]) -> None:
        row = {
            "id": _id(kind, host), "agent_type": kind, "binary": "", "host": host, "alive": True,
            "admin_state_up": True, "availability_zone": zone, "configurations": configurations,
            "started_at": "2026-01-01 00:00:00", "heartbeat_timestamp": "2026-01-01 00:00:00",
        }  # fmt: skip
        self.tables["agents"][row["id"]] = row  # type: ignore[index]

    def _port(
        self, port: str, network: str, device: str, owner: str, host: str, ready: float | None = None
    ) -> None:
        self.tables["ports"][port] = {
            "id": port, "network_id": network, "device_id": device, "device_owner": owner,
            "binding:host_id": host, "_ready": ready,
        }  # fmt: skip


def _error(status: int, kind: str) -> tuple[int, Any]:
    return status, {"NeutronError": {"type": kind, "message": f"{kind}.", "detail": ""}}
