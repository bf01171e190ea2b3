"""A cloud on loopback that speaks the documented API: keystone's tokens, nova's servers, masakari.

Nova's side of a crash is here too: a request to start or reboot sets the task, calls ``bring_up`` from
another thread as nova-compute would, and clears the task. Faults can be put before any request.
"""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_HANG = 0  # a fault's status for: no answer at all


@dataclass(slots=True)
class FakeServer:
    """A server's row in nova's database."""

    uuid: str
    host: str = "node1"
    status: str = "ACTIVE"
    task_state: str | None = None
    image: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    extra_specs: dict[str, str] = field(default_factory=dict)
    actions: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[float, str]] = field(default_factory=list)  # monotonic time, action

    def acted(self, action: str, user: str | None) -> None:
        """Note an action; nova's own have no user."""
        when = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
        self.actions.insert(
            0, {"action": action, "user_id": user, "start_time": when, "request_id": f"req-{time.time_ns()}"}
        )

    def body(self) -> dict[str, Any]:
        """As GET /servers/ID has it."""
        return {
            "id": self.uuid, "name": self.uuid[:8], "status": self.status, "metadata": self.metadata,
            "flavor": {"original_name": "rt", "extra_specs": self.extra_specs},
            "image": {"id": self.image} if self.image else "",
            "OS-EXT-STS:task_state": self.task_state, "OS-EXT-SRV-ATTR:host": self.host,
        }  # fmt: skip


@dataclass(slots=True)
class Fault:
    """The next ``times`` requests that match ``METHOD path`` get ``status``; 0: they get no answer."""

    matches: str
    status: int
    times: int = 1


class FakeCloud:
    """``with FakeCloud.serving() as cloud``: servers, faults, what was asked and told."""

    def __init__(self, bring_up: Callable[[str], None] | None = None) -> None:
        self.servers: dict[str, FakeServer] = {}
        self.services: list[str] = ["node1"]
        self.disabled: dict[str, str] = {}  # service -> reason
        self.migrations: list[dict[str, Any]] = []
        self.notifications: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []  # what POST /hook got
        self.faults: list[Fault] = []
        self.requests: list[str] = []
        self.tokens = 0
        self.bring_up = bring_up or (lambda _: None)
        self.lock = threading.Lock()
        self.url = ""

    @classmethod
    @contextmanager
    def serving(cls, bring_up: Callable[[str], None] | None = None) -> Iterator["FakeCloud"]:
        """It answers while the block lasts."""
        cloud = cls(bring_up)
        handler = type("Handler", (_Handler,), {"cloud": cloud})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        cloud.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield cloud
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def environment(self) -> dict[str, str]:
        """``OS_*`` for a process that asks it, with [cloud] name = "envvars"."""
        return {
            "OS_AUTH_URL": f"{self.url}/identity/v3", "OS_USERNAME": "outboard", "OS_PASSWORD": "x",
            "OS_PROJECT_NAME": "service", "OS_USER_DOMAIN_NAME": "Default",
            "OS_PROJECT_DOMAIN_NAME": "Default",
        }  # fmt: skip

    def add(self, uuid: str, **fields: Any) -> FakeServer:
        """A server nova knows."""
        server = self.servers[uuid] = FakeServer(uuid, **fields)
        return server

    def take(self, line: str) -> Fault | None:
        """The fault that is due for a request."""
        with self.lock:
            self.requests.append(line)
            for fault in self.faults:
                if fault.times > 0 and re.search(fault.matches, line):
                    fault.times -= 1
                    return fault
        return None

    def act(self, server: FakeServer, body: dict[str, Any]) -> int:
        """POST /servers/ID/action; the status of the answer."""
        action = {"os-start": "start"}.get(name := next(iter(body), ""), name)
        any_state = ("ACTIVE", "SHUTOFF", "ERROR")
        allowed = {"reboot": any_state, "start": ("SHUTOFF",), "rebuild": any_state}.get(action)
        if allowed is None or (action == "reboot" and body["reboot"].get("type") != "HARD"):
            return 400
        if action == "rebuild" and body["rebuild"].get("imageRef") != server.image:
            return 400
        with self.lock:
            if server.task_state or server.status not in allowed:
                return 409
            server.task_state = {"reboot": "rebooting_hard", "start": "powering-on"}.get(action, "rebuilding")
            server.asked.append((time.monotonic(), action))
        server.acted(action, "outboard")
        threading.Thread(target=self._compute, args=(server,), daemon=True).start()
        return 202

    def _compute(self, server: FakeServer) -> None:
        try:
            self.bring_up(server.uuid)
            server.status = "ACTIVE"
        except Exception:  # noqa: BLE001  # as nova-compute: whatever it was, the server is in ERROR
            server.status = "ERROR"
        server.task_state = None


class _Handler(BaseHTTPRequestHandler):
    cloud: FakeCloud
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing is printed."""

    def do_GET(self) -> None:
        """Read."""
        self._serve("GET")

    def do_PUT(self) -> None:
        """Change."""
        self._serve("PUT")

    def do_POST(self) -> None:
        """Make, act."""
        self._serve("POST")

    def _serve(self, method: str) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or b"{}")
        path = self.path.partition("?")[0]
        fault = self.cloud.take(f"{method} {path}")
        if fault is not None and fault.status == _HANG:
            time.sleep(30)
            self.close_connection = True
        elif fault is not None:
            self._answer(fault.status, {"error": {"code": fault.status, "message": "a fault"}})
        else:
            self._answer(*self._route(method, path, body))

    def _route(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        cloud = self.cloud
        if path.startswith("/identity"):
            return self._identity(method, path)
        if path.startswith("/ha"):
            if method == "POST" and path.endswith("/notifications"):
                cloud.notifications.append(body["notification"])
                return 202, {"notification": body["notification"] | {"notification_uuid": "n"}}
            return 200, {"version": _version("v1.0", f"{cloud.url}/ha/v1", "1.3")}
        if path == "/hook":
            cloud.events.append(body)
            return 204, None
        parts = path.removeprefix("/compute/v2.1").strip("/").split("/")
        if not path.startswith("/compute/v2.1") or parts == [""]:
            return 200, {"version": _version("v2.1", f"{cloud.url}/compute/v2.1", "2.96")}
        return self._compute(method, parts, body)

    def _compute(self, method: str, parts: list[str], body: dict[str, Any]) -> tuple[int, Any]:
        cloud = self.cloud
        if parts[0] == "os-services":
            if method == "PUT":
                cloud.disabled[parts[1]] = body["disabled_reason"]
                return 200, {"service": {}}
            hosts = [
                {"id": host, "host": host, "binary": "nova-compute",
                 "status": "disabled" if host in cloud.disabled else "enabled"}
                for host in cloud.services
            ]  # fmt: skip
            return 200, {"services": [each for each in hosts if f"host={each['host']}" in self.path]}
        if parts[0] == "os-migrations":
            return 200, {"migrations": [m for m in cloud.migrations if m["instance_uuid"] in self.path]}
        if parts in (["servers"], ["servers", "detail"]):
            here = [s.body() for s in cloud.servers.values() if f"host={s.host}" in self.path]
            return 200, {"servers": [] if "marker=" in self.path else here}
        server = cloud.servers.get(parts[1]) if len(parts) > 1 else None
        if server is None:
            return 404, {"itemNotFound": {"code": 404, "message": "Instance could not be found."}}
        if len(parts) == 2:
            return 200, {"server": server.body()}
        if parts[2] == "action" and method == "POST":
            status = cloud.act(server, body)
            return status, None if status == 202 else {"conflictingRequest": {"message": "Cannot now"}}
        if parts[2] == "os-instance-actions":
            return 200, {"instanceActions": server.actions}
        if parts[2] == "metadata" and method == "POST":
            server.metadata.update(body["metadata"])
            return 200, {"metadata": server.metadata}
        return 404, {}

    def _identity(self, method: str, path: str) -> tuple[int, Any]:
        if not (method == "POST" and path.endswith("/auth/tokens")):
            return 200, {"version": _version("v3.14", f"{self.cloud.url}/identity/v3")}
        self.cloud.tokens += 1
        catalog = [
            {"type": kind, "id": kind, "name": kind, "endpoints": [
                {"id": f"{kind}-{interface}", "interface": interface, "region": "RegionOne",
                 "region_id": "RegionOne", "url": f"{self.cloud.url}{path}"}
                for interface in ("public", "internal")
            ]}
            for kind, path in (("compute", "/compute/v2.1"), ("instance-ha", "/ha/v1"))
        ]  # fmt: skip
        who = {"id": "outboard", "name": "outboard", "domain": {"id": "default", "name": "Default"}}
        return 201, {"token": {
            "methods": ["password"], "user": who, "project": who, "catalog": catalog,
            "roles": [{"id": "admin", "name": "admin"}],
            "issued_at": "2026-01-01T00:00:00.000000Z", "expires_at": "2099-01-01T00:00:00.000000Z",
        }}  # fmt: skip

    def _answer(self, status: int, body: Any) -> None:
        data = b"" if body is None else json.dumps(body).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            if status == 201:
                self.send_header("X-Subject-Token", f"token-{self.cloud.tokens}")
            self.end_headers()
            self.wfile.write(data)
        except OSError:
            self.close_connection = True  # the asker was killed


def _version(name: str, url: str, microversion: str = "") -> dict[str, Any]:
    return {
        "id": name, "status": "CURRENT", "links": [{"rel": "self", "href": url}],
        "version": microversion, "min_version": "2.1" if name == "v2.1" else "1.0",
        "updated": "2026-01-01T00:00:00Z",
    }  # fmt: skip
