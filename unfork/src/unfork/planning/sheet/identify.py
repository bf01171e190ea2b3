"""Which item a row is about, whatever a spreadsheet program made of its name."""

from collections.abc import Collection

from unfork.errors import InputError
from unfork.model.plan import Plan
from unfork.planning.sheet.cells import days_in
from unfork.planning.sheet.columns import KEY
from unfork.planning.sheet.record import Record, Records
from unfork.sheets import Cell, Row, Table
from unfork.sheets.found import plain


def key_of(table: Table) -> str:
    """The column of the items' names, as the table calls it."""
    return next(each for each in table.columns if plain(each) == plain(KEY))


def item_in(
    plan: Plan, table: Table, row: Row, records: Records, names: Collection[str]
) -> tuple[str, Record | None]:
    """The item a row is about, and its record where it has one: programs make 1.00E+10 of 1e10.

    ``names`` are those in the table: a row whose record is that of another row was copied to make a new one.
    Raises ``InputError`` naming the cell.
    """
    where = table.spot(row.number, key_of(table))
    cell = row.cells.get(key_of(table), Cell())
    text = cell.text.strip()
    record = records.of(row.cells.get(records.column or "", Cell()).text)
    if record is not None and record.plan != plan.name:
        raise InputError(
            f"the row was written from the plan {record.plan!r}, this one is {plan.name!r}",
            where=where,
            hint="import it into the plan it came from",
        )
    if record is not None and text != record.item and not made_of(cell, record.item):
        if not text:
            raise InputError(
                f"the name {record.item!r} was deleted", where=where, hint="write it, or delete the whole row"
            )
        if text not in plan.items and record.item in plan.items and record.item not in names:
            raise InputError(
                f"{record.item!r} was named {text!r}",
                where=where,
                hint="name it as before: other items and records know it by that; rename it in the file",
            )
        record = None
    if record is not None:
        return record.item, record
    if not text or cell.problem is not None:
        what = f"{cell.text!r} {cell.problem}" if cell.problem else "the row has no name"
        raise InputError(what, where=where, hint=f"write one into the column {KEY}, or delete the row")
    return text, None


def made_of(cell: Cell, text: str) -> bool:
    """Whether the cell is what spreadsheet programs make of a text that looks like a number or a date."""
    seen = cell.text.strip()
    if seen == text.strip():
        return True
    try:
        return float(seen) == float(text)
    except ValueError:
        pass
    days = days_in(text.strip())
    return len(days) == 1 and (cell.day == days[0] or days[0] in days_in(seen))
