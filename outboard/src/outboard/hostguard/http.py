"""The small server a host manager tells its wishes: GET, PUT and DELETE of /v1/hosts/NAME.

Who has the token may empty hosts; without TLS it belongs on loopback, or behind a proxy that has it.
Python's own server is enough: a few requests an hour, each of one short body.
"""

import hmac
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import structlog

from outboard.errors import InputError
from outboard.hostguard.model import Wish
from outboard.hostguard.wishes import HOST, Said
from outboard.settings import listen_address, read_token

_MOST_BYTES = 65536
_SECONDS = 10.0  # for a caller to send all of its request


@dataclass(frozen=True, slots=True)
class Desk:
    """What the server asks and tells."""

    said: Said
    rows: Callable[[], Sequence[Any]]  # with ``host``
    leads: Callable[[], bool]
    wake: Callable[[], None]


def serve(where: str, token_file: Path, desk: Desk) -> ThreadingHTTPServer:
    """Answer on ADDRESS:PORT from threads. Raises ``InputError`` when it cannot."""
    token = read_token(token_file)
    address, port = listen_address(where)
    handler = type("Handler", (_Handler,), {"desk": desk, "token": token})
    kind = type("Server", (ThreadingHTTPServer,), {
        "address_family": socket.AF_INET6 if ":" in address else socket.AF_INET, "daemon_threads": True,
    })  # fmt: skip
    try:
        server: ThreadingHTTPServer = kind((address or "127.0.0.1", port), handler)
    except OSError as error:
        raise InputError(f"cannot listen: {error.strerror}", where=where) from error
    threading.Thread(target=server.serve_forever, name="http", daemon=True).start()
    return server


class _Handler(BaseHTTPRequestHandler):
    desk: Desk
    token: str
    protocol_version = "HTTP/1.1"
    timeout = _SECONDS
    server_version = "outboard"
    sys_version = ""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Only what is changed is logged."""

    def do_GET(self) -> None:
        """All hosts, or one."""
        host = self._host()
        if host is None:
            return
        if not self.desk.leads():  # what it saw is of the time when it led
            self._answer(503, {"error": "another instance leads"})
            return
        rows = [row for row in self.desk.rows() if host in ("", row.host)]
        if host and not rows:
            self._answer(404, {"error": f"nothing is wished of {host}"})
        else:
            self._answer(200, rows[0] if host else rows)

    def do_PUT(self) -> None:
        """Wish something of a host."""
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > _MOST_BYTES:
            self.close_connection = True
            self._answer(413 if length.isdigit() else 411, {"error": "a body of at most 64 KiB is needed"})
            return
        body = self.rfile.read(int(length))
        if host := self._host_to_change():
            try:
                self._say(host, msgspec.json.decode(body, type=Wish))
            except msgspec.MsgspecError as error:
                self._answer(400, {"error": str(error)})

    def do_DELETE(self) -> None:
        """Leave a host to the file again."""
        if host := self._host_to_change():
            self._say(host, None)

    def _say(self, host: str, wish: Wish | None) -> None:
        try:
            changed = self.desk.said.say(host, wish)
        except InputError as error:
            self._answer(500, {"error": str(error)})
            return
        structlog.get_logger().info(
            "wish",
            host=host,
            state=wish.state.value if wish else "",
            by=self.client_address[0],
            changed=changed,
        )
        self.desk.wake()
        self._answer(202, {"changed": changed})

    def _host_to_change(self) -> str | None:
        host = self._host()
        if host is None:
            return None
        if not host:
            self._answer(405, {"error": "name a host"})
            return None
        if not self.desk.leads():
            self._answer(503, {"error": "another instance leads"})
            return None
        return host

    def _host(self) -> str | None:
        """The host in the path, empty for all; ``None`` when it is answered already."""
        given = self.headers.get("Authorization", "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, f"Bearer {self.token}".encode()):
            self._answer(401, {"error": "the token is missing or wrong"})
            return None
        path = self.path.partition("?")[0].rstrip("/")
        if path == "/v1/hosts":
            return ""
        host = path.removeprefix("/v1/hosts/")
        if host == path or not HOST.fullmatch(host):
            self._answer(404, {"error": "there is /v1/hosts and /v1/hosts/NAME"})
            return None
        return host

    def _answer(self, status: int, body: Any) -> None:
        data = msgspec.json.encode(body)
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            if status == 401:
                self.send_header("WWW-Authenticate", "Bearer")
                self.close_connection = True  # a body may follow that nobody reads
            if status == 503:
                self.send_header("Retry-After", "5")
            self.end_headers()
            self.wfile.write(data)
        except OSError:
            self.close_connection = True  # the caller went
