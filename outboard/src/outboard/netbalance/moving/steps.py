"""The steps of one move, by style. What is done here is journalled by the caller.

Make before break: add, wait until the new one serves, remove the old. What cannot be on two agents, or is
on a dead one, is removed first; then it must end somewhere: the target, another, whoever neutron chose, the
source.
"""

import asyncio
from dataclasses import dataclass

from outboard.cloud import CloudError
from outboard.cloud import Kind as Error
from outboard.netbalance.model import Agent, Item, Kind, Move, Style
from outboard.netbalance.moving.hands import Hands
from outboard.netbalance.moving.leftovers import Leftovers
from outboard.netbalance.moving.places import Places
from outboard.netbalance.moving.results import Outcome, Result
from outboard.netbalance.moving.watch import PortWatch

_STATES_THAT_SERVE = frozenset({"active", "standby"})
_MOST_TARGETS = 4


@dataclass(frozen=True)
class Ways:
    """How careful a mover is."""

    agent_timeout: float
    settle: float
    keep_dhcp_address: bool
    wait_for_agents: bool


class Steps:
    """Moves one item at a time; many may run at once. ``leftovers`` are the caller's to delete."""

    def __init__(self, hands: Hands, watch: PortWatch, ways: Ways, leftovers: Leftovers) -> None:
        self._hands = hands
        self._watch = watch
        self._ways = ways
        self._leftovers = leftovers

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
        return await self._make_before_break(move, item, source, places)

    async def _make_before_break(self, move: Move, item: Item, source: Agent, places: Places) -> Outcome:
        target, why = await self._place(move, item, places)
        if target is None:
            return Outcome(move, Result.FAILED, why)
        if item.kind is Kind.DHCP and item.id not in places.portless:
            await asyncio.sleep(self._ways.settle)
        if await self._hands.unbind(item.kind, source.id, item.id) and item.kind is Kind.DHCP:
            self._leftovers.note(item.id, source.host)
        return self._outcome(move, target)

    async def _break_before_make(self, move: Move, item: Item, places: Places) -> Outcome:
        assert move.source is not None  # noqa: S101  # the caller's choice, said to the type checker
        await self._hands.unbind(item.kind, move.source, item.id)
        try:
            target, why = await self._place(move, item, places)
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
        target, why = await self._place(move, item, places)
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
            self._leftovers.note(item.id, next(row.host for row in hosting if row.id == move.source))
        return Outcome(move, Result.DONE)

    async def _place(self, move: Move, item: Item, places: Places) -> tuple[str | None, str]:
        """Have it served by the target or another; which, and why it is not."""
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
                if await self._serves(item, found, host, places):
                    return found, ""
                why = f"not served on {host} within {self._ways.agent_timeout:g} s"
                await self._hands.unbind(item.kind, found, item.id)
            reasons.append(why)
            candidates = places.others(item, tried)
        return None, "; ".join(reasons) or "nothing else reaches it"

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

    async def _serves(self, item: Item, agent: str, host: str, places: Places) -> bool:
        """Whether it is served there in time."""
        if item.style in (Style.LEGACY, Style.DVR):
            return any(row.id == agent for row in await self._hands.hosting(item.kind, item.id))
        if not self._ways.wait_for_agents or item.id in places.portless:
            return True
        if not await self._watch.active(item.kind, item.id, host, self._ways.agent_timeout):
            return False
        if item.style is Style.HA:
            rows = await self._hands.hosting(item.kind, item.id)
            return any(row.id == agent and row.ha_state in _STATES_THAT_SERVE for row in rows)
        return True

    async def _try(self, item: Item, agent: str) -> str:
        """Bind; why it did not go."""
        try:
            await self._hands.bind(item.kind, agent, item.id)
        except CloudError as error:
            return str(error)
        return ""

    @staticmethod
    def _outcome(move: Move, target: str) -> Outcome:
        if target == move.target:
            return Outcome(move, Result.DONE)
        return Outcome(move, Result.ELSEWHERE, target=target)
