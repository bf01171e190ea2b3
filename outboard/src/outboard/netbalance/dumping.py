"""A state as a file: to plan from without the cloud, to send with a report of a bug."""

from pathlib import Path

import msgspec

from outboard.errors import InputError
from outboard.files import write_atomically
from outboard.netbalance.model import Agent, Item, Kind, State, Style

FORMAT = 1


class _Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    id: str
    kind: Kind
    style: Style
    reach: int  # place in ``reaches``
    on: list[str] = []
    active: str = ""
    name: str = ""
    weight: int = 1
    replicas: int = 1
    floor: int = 1
    zones: list[str] = []
    frozen_until: float = 0.0


class _Dump(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Sets of agents are written once: thousands of items reach the same ones."""

    format: int
    agents: list[Agent]
    reaches: list[list[str]]
    items: list[_Item]


def write_state(path: Path, state: State) -> None:
    """Write a state as JSON. Raises ``InputError`` where the file cannot be written."""
    try:
        write_atomically(path, msgspec.json.format(encode(state), indent=1))
    except OSError as error:
        raise InputError(f"cannot write: {error.strerror}", where=str(path)) from error


def encode(state: State) -> bytes:
    """A state as JSON, the same bytes for the same state."""
    numbers: dict[frozenset[str], int] = {}
    items = [
        _Item(
            item.id, item.kind, item.style, numbers.setdefault(item.reachable, len(numbers)),
            sorted(state.bindings.get(item.id, ())), state.active.get(item.id, ""), item.name, item.weight,
            item.replicas, item.floor, list(item.zones), item.frozen_until,
        )
        for _, item in sorted(state.items.items())
    ]  # fmt: skip
    agents = [agent for _, agent in sorted(state.agents.items())]
    return msgspec.json.encode(_Dump(FORMAT, agents, [sorted(reach) for reach in numbers], items))


def read_state(path: Path) -> State:
    """The state of a file that ``write_state`` wrote. Raises ``InputError`` that says what is wrong."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read: {error.strerror}", where=str(path)) from error
    try:
        return _state(msgspec.json.decode(data, type=_Dump))
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
        raise InputError(
            f"not a state: {error}", where=str(path), hint="written by outboard netbalance dump"
        ) from error


def _state(dump: _Dump) -> State:
    if dump.format != FORMAT:
        raise ValueError(f"format {dump.format}, this program reads {FORMAT}")
    agents = {agent.id: agent for agent in dump.agents}
    if len(agents) < len(dump.agents):
        raise ValueError("two agents have the same id")
    reaches = [frozenset(reach) for reach in dump.reaches]
    items: dict[str, Item] = {}
    for one in dump.items:
        if not 0 <= one.reach < len(reaches):
            raise ValueError(f"item {one.id}: no reach {one.reach}")
        if one.id in items:
            raise ValueError(f"two items have the id {one.id}")
        if one.weight < 1 or one.replicas < 0:
            raise ValueError(f"item {one.id}: weight below 1 or replicas below 0")
        items[one.id] = Item(
            one.id, one.kind, one.style, one.name, one.weight, one.replicas, one.floor, tuple(one.zones),
            reaches[one.reach], one.frozen_until,
        )  # fmt: skip
    return State(
        agents, items, {one.id: frozenset(one.on) for one in dump.items},
        {one.id: one.active for one in dump.items if one.active},
    )  # fmt: skip
