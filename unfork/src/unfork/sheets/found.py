"""Cells as a file has them, and the table in them: the row that names the columns, and what follows."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from unfork.errors import InputError
from unfork.sheets.table import Cell, Row, Table

_LOOKED_AT = 20  # rows from the top in which the names of the columns are looked for


@dataclass(frozen=True, slots=True)
class Grid:
    """All cells of a sheet by row number, each row from column A on."""

    where: str
    rows: Mapping[int, Sequence[Cell]]
    remarks: tuple[str, ...] = ()
    typed: bool = False


def table_in(grid: Grid, key: str) -> Table:
    """The table whose columns are named in the first row that names the column ``key``.

    Names are told apart by their letters and digits alone: ``Drop_When`` is ``drop-when``. Raises
    ``InputError`` when there is none, or two columns have one name.
    """
    for number, cells in list(grid.rows.items())[:_LOOKED_AT]:
        if plain(key) in (plain(cell.text) for cell in cells):
            return _table(grid, number)
    first = next((cells for cells in grid.rows.values() if any(cell.text for cell in cells)), None)
    names = ", ".join(repr(cell.text[:40]) for cell in (first or ())[:6] if cell.text)
    raise InputError(
        f"no column {key!r}, by which rows are told apart",
        where=grid.where,
        hint=f"the first row names the columns, here {names}" if names else "it is empty",
    )


def plain(name: str) -> str:
    """A name as it is compared: case, blanks and signs do not count."""
    return re.sub(r"[\W_]+", "", name).lower()


def letter(column: int) -> str:
    """How programs call a column, counted from 0: A, B, ... Z, AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def _table(grid: Grid, heading: int) -> Table:
    names: dict[int, str] = {}
    taken: dict[str, int] = {}
    for at, cell in enumerate(grid.rows[heading]):
        name = cell.text.strip()
        if not name:
            continue
        if plain(name) in taken:
            raise InputError(
                f"two columns are named {name!r}",
                where=f"{grid.where}:{letter(at)}{heading}",
                hint=f"the first is column {letter(taken[plain(name)])}: take one out",
            )
        taken[plain(name)] = at
        names[at] = name
    rows = []
    for number, cells in grid.rows.items():
        if number <= heading:
            continue
        held = {at: cell for at, cell in enumerate(cells) if cell.text or cell.problem}
        stray = next((at for at in held if at not in names), None)
        if stray is not None:
            raise InputError(
                f"{held[stray].text[:40]!r} stands in a column without a name",
                where=f"{grid.where}:{letter(stray)}{number}",
                hint="name the column, or delete the cell; in CSV a separator may be one too many",
            )
        if held:
            rows.append(Row(number, {names[at]: cell for at, cell in held.items()}))
    letters = {name: letter(at) for at, name in names.items()}
    return Table(grid.where, tuple(names.values()), tuple(rows), letters, heading, grid.remarks, grid.typed)
