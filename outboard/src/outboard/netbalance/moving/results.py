"""What became of a move."""

from dataclasses import dataclass
from enum import StrEnum

import msgspec

from outboard.netbalance.model import Kind, Move, Style


class Result(StrEnum):
    """How a move ended."""

    DONE = "done"  # as planned
    ELSEWHERE = "elsewhere"  # served by another agent than planned: ours, or one neutron chose
    NOTHING = "nothing"  # it was so already, or the item is gone
    FAILED = "failed"  # it is served as before, or as well as could be reached
    UNHOSTED = "unhosted"  # nothing would take it; it stays in the journal, and is tried again


GOOD = frozenset({Result.DONE, Result.ELSEWHERE, Result.NOTHING})


@dataclass(frozen=True, slots=True)
class Outcome:
    """A move and its end. ``target`` is the agent it is on now, where that is another than planned."""

    move: Move
    result: Result
    why: str = ""
    target: str | None = None
    seconds: float = 0.0


class Intent(msgspec.Struct, frozen=True):
    """A line of the journal: a move that is under way."""

    kind: Kind
    style: Style
    item: str
    source: str | None
    target: str | None
