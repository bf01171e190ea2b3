"""A plan as the rows of a table."""

from collections.abc import Iterator

from unfork.errors import InputError
from unfork.model.plan import Plan
from unfork.planning.sheet.build import item_of
from unfork.planning.sheet.cells import cells_of, value_of
from unfork.planning.sheet.columns import COLUMNS, FIELDS
from unfork.planning.sheet.record import record_column, record_of
from unfork.sheets import Cell, Column


def sheet_of(plan: Plan) -> tuple[list[Column], Iterator[list[str]]]:
    """The columns, and a row for each item in the plan's order.

    Raises ``InputError`` for an item that a row cannot hold: what is written can be read again, always.
    """
    return [*COLUMNS, record_column(plan.items)], _rows(plan)


def _rows(plan: Plan) -> Iterator[list[str]]:
    for name, item in plan.items.items():
        cells = cells_of(item)
        values = {
            field.path: value_of(field, Cell(text), "")
            for field, text in zip(FIELDS, cells, strict=True)
            if text
        }
        if item_of(values) != item or name != name.strip() or not name:
            raise InputError(
                "a table cannot hold this item as it is",
                where=str(plan.spot(name)),
                hint="a mapping without values, or blanks around a name: take them out",
            )
        yield [name, *cells, record_of(plan.name, name, cells)]
