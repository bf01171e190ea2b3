"""What a cloud made for tests needs to be asked over real HTTP: a server on loopback, tokens, faults."""

import json
import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

HANG = 0  # a fault's status for: no answer at all
HALF = -1  # for: the first half of the right answer, and the connection ends


@dataclass(slots=True)
class Fault:
    """The next ``times`` requests that match ``METHOD path`` get ``status`` after ``delay`` seconds.

    ``status=None``: the right answer, only late. ``after``: the request is done, and only its answer is lost.
    """

    matches: str
    status: int | None
    times: int = 1
    delay: float = 0.0
    after: bool = False


@dataclass
class Served:
    """What a server keeps beside its resources: faults, tokens, and which requests came."""

    services: tuple[tuple[str, str], ...]  # type and path of its endpoints
    url: str = ""
    faults: list[Fault] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    tokens: int = 0
    oldest_token: int = 1  # those before it have expired
    lock: threading.RLock = field(default_factory=threading.RLock)

    def environment(self) -> dict[str, str]:
        """``OS_*`` for a process that asks it, with [cloud] name = "envvars"."""
        return {
            "OS_AUTH_URL": f"{self.url}/identity/v3", "OS_USERNAME": "outboard", "OS_PASSWORD": "x",
            "OS_PROJECT_NAME": "service", "OS_USER_DOMAIN_NAME": "Default",
            "OS_PROJECT_DOMAIN_NAME": "Default",
        }  # fmt: skip

    def expire_tokens(self) -> None:
        """Every token given so far is refused from now on."""
        self.oldest_token = self.tokens + 1

    def take(self, line: str) -> Fault | None:
        """Note a request; the fault that is due for it."""
        with self.lock:
            self.requests.append(line)
            for fault in self.faults:
                if fault.times > 0 and re.search(fault.matches, line):
                    fault.times -= 1
                    return fault
        return None

    def identity(self, method: str, path: str) -> tuple[int, Any]:
        """Keystone's part: a version and a token with the catalogue."""
        if not (method == "POST" and path.endswith("/auth/tokens")):
            return 200, {"version": version("v3.14", f"{self.url}/identity/v3")}
        self.tokens += 1
        catalog = [
            {"type": kind, "id": kind, "name": kind, "endpoints": [
                {"id": f"{kind}-{interface}", "interface": interface, "region": "RegionOne",
                 "region_id": "RegionOne", "url": f"{self.url}{path}"}
                for interface in ("public", "internal")
            ]}
            for kind, path in self.services
        ]  # fmt: skip
        who = {"id": "outboard", "name": "outboard", "domain": {"id": "default", "name": "Default"}}
        return 201, {"token": {
            "methods": ["password"], "user": who, "project": who, "catalog": catalog,
            "roles": [{"id": "admin", "name": "admin"}],
            "issued_at": "2026-01-01T00:00:00.000000Z", "expires_at": "2099-01-01T00:00:00.000000Z",
        }}  # fmt: skip


class Answers(Protocol):
    """What the server of a cloud must know."""

    served: Served

    def answer(self, method: str, path: str, query: str, body: Any) -> tuple[int, Any]:
        """Status and body for a request that is not keystone's."""


@contextmanager
def serving(cloud: Answers) -> Iterator[None]:
    """It answers while the block lasts."""
    handler = type("Handler", (_Handler,), {"cloud": cloud})
    server = _Server(("127.0.0.1", 0), handler)
    cloud.served.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """An asker that was killed is no error; any other fault of this server fails its test."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    cloud: Answers
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body in one segment

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing is printed."""

    def do_GET(self) -> None:
        """Read."""
        self._serve("GET")

    def do_POST(self) -> None:
        """Make, act."""
        self._serve("POST")

    def do_PUT(self) -> None:
        """Change."""
        self._serve("PUT")

    def do_DELETE(self) -> None:
        """Remove."""
        self._serve("DELETE")

    def _serve(self, method: str) -> None:
        served = self.cloud.served
        length = int(self.headers.get("Content-Length") or 0)
        data = self.rfile.read(length)
        if len(data) < length:
            return  # the asker was killed
        body = json.loads(data or b"{}")
        path, _, query = self.path.partition("?")
        if path.startswith("/identity"):
            self._answer(*served.identity(method, path))
            return
        if int((self.headers.get("X-Auth-Token") or "token-0").rpartition("-")[2]) < served.oldest_token:
            self._answer(401, {"error": {"code": 401, "message": "The request needs authentication."}})
            return
        fault = served.take(f"{method} {path}")
        if fault is None:
            self._answer(*self.cloud.answer(method, path, query, body))
            return
        if fault.after:
            self.cloud.answer(method, path, query, body)
        time.sleep(fault.delay or (30 if fault.status == HANG else 0))
        if fault.status == HANG:
            self.close_connection = True
        elif fault.status in (None, HALF):
            self._answer(*self.cloud.answer(method, path, query, body), half=fault.status == HALF)
        else:
            body = {"NeutronError": {"type": "Fault", "message": "a fault", "detail": ""}}
            self._answer(fault.status or 0, body)

    def _answer(self, status: int, body: Any, *, half: bool = False) -> None:
        data = b"" if body is None else json.dumps(body).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            if status == 201 and isinstance(body, dict) and "token" in body:
                self.send_header("X-Subject-Token", f"token-{self.cloud.served.tokens}")
            if status == 401:
                self.send_header("WWW-Authenticate", 'Keystone uri="/identity"')
            self.end_headers()
            self.wfile.write(data[: len(data) // 2] if half else data)
            self.wfile.flush()
            self.close_connection = self.close_connection or half
        except OSError:
            self.close_connection = True  # the asker was killed


def version(name: str, url: str) -> dict[str, Any]:
    """A version's document."""
    return {
        "id": name, "status": "CURRENT", "links": [{"rel": "self", "href": url}],
        "updated": "2026-01-01T00:00:00Z",
    }  # fmt: skip
