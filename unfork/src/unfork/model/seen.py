"""What a scan saw, as far as it is recorded.

Apart from the plan's types: a scan that is recorded has no need of those.
"""

from dataclasses import dataclass
from datetime import datetime

from unfork.model.verdict import Advice, Relation, State


@dataclass(frozen=True, slots=True)
class SeenPatch:
    """A patch as a scan saw it."""

    name: str
    id: str
    subject: str
    relation: Relation
    state: State
    advice: Advice
    advice_release: str | None
    first_release: str | None
    commits: tuple[str, ...]  # claimed upstream commits
    confidence: float
    lines: int  # added and removed


@dataclass(frozen=True, slots=True)
class SeenSeries:
    """The last scan of a project."""

    project: str
    run: str  # id of the run in the store
    at: datetime  # UTC
    target: str  # as the user named it
    patches: tuple[SeenPatch, ...]  # in series order
    retired: frozenset[str] = frozenset()  # content ids an earlier scan had and the one before this had not
