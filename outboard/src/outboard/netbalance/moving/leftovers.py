"""DHCP ports that agents left for the next one, which has its own: deleted once everything has moved.

A deletion takes neutron as long as a move, so each in its turn would keep networks waiting. A kill before
the end harms nothing: a reserved port eats one address until the next agent of its network takes it.
"""

import asyncio

import structlog

from outboard.cloud import CloudError
from outboard.netbalance.model import Kind
from outboard.netbalance.moving.hands import Hands
from outboard.netbalance.reading.rows import RESERVED


class Leftovers:
    """The reserved ports that the moves of one run leave."""

    def __init__(self, hands: Hands) -> None:
        self._hands = hands
        self._left: set[tuple[str, str]] = set()
        self._log = structlog.get_logger()

    def note(self, network: str, host: str) -> None:
        """The agent on ``host`` had ``network`` and has it no more; another one serves it."""
        self._left.add((network, host))

    async def delete(self) -> None:
        """Delete them. What neutron refuses is logged. Raises ``NotLeaderError``."""
        left, self._left = self._left, set()
        try:
            ports = (
                await self._hands.ports(Kind.DHCP, sorted({network for network, _ in left})) if left else ()
            )
        except CloudError as error:
            self._log.warning("reserved DHCP ports stay", why=str(error))
            return
        async with asyncio.TaskGroup() as group:
            for port in ports:
                if port.device_id == RESERVED and (port.network_id, port.host) in left:
                    group.create_task(self._delete(port.network_id, port.id))

    async def _delete(self, network: str, port: str) -> None:
        try:
            await self._hands.delete_port(port)
        except CloudError as error:
            self._log.warning("a reserved DHCP port stays", network=network, why=str(error))
