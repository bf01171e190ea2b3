"""The writes of a move, each so that its end is known: done, or re-read until it is."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import ParamSpec, TypeVar

from outboard.cloud import CloudError
from outboard.cloud import Kind as Error
from outboard.netbalance.model import Kind
from outboard.netbalance.neutron import Neutron
from outboard.netbalance.reading.rows import HostingRow, PortRow

P = ParamSpec("P")
T = TypeVar("T")

_ATTEMPTS = 5
_FIRST_WAIT = 0.5


class Hands:
    """Binds and unbinds. ``require`` is called before every write, and raises when the lease was lost."""

    def __init__(self, neutron: Neutron, pool: Executor, require: Callable[[], None]) -> None:
        self._neutron = neutron
        self._pool = pool
        self._require = require

    async def hosting(self, kind: Kind, item: str) -> list[HostingRow]:
        """Who hosts an item; nobody, where the item is gone. Raises ``CloudError``."""
        try:
            return await self._call(self._neutron.hosting, kind, item)
        except CloudError as error:
            if error.kind is Error.GONE:
                return []
            raise

    async def ports(self, kind: Kind, items: Sequence[str]) -> list[PortRow]:
        """The ports that tell whether agents serve these items. Raises ``CloudError``."""
        ask = self._neutron.dhcp_ports if kind is Kind.DHCP else self._neutron.ha_ports
        return await self._call(ask, items)

    async def bind(self, kind: Kind, agent: str, item: str) -> bool:
        """Have an item on an agent; whether it was not there before.

        Raises ``CloudError``: of kind GONE where there is no such item or no such agent that may have it,
        CONFLICT where another has it.
        """
        return await self._until(kind, agent, item, self._neutron.add, there=True)

    async def unbind(self, kind: Kind, agent: str, item: str) -> bool:
        """Have an item not on an agent; whether it was there before. Raises ``CloudError``."""
        try:
            return await self._until(kind, agent, item, self._neutron.remove, there=False)
        except CloudError as error:
            if error.kind is Error.GONE:  # the agent or the item went, and the binding with it
                return False
            raise

    async def delete_port(self, port: str) -> None:
        """Delete a port, unless it is gone. Raises ``CloudError``."""
        try:
            await self._write(self._neutron.delete_port, port)
        except CloudError as error:
            if error.kind is not Error.GONE:
                raise

    async def _until(
        self, kind: Kind, agent: str, item: str, write: Callable[[Kind, str, str], None], *, there: bool
    ) -> bool:
        wait = _FIRST_WAIT
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                await self._write(write, kind, agent, item)
                return True
            except CloudError as error:
                if error.kind not in (Error.CONFLICT, Error.AWAY):
                    raise
                # After a lost answer nobody knows; after a conflict neutron or another one was faster.
                if await self._is(kind, agent, item) is there:
                    return error.kind is Error.AWAY
                if attempt == _ATTEMPTS or error.kind is Error.CONFLICT:
                    raise
            await asyncio.sleep(wait)
            wait *= 2
        raise AssertionError  # the last attempt returns or raises

    async def _is(self, kind: Kind, agent: str, item: str) -> bool | None:
        try:
            return any(row.id == agent for row in await self.hosting(kind, item))
        except CloudError as error:
            if error.kind is Error.AWAY:
                return None
            raise

    async def _write(self, write: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        def under_the_lease() -> None:
            self._require()
            write(*args, **kwargs)

        await self._call(under_the_lease)

    async def _call(self, ask: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        asked = asyncio.get_running_loop().run_in_executor(self._pool, lambda: ask(*args, **kwargs))
        try:
            return await asyncio.shield(asked)
        except asyncio.CancelledError:
            # A request that was sent cannot be called back: who looks next must find it done, or not.
            await asyncio.wait([asked])
            raise
