"""Trackers on the loopback that answer as their interfaces are documented, or as badly as a test wants."""

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Things = dict[str, Any]


@dataclass
class Said:
    """One answer."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    drip: float = 0.0  # seconds between the bytes
    cut: bool = False  # the connection ends before the body does


def as_json(data: object, status: int = 200, **headers: str) -> Said:
    """An answer in JSON."""
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return Said(status, json.dumps(data).encode(), {"Content-Type": "application/json", **named})


def page(title: str, status: int = 200) -> Said:
    """An answer for people."""
    body = f"<!DOCTYPE html><html><head><title>{title}</title></head><body>{title}</body></html>"
    return Said(status, body.encode(), {"Content-Type": "text/html; charset=utf-8"})


class Served:
    """One server. ``things`` is what it knows; ``first`` are answers it gives before all others."""

    def __init__(
        self, kind: str, things: Things | None = None, *, delay: float = 0.0, limit: int = 0
    ) -> None:
        self.kind = kind
        self.things: Things = things or {}
        self.first: list[Said | Callable[[str], Said]] = []
        self.always: Callable[[str], Said | None] = lambda path: None
        self.delay = delay  # seconds before each answer
        self.limit = limit  # requests a minute; more are answered 429
        self.asked: list[str] = []  # path and query of each request
        self.headers: list[dict[str, str]] = []
        self.times: list[float] = []
        self.refused = 0
        self.at_once = self.most_at_once = 0
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"served": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def place(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.server.server_port}"

    @property
    def address(self) -> str:
        """Its address."""
        return f"http://{self.place}"

    def stop(self) -> None:
        """End it."""
        self.server.shutdown()
        self.server.server_close()

    def answer(self, target: str, headers: dict[str, str]) -> Said:
        """What it says to one request."""
        with self._lock:
            now = time.monotonic()
            self.asked.append(target)
            self.headers.append(headers)
            self.times.append(now)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            over = self.limit and sum(now - each < 60 for each in self.times) > self.limit
            scripted = self.first.pop(0) if self.first else None
        try:
            time.sleep(self.delay)
            if over:
                self.refused += 1
                return Said(429, b"{}", {"Retry-After": "1"})
            said = scripted(target) if callable(scripted) else scripted or self.always(target)
            return said or self._usual(target, headers)
        finally:
            with self._lock:
                self.at_once -= 1

    def _usual(self, target: str, headers: dict[str, str]) -> Said:
        parts = urlsplit(target)
        said: Said = getattr(self, f"_{self.kind}")(unquote(parts.path), parse_qs(parts.query))
        if self.kind not in ("gerrit", "gitlab") and said.status == 200:
            tag = f'"{hashlib.sha256(said.body).hexdigest()[:16]}"'
            if headers.get("If-None-Match") == tag:
                return Said(304, b"", {"ETag": tag})
            said.headers["ETag"] = tag
        return said

    def _gerrit(self, path: str, query: dict[str, list[str]]) -> Said:
        if path not in ("/changes/", "/a/changes/"):
            return Said(404, b"Not found", {"Content-Type": "text/plain"})
        wanted = query["q"][0].replace("change:", "").split(" OR ")
        found = [
            each
            for each in self.things.values()
            if str(each["_number"]) in wanted or each["change_id"] in wanted
        ]
        shown = []
        for each in found:
            kept = dict(each)
            if "MESSAGES" not in query.get("o", []):
                kept.pop("messages", None)
            if "LABELS" not in query.get("o", []):
                kept.pop("labels", None)
            shown.append(kept)
        said = as_json(shown)
        said.body = b")]}'\n" + said.body
        return said

    def _github(self, path: str, query: dict[str, list[str]]) -> Said:
        found = self.things.get(path)
        headers = {"X-RateLimit-Remaining": "4000", "X-RateLimit-Reset": "2000000000"}
        if found is None:
            return as_json({"message": "Not Found"}, 404, **headers)
        return as_json(found, **headers)

    def _gitlab(self, path: str, query: dict[str, list[str]]) -> Said:
        known = self.things.get(path)
        if known is None:
            return as_json({"message": "404 Project Not Found"}, 404)
        return as_json([each for each in known if str(each["iid"]) in query["iids[]"]])

    def _launchpad(self, path: str, query: dict[str, list[str]]) -> Said:
        found = self.things.get(path)
        return (
            as_json(found) if found is not None else Said(404, b"Object: <x>", {"Content-Type": "text/plain"})
        )

    def _patchwork(self, path: str, query: dict[str, list[str]]) -> Said:
        if path == "/api/patches/" and "msgid" in query:
            return as_json([each for each in self.things.values() if each["msgid"] == query["msgid"][0]])
        found = self.things.get(path)
        return as_json(found) if found is not None else as_json({"detail": "Not found."}, 404)

    _storyboard = _launchpad


class _Handler(BaseHTTPRequestHandler):
    served: Served
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body in one packet

    def do_GET(self) -> None:
        said = self.served.answer(self.path, dict(self.headers.items()))
        try:
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            if said.status != 304:
                self.send_header("Content-Length", str(len(said.body) + (100 if said.cut else 0)))
            self.end_headers()
            if said.drip:
                for byte in said.body:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    time.sleep(said.drip)
            else:
                self.wfile.write(said.body)
                self.wfile.flush()
            self.close_connection = self.close_connection or said.cut
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Nothing: what was asked is kept in ``Served.asked``."""


@contextmanager
def serving(*servers: Served) -> Iterator[None]:
    """The servers, ended with the block."""
    try:
        yield
    finally:
        for each in servers:
            each.stop()


# -- what the servers know ----------------------------------------------------------------


def change(number: int, status: str = "NEW", **values: Any) -> Things:
    """A change as Gerrit has it, at its second patch set."""
    return {
        "id": f"openstack%2Fnova~master~{change_id(number)}",
        "project": "openstack/nova",
        "branch": "master",
        "change_id": change_id(number),
        "subject": f"Change {number}",
        "status": status,
        "created": "2019-01-01 10:00:00.000000000",
        "updated": "2019-01-20 10:00:00.000000000",
        "_number": number,
        "owner": {"_account_id": 1, "name": "Ann Other", "username": "ann"},
        "current_revision": sha(number, 2),
        "revisions": {
            sha(number, 1): {"_number": 1, "created": "2019-01-01 10:00:00.000000000"},
            sha(number, 2): {"_number": 2, "created": "2019-01-19 10:00:00.000000000"},
        },
        **values,
    }


def abandoned(number: int, why: str, **values: Any) -> Things:
    """A change that was abandoned with a reason."""
    messages = [
        {"message": "Uploaded patch set 1.", "tag": "autogenerated:gerrit:newPatchSet"},
        {"message": f"Abandoned\n\n{why}", "tag": "autogenerated:gerrit:abandon"},
    ]
    return change(number, "ABANDONED", messages=messages, **values)


def pull(number: int, state: str = "open", *, merged: bool = False, **values: Any) -> Things:
    """A pull request as GitHub has it."""
    return {
        "number": number,
        "state": state,
        "merged": merged,
        "draft": False,
        "title": f"Pull {number}",
        "user": {"login": "ann"},
        "updated_at": "2019-01-20T10:00:00Z",
        "labels": [],
        "milestone": None,
        "merge_commit_sha": sha(number, 9),
        "head": {"ref": "topic", "sha": sha(number, 1)},
        "base": {"ref": "main", "sha": sha(number, 0)},
        **values,
    }


def issue(number: int, state: str = "open", **values: Any) -> Things:
    """An issue as GitHub has it."""
    return {
        "number": number,
        "state": state,
        "title": f"Issue {number}",
        "user": {"login": "ann"},
        "updated_at": "2019-01-20T10:00:00Z",
        "labels": [],
        "milestone": None,
        "closed_by": None,
        "state_reason": None,
        **values,
    }


def request(number: int, state: str = "opened", **values: Any) -> Things:
    """A merge request, or an issue, as GitLab has it."""
    return {
        "iid": number,
        "state": state,
        "title": f"Request {number}",
        "author": {"username": "ann"},
        "assignees": [],
        "updated_at": "2019-01-20T10:00:00.123Z",
        "closed_by": None,
        "labels": [],
        "milestone": None,
        "draft": False,
        "target_branch": "main",
        "sha": sha(number, 1),
        "merge_commit_sha": None,
        "squash_commit_sha": None,
        **values,
    }


def bug(number: int, *tasks: tuple[str, str], **values: Any) -> Things:
    """A bug and its tasks (project and status) as Launchpad has them, by path."""
    root = "https://api.launchpad.net/devel"
    return {
        f"/bugs/{number}": {
            "id": number,
            "title": f"Bug {number}",
            "date_last_updated": "2019-01-20T10:00:00.123456+00:00",
            "date_last_message": None,
            "duplicate_of_link": None,
            "owner_link": f"{root}/~ann",
            **values,
        },
        f"/bugs/{number}/bug_tasks": {
            "total_size": len(tasks),
            "start": 0,
            "entries": [
                {
                    "bug_target_name": project,
                    "status": status,
                    "assignee_link": f"{root}/~ben",
                    "milestone_link": f"{root}/{project}/+milestone/19.0.0",
                }
                for project, status in tasks
            ],
        },
    }


def patch(number: int, state: str = "new", **values: Any) -> Things:
    """A patch as Patchwork has it."""
    return {
        "id": number,
        "state": state,
        "name": f"[1/2] patch {number}",
        "date": "2019-01-20T10:00:00",
        "msgid": f"<{number}@example.org>",
        "submitter": {"name": "Ann Other", "email": "ann@example.org"},
        "project": {"link_name": "linux-mm"},
        "commit_ref": None,
        **values,
    }


def change_id(number: int) -> str:
    """The Change-Id of a change."""
    return f"I{sha(number, 0)}"


def sha(*parts: object) -> str:
    """A hash of something."""
    return hashlib.sha1(repr(parts).encode(), usedforsecurity=False).hexdigest()
