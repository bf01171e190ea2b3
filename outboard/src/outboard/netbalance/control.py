"""A small door for host managers: PUT /hosts/NAME {"state": "failed" | "draining" | "returned"}, and GET.

The mark is on disk when the answer is sent, and the next round begins at once.
"""

import hmac
import json
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import structlog

from outboard.errors import InputError
from outboard.netbalance.signals import HostMark, Marks
from outboard.settings import listen_address, read_token

_MOST_BODY = 4096
_HOST = re.compile(r"[^\s/\x00-\x1f]{1,255}")
STATES = {"failed": HostMark.FAILED, "draining": HostMark.DRAINING, "returned": None}


class Control:
    """Listens from a thread; calls ``wake`` for each change, asks ``report`` for what marked hosts have."""

    def __init__(
        self,
        where: str,
        token_file: Path,
        marks: Marks,
        wake: Callable[[], None],
        report: Callable[[], Mapping[str, Sequence[str]]],
    ) -> None:
        """Raises ``InputError`` when it cannot listen, or there is no token."""
        self.token = read_token(token_file)
        self.marks = marks
        self.wake = wake
        self.report = report
        self.lock = threading.Lock()
        self.log = structlog.get_logger()
        handler = type("Handler", (_Handler,), {"control": self})
        try:
            self._server = ThreadingHTTPServer(listen_address(where), handler)
        except OSError as error:
            raise InputError(f"cannot listen: {error.strerror}", where=where) from error
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, name="control", daemon=True).start()

    def close(self) -> None:
        """Listen no longer."""
        self._server.shutdown()
        self._server.server_close()

    def shown(self) -> dict[str, Any]:
        """Each marked host: its state, and how many items the last look saw there; ``null`` before one."""
        report = self.report()
        return {
            host: {"state": mark.value, "items": len(report[host]) if host in report else None}
            for host, mark in sorted(self.marks.read().items())
        }


class _Handler(BaseHTTPRequestHandler):
    control: Control
    timeout = 10

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Changes are logged, requests are not."""

    def do_GET(self) -> None:
        """Marked hosts."""
        if self._allowed() and (host := self._path()) is not None:
            shown = self.control.shown()
            self._answer(200, shown.get(host, {"state": "returned", "items": None}) if host else shown)

    def do_PUT(self) -> None:
        """Mark a host."""
        if not self._allowed() or (host := self._path()) is None:
            return
        state = self._state()
        if not host or state not in STATES:
            self._answer(400, {"error": f"state: one of {', '.join(STATES)}"})
            return
        try:
            with self.control.lock:
                changed = self.control.marks.set(host, STATES[state])
        except (OSError, InputError) as error:
            self._answer(500, {"error": f"not kept: {error}"})
            return
        if changed:
            self.control.log.warning("told of a host", host=host, state=state, by=self.client_address[0])
        self.control.wake()
        self._answer(200, {"state": state})

    def _path(self) -> str | None:
        """The host asked about, empty for all; ``None``, answered, where there is no such page."""
        top, _, host = self.path.lstrip("/").partition("/")
        host = unquote(host)
        if top != "hosts" or (host and not _HOST.fullmatch(host)):
            self._answer(404, {"error": "there is /hosts and /hosts/NAME"})
            return None
        return host

    def _state(self) -> str:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > _MOST_BODY:
            return ""
        try:
            body = json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            return ""
        state = body.get("state") if isinstance(body, dict) else None
        return state if isinstance(state, str) else ""

    def _allowed(self) -> bool:
        given = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if hmac.compare_digest(given.encode(), self.control.token.encode()):
            return True
        self._answer(401, {"error": "Authorization: Bearer TOKEN"})
        return False

    def _answer(self, status: int, body: Any) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
