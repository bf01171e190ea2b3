"""Compute hosts on loopback: nova's services, cells, aggregates, servers; placement, masakari, neutron.

A host appears as nova-compute's first report makes it: a disabled service when ``enable_new_services`` is
off, later a hypervisor with its provider once it is mapped to a cell. ``boot`` places a server as a
scheduler would, at once.
"""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from outboard.corpus.fake_neutron import FakeNeutron
from outboard.corpus.loopback import Served, serving, version

NEW = "New compute service disabled due to config option."
_SPACE = uuid.UUID(int=8)


@dataclass(slots=True)
class FakeCompute:
    """A nova-compute."""

    host: str
    status: str = "disabled"
    reason: str | None = NEW
    state: str = "up"
    forced_down: bool = False
    mapped: bool = True
    inventory: bool = True

    @property
    def id(self) -> str:
        """Of its service, and of its provider."""
        return str(uuid.uuid5(_SPACE, self.host))

    def body(self) -> dict[str, Any]:
        """As GET /os-services has it."""
        return {
            "id": self.id, "host": self.host, "binary": "nova-compute", "zone": "nova",
            "status": self.status, "disabled_reason": self.reason, "forced_down": self.forced_down,
            "state": "down" if self.forced_down else self.state, "updated_at": None,
        }  # fmt: skip


@dataclass
class FakeHosts:
    """``with FakeHosts.serving() as cloud``."""

    neutron: FakeNeutron = field(default_factory=FakeNeutron)
    computes: dict[str, FakeCompute] = field(default_factory=dict)
    aggregates: dict[str, list[str]] = field(default_factory=dict)
    servers: dict[str, dict[str, Any]] = field(default_factory=dict)
    notifications: list[dict[str, Any]] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)  # those that were done, with what they set
    before_write: Callable[[str], None] = lambda _: None

    def __post_init__(self) -> None:
        self.served = self.neutron.served = Served((
            ("compute", "/compute/v2.1"), ("placement", "/placement"), ("network", "/network"),
            ("instance-ha", "/ha/v1"),
        ))  # fmt: skip

    @classmethod
    @contextmanager
    def serving(cls) -> Iterator["FakeHosts"]:
        """It answers while the block lasts."""
        cloud = cls()
        with serving(cloud):
            yield cloud

    def add_host(self, host: str, **fields: Any) -> FakeCompute:
        """One that has just reported for the first time, with its agents."""
        self.neutron.add_host(host)
        compute = self.computes[host] = FakeCompute(host, **fields)
        return compute

    def add_server(self, host: str, **fields: Any) -> str:
        """A server on a host."""
        server = str(uuid.uuid4())
        self.servers[server] = {
            "id": server, "name": server[:8], "status": "ACTIVE", "OS-EXT-STS:task_state": None,
            "OS-EXT-SRV-ATTR:host": host, **fields,
        }  # fmt: skip
        return server

    def boot(self) -> str | None:
        """Place a server; the host, ``None`` when no host may be used."""
        for compute in self.computes.values():
            if compute.status == "enabled" and compute.state == "up" and not compute.forced_down:
                self.add_server(compute.host)
                return compute.host
        return None

    def answer(self, method: str, path: str, query: str, body: Any) -> tuple[int, Any]:
        """Status and body."""
        with self.served.lock:
            if method != "GET":
                self.before_write(f"{method} {path}")
            status, whole = self._route(method, path, parse_qs(query), query, body)
            if method != "GET" and status < 300:
                self.writes.append(f"{method} {path} {body or ''}".strip())
            return status, whole

    def _route(
        self, method: str, path: str, query: dict[str, list[str]], raw: str, body: Any
    ) -> tuple[int, Any]:
        service, parts = path.strip("/").split("/", 1)[0], path.strip("/").split("/")[1:]
        match service:
            case "network":
                return self._network(method, path, parts[1:], raw, body)
            case "compute":
                return self._compute(method, parts[1:], query, body)
            case "placement":
                return self._placement(parts)
            case "ha":
                if method == "POST":
                    self.notifications.append(body["notification"])
                    return 202, {"notification": body["notification"] | {"notification_uuid": "n"}}
                return 200, {"version": version("v1.0", f"{self.served.url}/ha/v1") | _micro("1.0", "1.3")}
        return 404, {}

    def _network(self, method: str, path: str, parts: list[str], raw: str, body: Any) -> tuple[int, Any]:
        agents = self.neutron.tables["agents"]
        match method, parts:
            case "GET" | "PUT" | "DELETE", ["agents", agent]:
                if agent not in agents:
                    return 404, {"NeutronError": {"type": "AgentNotFound", "message": "", "detail": ""}}
                if method == "DELETE":
                    del agents[agent]
                    return 204, None
                agents[agent].update((body or {}).get("agent", {}))
                return 200, {"agent": agents[agent]}
        return self.neutron.answer(method, path, raw, body)

    def _compute(
        self, method: str, parts: list[str], query: dict[str, list[str]], body: Any
    ) -> tuple[int, Any]:
        match method, parts:
            case "GET", []:
                return 200, {
                    "version": version("v2.1", f"{self.served.url}/compute/v2.1") | _micro("2.1", "2.96")
                }
            case "GET", ["os-services"]:
                hosts = query.get("host", self.computes)
                return 200, {"services": [self.computes[h].body() for h in hosts if h in self.computes]}
            case "PUT" | "DELETE", ["os-services", service]:
                return self._service(method, service, body)
            case "GET", ["os-hypervisors", "detail"]:
                return 200, {"hypervisors": [
                    {"id": c.id, "hypervisor_hostname": c.host, "service": {"host": c.host, "id": c.id}}
                    for c in self.computes.values() if c.mapped
                ]}  # fmt: skip
            case "GET", ["os-aggregates"]:
                return 200, {"aggregates": [
                    {"id": i, "name": name, "hosts": list(hosts), "metadata": {}}
                    for i, (name, hosts) in enumerate(self.aggregates.items(), 1)
                ]}  # fmt: skip
            case "POST", ["os-aggregates", number, "action"]:
                host = body["add_host"]["host"]
                hosts = list(self.aggregates.values())[int(number) - 1]
                if host not in self.computes or not self.computes[host].mapped:
                    return 404, {"itemNotFound": {"code": 404, "message": "Compute host not found."}}
                if host in hosts:
                    return 409, {"conflictingRequest": {"code": 409, "message": "already exists"}}
                hosts.append(host)
                return 200, {"aggregate": {"id": int(number), "hosts": hosts}}
            case "GET", ["servers", "detail"]:
                wanted = query.get("host", [""])[0]
                rows = [s for s in self.servers.values() if s["OS-EXT-SRV-ATTR:host"] == wanted]
                return 200, {"servers": [] if "marker" in query else rows}
            case "POST", ["servers", server, "action"]:
                return self._server(server, body)
        return 404, {"itemNotFound": {"code": 404, "message": "not found"}}

    def _service(self, method: str, service: str, body: Any) -> tuple[int, Any]:
        found = [compute for compute in self.computes.values() if compute.id == service]
        if not found:
            return 404, {"itemNotFound": {"code": 404, "message": "Service not found."}}
        (compute,) = found
        if method == "DELETE":
            if any(s["OS-EXT-SRV-ATTR:host"] == compute.host for s in self.servers.values()):
                return 409, {"conflictingRequest": {"code": 409, "message": "hosts instances"}}
            del self.computes[compute.host]
            for hosts in self.aggregates.values():
                if compute.host in hosts:
                    hosts.remove(compute.host)
            return 204, None
        if not body or not body.keys() <= {"status", "disabled_reason", "forced_down"}:
            return 400, {"badRequest": {"code": 400, "message": "Additional properties are not allowed"}}
        if "status" in body:
            compute.status = body["status"]
            compute.reason = body.get("disabled_reason")
        compute.forced_down = body.get("forced_down", compute.forced_down)
        return 200, {"service": compute.body()}

    def _server(self, server: str, body: Any) -> tuple[int, Any]:
        """Its move is done when it is answered."""
        row = self.servers.get(server)
        if row is None:
            return 404, {"itemNotFound": {"code": 404, "message": "not found"}}
        here = self.computes[row["OS-EXT-SRV-ATTR:host"]]
        others = [c.host for c in self.computes.values()
                  if c is not here and c.status == "enabled" and c.state == "up"]  # fmt: skip
        if "evacuate" in body and not here.forced_down and here.state == "up":
            return 400, {"badRequest": {"code": 400, "message": "Compute service is still in use."}}
        if not others:
            return 400, {"badRequest": {"code": 400, "message": "No valid host was found."}}
        row["OS-EXT-SRV-ATTR:host"] = others[0]
        return (200, {}) if "evacuate" in body else (202, None)

    def _placement(self, parts: list[str]) -> tuple[int, Any]:
        if len(parts) < 2:
            root = version("v1.0", f"{self.served.url}/placement") | _micro("1.0", "1.39")
            return 200, {"versions": [root | {"max_version": "1.39"}]}
        found = [c for c in self.computes.values() if c.id == parts[1]]
        if not found:
            return 404, {"errors": [{"status": 404, "title": "Not Found"}]}
        return 200, {
            "inventories": {"VCPU": {"total": 8}} if found[0].inventory else {},
            "resource_provider_generation": 1,
        }


def _micro(least: str, most: str) -> dict[str, str]:
    return {"version": most, "min_version": least}
