"""Waiting for agents: all that is waited for is asked for in one request, not one each."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import structlog

from outboard.cloud import CloudError
from outboard.cloud import Kind as Error
from outboard.netbalance.model import Kind
from outboard.netbalance.reading.rows import RESERVED, PortRow

T = TypeVar("T")
Ports = list[PortRow]
Ask = Callable[[Kind, Sequence[str]], Awaitable[Ports]]


class PortWatch:
    """Ports of networks' DHCP servers and of HA routers' replicas, by item. One event loop's."""

    def __init__(self, ask: Ask, *, interval: float = 0.5) -> None:
        self._ask = ask
        self._interval = interval
        self._waiting: dict[tuple[Kind, str], set[asyncio.Future[Ports]]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None
        self._log = structlog.get_logger()

    async def active(self, kind: Kind, item: str, host: str, timeout: float) -> bool:
        """Wait until the port of an item on ``host`` is ACTIVE; whether it was before ``timeout``.
        Raises ``CloudError`` where rights are lacking."""
        try:
            async with asyncio.timeout(timeout):
                while True:
                    if any(_serves(port, host) for port in await self._look(kind, item)):
                        return True
        except TimeoutError:
            return False

    async def _look(self, kind: Kind, item: str) -> Ports:
        future: asyncio.Future[Ports] = asyncio.get_running_loop().create_future()
        self._waiting[kind, item].add(future)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._rounds())
        return await future

    async def _rounds(self) -> None:
        while self._waiting:
            await asyncio.sleep(self._interval)
            asked, self._waiting = self._waiting, defaultdict(set)
            for kind in Kind:
                items = [item for each, item in asked if each is kind]
                if items:
                    await self._round(kind, items, asked)

    async def _round(
        self, kind: Kind, items: list[str], asked: dict[tuple[Kind, str], set[asyncio.Future[Ports]]]
    ) -> None:
        try:
            ports = await self._ask(kind, items)
        except CloudError as error:
            if error.kind is Error.AWAY:  # a later round may be answered
                self._log.warning("ports cannot be listed", why=str(error))
                for item in items:
                    self._waiting[kind, item] |= {f for f in asked[kind, item] if not f.done()}
                return
            for item in items:
                for future in asked[kind, item]:
                    if not future.done():
                        future.set_exception(error)
            return
        of: dict[str, Ports] = defaultdict(list)
        for port in ports:
            of[port.network_id if kind is Kind.DHCP else port.device_id].append(port)
        for item in items:
            for future in asked[kind, item]:
                if not future.done():
                    future.set_result(of[item])


def _serves(port: PortRow, host: str) -> bool:
    return port.host == host and port.status == "ACTIVE" and port.device_id != RESERVED
