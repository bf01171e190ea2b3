"""What is known of one patch at one place: a state, why, and how it goes in."""

from dataclasses import dataclass
from enum import StrEnum

from unfork.model import State


class Way(StrEnum):
    """How git must be called so that the patch goes in."""

    PLAIN = "plain"
    LESS_CONTEXT = "less-context"
    MERGE = "merge"

    @property
    def options(self) -> tuple[str, ...]:
        """Options for ``git apply --cached``."""
        return _OPTIONS[self]


_OPTIONS = {
    Way.PLAIN: (),
    Way.LESS_CONTEXT: ("-C1",),
    Way.MERGE: ("--3way", "-C1"),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """The state of one patch, alone on the target or in its place in the series."""

    state: State
    details: tuple[str, ...] = ()
    way: Way | None = None  # None: it does not go in, or there is nothing to do
    present: float | None = None
    absorbed_at: str | None = None
    stuck: tuple[int, ...] = ()  # places in ``paths_of(patch)`` whose change goes in by no way
    lasting: bool = True  # False: may be another one tomorrow (an object was missing): not kept


APPLYING = frozenset({State.CLEAN, State.OFFSET, State.FUZZY})
