"""One thing that a tree offers."""

from dataclasses import dataclass

from unfork.model.compared import ContentKind


@dataclass(frozen=True, slots=True)
class Found:
    """Where a tree has it."""

    kind: ContentKind
    name: str  # the same in two trees
    file: str
    line: int
    loose: str  # a shorter name, for trees in which the longer one cannot be told; else the same
