"""The steps of one move, by style. What is done here is journalled by the caller.

Make before break: add, wait until the new one serves, remove the old. What cannot be on two agents, or is
on a dead one, is removed first; then it must end somewhere: the target, another, whoever neutron chose, the
source.
"""

from dataclasses import dataclass

import structlog

from outboard.cloud import CloudError
from outboard.cloud import Kind as Error
from outboard.netbalance.model import Item, Kind, Move, Style
from outboard.netbalance.moving.hands import Hands
from outboard.netbalance.moving.places import Places
from outboard.netbalance.moving.results import Outcome, Result
from outboard.netbalance.moving.watch import Ports, PortWatch
from outboard.netbalance.reading.rows import RESERVED

_STATES_THAT_SERVE = frozenset({"active", "standby"})
_MOST_TARGETS = 4


@dataclass(frozen=True)
class Ways:
    """How careful a mover is."""

    agent_timeout: float
    keep_dhcp_address: bool
    wait_for_agents: bool


class Steps:
    """Moves one item at a time; many may run at once."""

    def __init__(self, hands: Hands, watch: PortWatch, ways: Ways) -> None:
        self._hands = hands
        self._watch = watch
        self._ways = ways
        self._log = structlog.get_logger()

    async def move(self, move: Move, item: Item, places: Places) -> Outcome:
        """Make one move. Raises ``CloudError`` where neutron stayed away or refuses, with nothing half done
        that another look would not find."""
        if move.target is None:
            return await self._remove_surplus(move, item)
        if move.source is None:
            return await self._add(move, item, places)
        source = places.state.agents.get(move.source)
        alone = item.style in (Style.LEGACY, Style.DVR)
        keep = self._ways.keep_dhcp_address and item.kind is Kind.DHCP
        if alone or keep or source is None or not source.alive:
            return await self._break_before_make(move, item, places)
        return await self._make_before_break(move, item, places)

    async def _make_before_break(self, move: Move, item: Item, places: Places) -> Outcome:
        assert move.source is not None  # noqa: S101  # the caller's choice, said to the type checker
        target, ports, why = await self._place(move, item, places)
        if target is None:
            return Outcome(move, Result.FAILED, why)
        was_there = await self._hands.unbind(item.kind, move.source, item.id)
        if was_there and item.kind is Kind.DHCP:
            await self._drop_reserved(item.id, places.state.agents[move.source].host, ports)
        return self._outcome(move, target)

    async def _break_before_make(self, move: Move, item: Item, places: Places) -> Outcome:
        assert move.source is not None  # noqa: S101  # as above
        await self._hands.unbind(item.kind, move.source, item.id)
        try:
            target, _, why = await self._place(move, item, places)
        except CloudError as error:
            target, why = None, str(error)
            if error.kind is Error.AWAY:
                return Outcome(move, Result.UNHOSTED, why)
        if target is not None:
            return self._outcome(move, target)
        source = places.state.agents.get(move.source)
        if source is not None and source.alive and await self._try(item, source.id) == "":
            return Outcome(move, Result.FAILED, why, target=source.id)
        return Outcome(move, Result.UNHOSTED, why)

    async def _add(self, move: Move, item: Item, places: Places) -> Outcome:
        target, _, why = await self._place(move, item, places)
        if target is not None:
            return self._outcome(move, target)
        return Outcome(move, Result.FAILED if places.state.bindings[item.id] else Result.UNHOSTED, why)

    async def _remove_surplus(self, move: Move, item: Item) -> Outcome:
        assert move.source is not None  # noqa: S101  # a move has an end
        hosting = await self._hands.hosting(item.kind, item.id)
        if not any(row.id == move.source for row in hosting):
            return Outcome(move, Result.NOTHING)
        if not any(row.alive and row.admin_state_up for row in hosting if row.id != move.source):
            return Outcome(move, Result.FAILED, "no other living agent has it")
        await self._hands.unbind(item.kind, move.source, item.id)
        if item.kind is Kind.DHCP:
            host = next(row.host for row in hosting if row.id == move.source)
            await self._drop_reserved(item.id, host, None)
        return Outcome(move, Result.DONE)

    async def _place(self, move: Move, item: Item, places: Places) -> tuple[str | None, Ports | None, str]:
        """Have it served by the target or another; which, the ports seen then, and why it is not."""
        assert move.target is not None  # noqa: S101  # the callers' case
        tried: set[str] = {move.source} if move.source else set()
        candidates = [move.target]
        reasons = []
        while candidates and len(tried) <= _MOST_TARGETS:
            agent = candidates[0]
            tried.add(agent)
            found, why = await self._bind(item, agent, places)
            if found is not None:
                host = places.state.agents[found].host
                serving, ports = await self._serves(item, found, host, places)
                if serving:
                    return found, ports, ""
                why = f"not served on {host} within {self._ways.agent_timeout:g} s"
                await self._hands.unbind(item.kind, found, item.id)
            reasons.append(why)
            candidates = places.others(item, tried)
        return None, None, "; ".join(reasons) or "nothing else reaches it"

    async def _bind(self, item: Item, agent: str, places: Places) -> tuple[str | None, str]:
        """Bind, or adopt who has it: neutron's own failover is as good. Who, and why nobody."""
        try:
            await self._hands.bind(item.kind, agent, item.id)
        except CloudError as error:
            if error.kind is Error.CONFLICT:
                for row in await self._hands.hosting(item.kind, item.id):
                    if item.style in (Style.LEGACY, Style.DVR) and places.serves(item, row.id):
                        return row.id, ""
                return None, str(error)
            if error.kind is Error.GONE:
                return None, str(error)
            raise
        return agent, ""

    async def _serves(self, item: Item, agent: str, host: str, places: Places) -> tuple[bool, Ports | None]:
        """Whether it is served there in time."""
        if item.style in (Style.LEGACY, Style.DVR):
            return any(row.id == agent for row in await self._hands.hosting(item.kind, item.id)), None
        if not self._ways.wait_for_agents or item.id in places.portless:
            return True, None
        ports = await self._watch.active(item.kind, item.id, host, self._ways.agent_timeout)
        if ports is None:
            return False, None
        if item.style is Style.HA:
            rows = await self._hands.hosting(item.kind, item.id)
            return any(row.id == agent and row.ha_state in _STATES_THAT_SERVE for row in rows), ports
        return True, ports

    async def _try(self, item: Item, agent: str) -> str:
        """Bind; why it did not go."""
        try:
            await self._hands.bind(item.kind, agent, item.id)
        except CloudError as error:
            return str(error)
        return ""

    async def _drop_reserved(self, network: str, host: str, before: Ports | None) -> None:
        """Delete the port the old agent left for the next one: the next one has its own already."""
        try:
            for port in await self._watch.look(Kind.DHCP, network):
                known = before is None or any(port.id == old.id for old in before)
                if port.device_id == RESERVED and port.host == host and known:
                    await self._hands.delete_port(port.id)
        except CloudError as error:
            # It eats one address and harms nothing; the next agent of the network takes it.
            self._log.warning("a reserved DHCP port stays", network=network, why=str(error))

    @staticmethod
    def _outcome(move: Move, target: str) -> Outcome:
        if target == move.target:
            return Outcome(move, Result.DONE)
        return Outcome(move, Result.ELSEWHERE, target=target)
