"""The proxy that fails on demand, in front of a small server of our own."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
from testbed.proxy import Fault, FaultProxy, fault_proxy


class Api(BaseHTTPRequestHandler):
    """Answers what it was asked, and remembers it."""

    seen: list[str]

    def do_GET(self) -> None:
        self.seen.append(f"{self.command} {self.path}")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = json.dumps({"path": self.path, "body": body.decode(), "token": self.headers["X-Auth-Token"]})
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer.encode())

    do_PUT = do_GET  # noqa: N815  # the base class's naming

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture
def seen() -> list[str]:
    return []


@pytest.fixture
def proxy(seen: list[str]) -> Iterator[FaultProxy]:
    handler = type("Handler", (Api,), {"seen": seen})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with fault_proxy(f"http://127.0.0.1:{server.server_port}") as made:
            yield made
        server.shutdown()


def test_everything_passes_and_is_noted(proxy: FaultProxy) -> None:
    answer = requests.put(f"{proxy.url}/v2.0/x?a=1", b"hello", headers={"X-Auth-Token": "t"}, timeout=30)
    assert answer.json() == {"path": "/v2.0/x?a=1", "body": "hello", "token": "t"}
    assert [(each.method, each.path, each.status) for each in proxy.writes()] == [("PUT", "/v2.0/x?a=1", 200)]


def test_a_status_so_often_and_only_where_it_matches(proxy: FaultProxy, seen: list[str]) -> None:
    proxy.fail(Fault(503, path="/agents", times=2, headers={"Retry-After": "1"}))
    answers = [
        requests.get(f"{proxy.url}/{path}", timeout=30) for path in ("agents", "nets", "agents", "agents")
    ]
    assert [answer.status_code for answer in answers] == [503, 200, 503, 200]
    assert answers[0].headers["Retry-After"] == "1"
    assert seen == ["GET /nets", "GET /agents"]


def test_done_but_the_client_hears_of_a_failure(proxy: FaultProxy, seen: list[str]) -> None:
    proxy.fail(Fault(500, method="PUT", after=True))
    assert requests.put(f"{proxy.url}/x", b"", timeout=30).status_code == 500
    assert seen == ["PUT /x"]


def test_half_an_answer_and_none(proxy: FaultProxy) -> None:
    proxy.fail(Fault(cut=True, times=1), Fault(hang_up=True))
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        requests.get(f"{proxy.url}/x", timeout=30)
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.get(f"{proxy.url}/x", timeout=30)
    assert [each.status for each in proxy.requests] == [0, 0]
