"""A table: columns with what may stand in them, and rows of cells that know where they stand."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto


class ColumnKind(Enum):
    """What the cells of a column hold."""

    TEXT = auto()
    DATE = auto()
    WORD = auto()  # one of the column's words
    LINES = auto()  # a list, an entry a line


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is written."""

    name: str
    kind: ColumnKind = ColumnKind.TEXT
    words: tuple[str, ...] = ()  # offered to choose from
    hidden: bool = False  # for programs alone
    meaning: str = ""  # shown beside the heading, for people


@dataclass(frozen=True, slots=True)
class Cell:
    """What was read of one cell.

    ``problem`` says why it is not to be believed (a formula, an error); then ``text`` is what it shows.
    """

    text: str = ""
    day: date | None = None  # the cell is a date of the program, whatever it looks like
    number: bool = False  # the cell is a number of the program: zeros in front are lost
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row by the names of its columns; empty cells are left out."""

    number: int  # as programs show it, from 1
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Table:
    """A table that was read, its first row taken for the names of the columns."""

    where: str  # file, and sheet where there are several
    columns: tuple[str, ...]  # as they are written, in their order
    rows: tuple[Row, ...]  # without empty ones
    letters: Mapping[str, str]  # column -> how programs call it: A, B, ... AA
    heading: int = 1  # the row that names the columns
    remarks: tuple[str, ...] = ()  # what was seen and does not stop the reading
    typed: bool = False  # its cells say whether they are texts; in CSV they do not

    def spot(self, row: int, column: str | None = None) -> str:
        """Where a row or a cell stands, as people find it: ``plan.xlsx:7`` or ``plan.xlsx:C7``."""
        return f"{self.where}:{self.letters.get(column, '') if column else ''}{row}"
