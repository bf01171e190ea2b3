"""A proxy in front of an API that fails on demand: what stands between a service and a cloud on a bad day.

It passes everything on to the real API until a ``Fault`` matches. It notes every request, so that tests can
count what a service asks.
"""

import asyncio
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiohttp import ClientSession, ClientTimeout, TCPConnector, web

_HOP_HEADERS = {"connection", "transfer-encoding", "content-length", "content-encoding", "keep-alive", "host"}


@dataclass(frozen=True)
class Fault:
    """What happens to requests that match, instead of or around the real answer."""

    status: int = 0  # answer with this; the API is not asked. 0: it is asked
    method: str = ""  # GET, PUT, …; empty: any
    path: str = ""  # regular expression, found anywhere in path and query
    times: int = -1  # so often, then no more; below 0: always
    after: bool = False  # with a status: the API is asked and does it, and the client hears ``status``
    delay: float = 0.0  # seconds before anything
    cut: bool = False  # half of the answer's body, then the connection ends
    hang_up: bool = False  # no answer: the connection ends
    body: bytes = b'{"message": "a fault of the test"}'  # of an answer with ``status``
    headers: Mapping[str, str] = field(default_factory=dict)  # such as Retry-After

    def matches(self, method: str, path: str) -> bool:
        """Whether it is for such a request."""
        return self.method in ("", method) and re.search(self.path, path) is not None


@dataclass(frozen=True)
class Request:
    """A request that passed by."""

    method: str
    path: str  # with its query
    status: int  # that the client got; 0 when the connection ended


class FaultProxy:
    """Runs in a thread of the test. ``url`` stands for the API: give it as ``network_endpoint_override``."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.requests: list[Request] = []
        self.url = ""
        self._faults: list[tuple[Fault, list[int]]] = []  # with how often each may happen still
        self._lock = threading.Lock()
        self._loop = asyncio.new_event_loop()
        self._session: ClientSession
        self._runner: web.AppRunner

    def fail(self, *faults: Fault) -> None:
        """These, in this order, instead of those before; none: everything passes."""
        with self._lock:
            self._faults = [(fault, [fault.times]) for fault in faults]

    def writes(self) -> list[Request]:
        """Requests that could have changed something."""
        return [request for request in self.requests if request.method not in ("GET", "HEAD", "OPTIONS")]

    async def _start(self) -> None:
        self._session = ClientSession(
            auto_decompress=False,
            timeout=ClientTimeout(total=300),
            connector=TCPConnector(force_close=True),  # uwsgi closes each connection itself
        )
        application = web.Application(client_max_size=2**30)
        application.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def _stop(self) -> None:
        await self._session.close()
        await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        fault = self._choose(request.method, request.path_qs) or Fault()
        status = 0
        try:
            await asyncio.sleep(fault.delay)
            if fault.hang_up:
                raise _hung_up(request)
            if fault.status and not fault.after:
                answer = web.Response(status=fault.status, body=fault.body, headers=fault.headers)
            else:
                answer = await self._ask(request)
                if fault.status:
                    answer = web.Response(status=fault.status, body=fault.body, headers=fault.headers)
            if fault.cut:
                raise await _cut(request, answer)
            status = answer.status
            return answer
        finally:
            self.requests.append(Request(request.method, request.path_qs, status))

    def _choose(self, method: str, path: str) -> Fault | None:
        with self._lock:
            for fault, left in self._faults:
                if left[0] != 0 and fault.matches(method, path):
                    left[0] -= 1
                    return fault
        return None

    async def _ask(self, request: web.Request) -> web.Response:
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOP_HEADERS}
        async with self._session.request(
            request.method, self.target + request.path_qs, headers=headers, data=await request.read(),
            allow_redirects=False,
        ) as answer:  # fmt: skip
            kept = {name: value for name, value in answer.headers.items() if name.lower() not in _HOP_HEADERS}
            return web.Response(status=answer.status, body=await answer.read(), headers=kept)


async def _cut(request: web.Request, answer: web.Response) -> ConnectionResetError:
    """Send the head with the whole length, and half of the body."""
    body = answer.body if isinstance(answer.body, bytes) else b""
    half = web.StreamResponse(status=answer.status, headers=answer.headers)
    half.content_length = max(len(body), 2)
    await half.prepare(request)
    await half.write(body[: len(body) // 2])
    return _hung_up(request)


def _hung_up(request: web.Request) -> ConnectionResetError:
    if request.transport:
        request.transport.close()
    return ConnectionResetError("a fault of the test")


@contextmanager
def fault_proxy(target: str) -> Iterator[FaultProxy]:
    """A proxy in front of ``target``, an API's address such as ``bed.layout.url("neutron")``."""
    proxy = FaultProxy(target)
    loop = proxy._loop
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(proxy._start(), loop).result(10)
        yield proxy
    finally:
        asyncio.run_coroutine_threadsafe(proxy._stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
