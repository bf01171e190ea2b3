"""What a merge is asked, and what it finds."""

from dataclasses import dataclass, field
from typing import Any

from unfork.model.plan import Item, Plan
from unfork.planning.sheet.build import item_of

Values = dict[tuple[str, ...], Any]  # of one item, by the paths of the columns


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user said of rows that are gone."""

    drop: frozenset[str] = frozenset()  # take these items out of the plan
    drop_missing: bool = False  # take out all whose rows were deleted
    keep_missing: bool = False  # leave them in the plan
    prefer: str | None = None  # "sheet" or "plan", where both changed


@dataclass(frozen=True, slots=True)
class CellChange:
    """One cell that people changed."""

    item: str
    column: str
    was: str
    now: str
    where: str


@dataclass(slots=True)
class Merged:
    """What is to be written, and what was said on the way. With ``problems`` nothing is written."""

    changed: list[CellChange] = field(default_factory=list)
    values: dict[str, Values] = field(default_factory=dict)  # changed items: all their values
    added: dict[str, Values] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)  # item -> its row
    problems: list[str] = field(default_factory=list)  # each names file and cell, and says what to do
    notes: list[str] = field(default_factory=list)

    def items(self, plan: Plan) -> dict[str, Item]:
        """The plan's items as they will be."""
        kept = {
            name: item_of(self.values[name]) if name in self.values else item
            for name, item in plan.items.items()
            if name not in self.dropped
        }
        return kept | {name: item_of(values) for name, values in self.added.items()}
