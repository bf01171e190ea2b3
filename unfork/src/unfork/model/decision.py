"""What people decided about a patch, and what follows from it: the word that the matcher yields to."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class DecisionKind(StrEnum):
    """What is said about the patch."""

    IS = "is"  # it is these upstream commits
    NOT = "not"  # it is none of these upstream commits
    REPLACED_BY = "replaced-by"  # something else does its work: it can go
    KEEP = "keep"  # it is carried on

    @property
    def is_outcome(self) -> bool:
        """Whether a patch can have only one of these; ``not`` may stand beside any of them."""
        return self is not DecisionKind.NOT


@dataclass(frozen=True, slots=True)
class Decision:
    """One block of ``decisions.toml``."""

    patch: str  # name in the series when it was decided, valid Unicode
    id: str  # content id of the patch when it was decided
    kind: DecisionKind
    by: str  # "Name <mail>"
    date: datetime  # UTC
    commits: tuple[str, ...] = ()  # full hashes, sorted; of "is" and "not"
    text: str | None = None  # what replaces the patch; of "replaced-by"
    why: str | None = None  # the reason; "keep" always has one
    where: str = field(default="", compare=False)  # file and line it was read from

    def __str__(self) -> str:
        """The decision in words, without the patch's name."""
        said = {
            DecisionKind.IS: f"is {_short(self.commits)}",
            DecisionKind.NOT: f"is not {_short(self.commits)}",
            DecisionKind.REPLACED_BY: f"replaced by {self.text}",
            DecisionKind.KEEP: "kept",
        }[self.kind]
        return f"{said}: {self.why}" if self.why else said


@dataclass(frozen=True, slots=True)
class Ruling:
    """All decisions that hold for one patch of a series."""

    outcome: Decision | None = None  # what it is, or what becomes of it
    refused: tuple[Decision, ...] = ()  # those that say what it is not
    changed: tuple[Decision, ...] = ()  # of these the ones made when its content was other

    @property
    def hidden(self) -> frozenset[str]:
        """Full hashes of the commits it is not."""
        return frozenset(sha for each in self.refused for sha in each.commits)

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """All of them."""
        return (*((self.outcome,) if self.outcome else ()), *self.refused)


def _short(commits: tuple[str, ...]) -> str:
    return ", ".join(sha[:12] for sha in commits)
