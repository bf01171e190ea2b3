"""The columns of a plan's table, made from the types of the plan: a new key is a new column."""

import typing
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import UnionType
from typing import Any

import msgspec

from unfork.model.plan import Item
from unfork.sheets import Column, ColumnKind

KEY = "item"
TITLE = "Items"
_MEANINGS = {
    "disposition": "How the patches of the item are to end.",
    "after": "Items that must end before this one can, one a line.",
    "links": "One a line: an address, or {url: ..., state: open, seen: 2019-01-31}.",
    "patches": "One a line: a name, or {name: ..., hash: ..., id: ...}.",
    "silence": "Rules that are not to speak, one a line: {rule: ..., reason: ...}.",
    "commitment.changes": "Earlier dates, one a line: {was: 2019-01-11, on: 2019-02-01, why: ...}.",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a plan's table, and where its value stands in an item."""

    column: Column
    path: tuple[str, ...]  # keys of the item's mapping; ("drop-when", "merged")
    entry: Any = None  # the type of a list's entries
    default: str = ""  # what the cell of a missing key shows

    @property
    def name(self) -> str:
        """The column's name."""
        return self.column.name


def _fields(struct: Any, before: tuple[str, ...] = ()) -> list[Field]:
    hints = typing.get_type_hints(struct)
    found: list[Field] = []
    for each in msgspec.structs.fields(struct):
        path = (*before, each.encode_name)
        name = ".".join(path)
        kind = _kind(hints[each.name])
        meaning = _MEANINGS.get(name, "")
        if typing.get_origin(kind) is tuple:
            column = Column(name, ColumnKind.LINES, meaning=meaning)
            found.append(Field(column, path, typing.get_args(kind)[0]))
        elif issubclass(kind, msgspec.Struct):
            found += _fields(kind, path)
        elif issubclass(kind, StrEnum):
            default = "" if each.default in (None, msgspec.NODEFAULT) else str(each.default)
            column = Column(name, ColumnKind.WORD, tuple(map(str, kind)), meaning=meaning)
            found.append(Field(column, path, default=default))
        else:
            column_kind = ColumnKind.DATE if kind is date else ColumnKind.TEXT
            found.append(Field(Column(name, column_kind, meaning=meaning), path))
    return found


def _kind(hint: Any) -> Any:
    """The type that is not ``None``."""
    if isinstance(hint, UnionType) or typing.get_origin(hint) is typing.Union:
        return next(each for each in typing.get_args(hint) if each is not type(None))
    return hint


FIELDS = tuple(_fields(Item))
BY_NAME = {each.name: each for each in FIELDS}
COLUMNS = (Column(KEY), *(each.column for each in FIELDS))
