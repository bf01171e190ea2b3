"""One run of moves by command: until there is nothing left to do, or nothing more can be done."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from outboard.errors import InputError
from outboard.netbalance.model import Move, Plan, State
from outboard.netbalance.moving.results import Outcome
from outboard.netbalance.planning.plan import apply
from outboard.netbalance.reading.look import Look
from outboard.netbalance.service import NetBalance
from outboard.netbalance.signals import HostMark, Marks


@dataclass(frozen=True, slots=True)
class Left:
    """An item that is not where it should be, for people. ``state`` is always "stuck"."""

    kind: str
    item: str
    name: str
    host: str
    why: str
    state: str = "stuck"


@dataclass(frozen=True, slots=True)
class Moved:
    """A move that was made, or would be."""

    kind: str
    item: str
    name: str
    source: str
    target: str
    reason: str
    state: str  # planned, or how it ended
    why: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Report:
    """What one command did, and what it could not."""

    moves: tuple[Moved, ...]
    left: tuple[Left, ...]
    requests: int
    seconds: float


def empty(service: NetBalance, marks: Marks, host: str, *, dry: bool = False) -> Report:
    """Move all that ``host`` has; its mark stays. Raises ``InputError`` where neutron knows no such host."""
    began = time.monotonic()
    as_marked = {host: HostMark.DRAINING, **marks.read()}
    look = service.look(as_marked)
    check_known(look, host)
    if not dry:
        marks.set(host, as_marked[host])

    def due(move: Move, state: State) -> bool:
        agent = state.agents.get(move.source or "")
        return agent is not None and agent.host == host

    return _run(service, began, look, as_marked, due, lambda look, _: look.on(host), dry=dry)


def level(service: NetBalance, marks: Marks, *, dry: bool = False) -> Report:
    """Make the whole plan true."""

    def left(_: Look, planned: Plan) -> dict[str, str]:
        return {stuck.item: stuck.agent or "" for stuck in planned.stuck}

    began = time.monotonic()
    as_marked = marks.read()
    return _run(service, began, service.look(as_marked), as_marked, lambda *_: True, left, dry=dry)


def _run(
    service: NetBalance,
    began: float,
    look: Look,
    marks: Mapping[str, HostMark],
    due: Callable[[Move, State], bool],
    left: Callable[[Look, Plan], Mapping[str, str]],
    *,
    dry: bool,
) -> Report:
    made: list[Moved] = []
    whys: dict[str, str] = {}
    if not dry and service.mend(look):
        look = service.look(marks)
    while True:
        planned = service.plan(look)
        if dry:
            made = [_moved(move, look.state) for move in planned.moves if due(move, look.state)]
            look = Look(look.survey, apply(look.state, planned.moves), look.portless)
            break
        outcomes = service.act(planned, look, marks, due=due)
        if not outcomes:
            break
        for outcome in outcomes:
            made.append(_moved(outcome.move, look.state, outcome))
            whys[outcome.move.item] = outcome.why
        look = service.look(marks)
    if not dry:
        service.remember()
    whys |= {stuck.item: stuck.why for stuck in planned.stuck if not whys.get(stuck.item)}
    return Report(
        tuple(made),
        left_of(left(look, planned), look.state, whys),
        service.requests(),
        round(time.monotonic() - began, 1),
    )


def _moved(move: Move, state: State, outcome: Outcome | None = None) -> Moved:
    item = state.items[move.item]
    target = (outcome and outcome.target) or move.target
    return Moved(
        item.kind.value, item.id, item.name, _host(state, move.source), _host(state, target),
        move.reason.value, outcome.result.value if outcome else "planned", outcome.why if outcome else "",
        outcome.seconds if outcome else 0.0,
    )  # fmt: skip


def left_of(items: Mapping[str, str], state: State, whys: Mapping[str, str]) -> tuple[Left, ...]:
    """What is still on an agent (item: agent), each with the reason."""
    unknown = "it came to the host while others left it"
    return tuple(
        Left(
            state.items[id_].kind.value, id_, state.items[id_].name, _host(state, agent),
            whys.get(id_) or unknown,
        )
        for id_, agent in sorted(items.items())
    )  # fmt: skip


def check_known(look: Look, host: str) -> None:
    """Raise ``InputError`` where neutron has no agent on ``host``: a mistyped name must not pass as empty."""
    if not any(agent.host == host for agent in look.survey.agents):
        raise InputError(
            f"neutron has no agent on {host!r}", hint="the name as openstack network agent list has it"
        )


def _host(state: State, agent: str | None) -> str:
    known = state.agents.get(agent or "")
    return known.host if known else agent or ""
