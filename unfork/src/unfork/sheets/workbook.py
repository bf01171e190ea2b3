"""XLSX for people: names that stay in sight, filters, words to choose from, dates that are dates."""

import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import xlsxwriter

from unfork.errors import InputError
from unfork.sheets.cells import LONGEST, defused, escaped
from unfork.sheets.table import Column, ColumnKind

_WIDTHS = {ColumnKind.TEXT: 24, ColumnKind.DATE: 12, ColumnKind.WORD: 18, ColumnKind.LINES: 44}
_SPARE = 500  # rows below the last that offer the words too, for what people add
_LISTED = 255  # characters of a list of words that Excel takes
_STAMP = datetime(1980, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # the same table gives the same bytes


def write_xlsx(columns: Sequence[Column], rows: Iterable[Sequence[str]], *, title: str) -> bytes:
    """A workbook of one sheet. Raises ``InputError`` for a text that no cell can hold."""
    out = io.BytesIO()
    # Row by row, in little memory; nothing is guessed to be a formula, an address or a number.
    with xlsxwriter.Workbook(out, {"constant_memory": True, "in_memory": True}) as book:
        book.set_properties({"author": "unfork", "title": title, "created": _STAMP})
        sheet = book.add_worksheet(title)
        top = {"valign": "top", "text_wrap": True}
        # As text it stays text when it is edited, also 1e10 and 0012; a date reads the same everywhere.
        text = book.add_format({"num_format": "@", **top})
        day = book.add_format({"num_format": "yyyy-mm-dd", **top})
        head = book.add_format({"bold": True, "bg_color": "#DDE3EA", "valign": "top"})
        sheet.freeze_panes(1, 1)
        for at, column in enumerate(columns):
            usual = day if column.kind is ColumnKind.DATE else text
            sheet.set_column(at, at, _WIDTHS[column.kind], usual, {"hidden": column.hidden})
            sheet.write_string(0, at, column.name, head)
            if column.meaning and not column.hidden:
                sheet.write_comment(0, at, column.meaning)
        kinds = [column.kind is ColumnKind.DATE for column in columns]
        last = 0
        for last, row in enumerate(rows, 1):
            for at, value in enumerate(row):
                if not value:
                    continue
                if kinds[at]:
                    sheet.write_datetime(last, at, datetime.fromisoformat(value), day)
                else:
                    sheet.write_string(last, at, _held(value, columns[at], last + 1), text)
        sheet.autofilter(0, 0, last, len(columns) - 1)
        _offer(sheet, columns, last + _SPARE)
    return out.getvalue()


def _held(value: str, column: Column, row: int) -> str:
    value = defused(escaped(value))  # also here: the workbook may be saved as CSV
    if len(value) > LONGEST:
        raise InputError(
            f"{column.name}: {len(value)} characters, a cell holds {LONGEST}",
            where=f"row {row}",
            hint="write .csv, or split the item",
        )
    return value


def _offer(sheet: Any, columns: Sequence[Column], last: int) -> None:
    """A list to choose from where there is one; dates are asked to be dates."""
    for at, column in enumerate(columns):
        if column.kind is ColumnKind.WORD and len(",".join(column.words)) <= _LISTED:
            rule: dict[str, Any] = {"validate": "list", "source": [*column.words]}
            rule["error_message"] = f"One of: {', '.join(column.words)}"[:_LISTED]
        elif column.kind is ColumnKind.DATE:
            rule = {"validate": "date", "criteria": ">", "value": _STAMP, "error_message": "A date"}
        else:
            continue
        sheet.data_validation(1, at, last, at, rule)
