"""What a table was made from, in its last column: it tells what people changed from what the plan did.

A cell's record is six characters of a hash of the text it had, an empty cell's one dot. The column's heading
counts the items and has a hash of their names.
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from unfork.planning.sheet.columns import FIELDS
from unfork.sheets import Column, Table

_FORM = "1"
_HEADING = re.compile(r"unfork (\d+) ([\w-]{4}) (\d+) ([\w-]{12})")
_MARKS = re.compile(r"\.|[\w-]{6}")


def _hash(text: str, size: int) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return base64.urlsafe_b64encode(digest[:12]).decode("ascii")[:size]


_COLUMNS = _hash("\n".join(each.name for each in FIELDS), 4)


def record_column(items: Iterable[str]) -> Column:
    """The column that keeps the records."""
    names = sorted(items)
    heading = f"unfork {_FORM} {_COLUMNS} {len(names)} {_hash(chr(10).join(names), 12)}"
    return Column(heading, hidden=True, meaning="What the cells were when the plan was written here.")


def record_of(plan: str, item: str, cells: Sequence[str]) -> str:
    """The record of an item's row."""
    return f"{plan} {''.join(_hash(each, 6) if each else '.' for each in cells)} {item}"


@dataclass(frozen=True, slots=True)
class Record:
    """The record of one row."""

    plan: str
    item: str  # as it was called
    marks: Mapping[str, str]  # column -> mark

    def was(self, column: str, text: str) -> bool:
        """Whether the column's cell had this text."""
        return self.marks[column] == (_hash(text, 6) if text else ".")


@dataclass(frozen=True, slots=True)
class Records:
    """All records of a table; ``None`` of them when it has no such column, or one of another form."""

    column: str | None = None
    count: int = 0  # items of the plan when it was written
    names: str = ""  # hash of their names

    def of(self, text: str) -> Record | None:
        """The record in a cell; ``None`` for what is none."""
        parts = text.split(" ", 2)
        marks = _MARKS.findall(parts[1]) if len(parts) == 3 else []
        if self.column is None or len(marks) != len(FIELDS) or "".join(marks) != parts[1]:
            return None
        return Record(parts[0], parts[2], dict(zip((each.name for each in FIELDS), marks, strict=True)))

    def are(self, items: Iterable[str]) -> bool:
        """Whether these are the items the plan had."""
        names = sorted(items)
        return len(names) == self.count and _hash("\n".join(names), 12) == self.names


def records_in(table: Table) -> Records:
    """What a table says of itself."""
    for name in table.columns:
        found = _HEADING.fullmatch(name.strip())
        if found and (found[1], found[2]) == (_FORM, _COLUMNS):
            return Records(name, int(found[3]), found[4])
    return Records()


def is_record(column: str) -> bool:
    """Whether a column is one of records, maybe of another form."""
    return column.startswith("unfork ")
