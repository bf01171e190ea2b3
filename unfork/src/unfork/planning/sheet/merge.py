"""What people changed in a table, told from what became of the plan meanwhile: a merge of three, by cell."""

import difflib
from collections.abc import Mapping
from typing import Any

from unfork.errors import InputError
from unfork.model.plan import Plan
from unfork.planning.sheet.build import item_of
from unfork.planning.sheet.cells import cells_of, days_in, shown, value_of
from unfork.planning.sheet.columns import BY_NAME, FIELDS, KEY, Field
from unfork.planning.sheet.identify import item_in, key_of, made_of
from unfork.planning.sheet.merged import Asked, CellChange, Merged, Values
from unfork.planning.sheet.missing import ask_missing
from unfork.planning.sheet.record import Record, is_record, records_in
from unfork.sheets import Cell, ColumnKind, Row, Table
from unfork.sheets.found import plain


def merge(plan: Plan, table: Table, asked: Asked) -> Merged:
    """Compare each cell with what it was when it was written and with what the plan says now."""
    merged = Merged(notes=list(table.remarks))
    merger = _Merger(plan, table, _columns(table, merged), asked, merged)
    records = records_in(table)
    if records.column is None:
        merged.notes.append(
            "the table does not say what it was made from: every difference is taken for a change"
        )
    recorded = set()
    names = {row.cells.get(key_of(table), Cell()).text.strip() for row in table.rows}
    for row in table.rows:
        try:
            name, record = item_in(plan, table, row, records, names)
        except InputError as error:
            merged.problems.append(str(error))
            continue
        if name in merged.rows:
            merged.problems.append(
                f"{table.spot(row.number, key_of(table))}: {name!r} has a row already,"
                f" row {merged.rows[name]} (make them one, or give one another name)"
            )
            continue
        merged.rows[name] = row.number
        if record is not None:
            recorded.add(name)
        if name in plan.items:
            merger.change(name, row, record)
        else:
            merger.add(name, row, record)
    ask_missing(plan, table, records, recorded, asked, merged)
    return merged


def _columns(table: Table, merged: Merged) -> dict[str, Field]:
    """The table's columns that are the plan's, by their names in the table."""
    known = {plain(name): each for name, each in BY_NAME.items()}
    columns = {}
    for name in table.columns:
        if plain(name) in known:
            columns[name] = known[plain(name)]
        elif plain(name) != plain(KEY) and not is_record(name):
            near = difflib.get_close_matches(name.lower(), BY_NAME, n=1, cutoff=0.75)
            hint = f" (did you mean {near[0]}?)" if near else ""
            merged.notes.append(f"column {name!r} is none of the plan's and is not taken over{hint}")
    return columns


class _Merger:
    """Compares the rows of one table, and keeps what it finds."""

    def __init__(
        self, plan: Plan, table: Table, columns: Mapping[str, Field], asked: Asked, merged: Merged
    ) -> None:
        self.plan, self.table, self.columns, self.asked, self.merged = plan, table, columns, asked, merged

    def change(self, name: str, row: Row, record: Record | None) -> None:
        """Keep what was changed in the row of an item."""
        now = dict(zip((each.name for each in FIELDS), cells_of(self.plan.items[name]), strict=True))
        edits: list[tuple[Field, Any, CellChange]] = []
        for column, each in self.columns.items():
            cell = row.cells.get(column, Cell())
            old = now[each.name]
            if cell.problem is None and cell.text == old:
                continue
            where = self.table.spot(row.number, column)
            if self._made_by_program(each, cell, old, where):
                continue
            try:
                value = value_of(each, cell, where)
            except InputError as error:
                self.merged.problems.append(str(error))
                continue
            new = shown(each, value)
            if new != old and self._is_edit(each, old, new, record, where):
                edits.append((each, value, CellChange(name, each.name, old, new, where)))
        if not edits:
            return
        values: Values = {each.path: value_of(each, Cell(now[each.name]), "") for each in FIELDS}
        values |= {each.path: value for each, value, _ in edits}
        try:
            item_of(values, self.table.spot(row.number))
        except InputError as error:
            self.merged.problems.append(str(error))
            return
        self.merged.values[name] = values
        self.merged.changed += [change for _, _, change in edits]

    def add(self, name: str, row: Row, record: Record | None) -> None:
        """Keep a row that is about no item of the plan: a new one, or one that has left it."""
        values: Values = {}
        problems = []
        changed = record is None
        for column, each in self.columns.items():
            try:
                value = value_of(each, row.cells.get(column, Cell()), self.table.spot(row.number, column))
            except InputError as error:
                problems.append(str(error))
                continue
            values[each.path] = value
            changed = changed or (record is not None and not record.was(each.name, shown(each, value)))
        where = self.table.spot(row.number, key_of(self.table))
        if record is not None and not changed:
            self.merged.notes.append(f"{where}: {name!r} was taken out of the plan meanwhile, and stays out")
            return
        if record is not None:
            problems.append(
                f"{where}: {name!r} was taken out of the plan meanwhile, and its row was changed"
                " (delete the row, or give it another name to add it anew)"
            )
        if not problems:
            try:
                item_of(values, where)
            except InputError as error:
                problems.append(str(error))
        self.merged.problems += problems
        if not problems:
            self.merged.added[name] = values

    def _made_by_program(self, each: Field, cell: Cell, old: str, where: str) -> bool:
        """Whether the cell is what a spreadsheet program made of the plan's value, and so no change."""
        if each.column.kind is ColumnKind.DATE:
            return cell.day is None and old in [day.isoformat() for day in days_in(cell.text.strip())]
        if not old or (self.table.typed and not cell.number and cell.day is None):
            return False
        if not made_of(cell, old):
            return False
        self.merged.notes.append(
            f"{where}: {each.name}: {cell.text!r} is taken for {old!r}, of which programs make it"
        )
        return True

    def _is_edit(self, each: Field, old: str, new: str, record: Record | None, where: str) -> bool:
        """Whether people changed the cell and the plan did not; where both did it is a problem."""
        if record is None:
            return True
        if record.was(each.name, new):
            return False  # the plan has moved on, the table has not
        if record.was(each.name, old) or self.asked.prefer == "sheet":
            return True
        if self.asked.prefer is None:
            self.merged.problems.append(
                f"{where}: {each.name}: the table says {_short(new)}, the plan by now {_short(old)}"
                " (make them agree, or say --prefer sheet or --prefer plan)"
            )
        return False


def _short(text: str) -> str:
    text = text.replace("\n", " | ")
    return repr(text if len(text) <= 60 else f"{text[:57]}...") if text else "nothing"
