"""XLSX from strangers: every cell as it is, and a formula for a formula.

openpyxl is the one library that tells formulas, merged cells and hidden rows; it reads XML through
defusedxml, which refuses entities. What an archive claims to hold is added up before it is unpacked.
"""

import io
import os
import warnings
import zipfile
import zlib
from datetime import date, datetime, time, timedelta
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException

from unfork.errors import InputError
from unfork.sheets.cells import undefused, unescaped
from unfork.sheets.found import Grid, letter
from unfork.sheets.table import Cell

# Where lxml is installed openpyxl prefers it to defusedxml, and entities would pass. It looks when imported.
os.environ["OPENPYXL_LXML"] = "False"
import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

_UNPACKED = 256 << 20  # bytes of all that is in a workbook; one of 5,000 items unpacks to 8 MB
_MEMBERS = 2000
_ROWS = 200_000
_COLUMNS = 500
_EXACT = 10**15  # programs keep fifteen digits of a number
_SHOWN = 5


# openpyxl has no error of its own for a damaged file: what its parts raise comes through, or a ValueError
# made from it.
_DAMAGE = (
    DefusedXmlException, InvalidFileException, zipfile.BadZipFile, zlib.error, ParseError, KeyError,
    ValueError, TypeError, AttributeError, IndexError, OSError, EOFError, NotImplementedError, RuntimeError,
)  # fmt: skip


def read_xlsx(data: bytes, where: str, *, title: str) -> Grid:
    """The cells of the sheet ``title``, or of the only one. Raises ``InputError`` for what is refused."""
    _check_size(data, where)
    if not openpyxl.DEFUSEDXML:  # it reads without, and would believe entities
        raise RuntimeError("openpyxl does not see defusedxml")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about colours and print settings it will not keep
            book = openpyxl.load_workbook(io.BytesIO(data), keep_links=False, rich_text=True)
    except _DAMAGE as error:
        raise _refused(error, where) from error
    sheet, others = _sheet(book, title, where)
    if others:
        where = f"{where}[{sheet.title}]"
    if sheet.max_row > _ROWS or sheet.max_column > _COLUMNS:
        raise InputError(
            f"a cell stands in row {sheet.max_row}, column {letter(sheet.max_column - 1)}",
            where=where,
            hint="delete what stands far below or beside the table",
        )
    _check_merged(sheet, where)
    rows = {
        number: [_cell(cell) for cell in row]
        for number, row in enumerate(sheet.iter_rows(), 1)
        if any(cell.value is not None for cell in row)
    }
    return Grid(where, rows, _remarks(sheet, rows, others), typed=True)


def _refused(error: BaseException, where: str) -> InputError:
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, DefusedXmlException):
            return InputError(
                "its XML defines entities, which no spreadsheet program writes", where=where, hint="not read"
            )
        inner = inner.__cause__ or inner.__context__
    return InputError(
        f"is no workbook that can be read: {' '.join(str(error).split())[:120]}",
        where=where,
        hint="open it in a spreadsheet program and save it again as .xlsx",
    )


def _check_size(data: bytes, where: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise InputError(f"is no workbook: {error}", where=where, hint="get the whole file") from error
    # Python's zipfile gives no more bytes of a member than it claims, so the claims can be added up.
    unpacked = sum(each.file_size for each in members)
    if unpacked > _UNPACKED or len(members) > _MEMBERS:
        raise InputError(
            f"unpacks to {unpacked >> 20} MB in {len(members)} parts: no plan is that large",
            where=where,
            hint="not read; take pictures and other sheets out",
        )


def _sheet(book: Any, title: str, where: str) -> tuple[Any, list[str]]:
    sheets = book.worksheets  # without charts
    named = [each for each in sheets if each.title.strip().lower() == title.lower()]
    if not sheets or (not named and len(sheets) > 1):
        raise InputError(
            f"no sheet is named {title!r}",
            where=where,
            hint=f"it has {', '.join(repr(each.title) for each in sheets[:_SHOWN]) or 'none'}: rename one",
        )
    sheet = named[0] if named else sheets[0]
    return sheet, [each.title for each in sheets if each is not sheet]


def _check_merged(sheet: Any, where: str) -> None:
    merged = sorted(sheet.merged_cells.ranges, key=lambda each: (each.min_row, each.min_col))
    if merged:
        first = merged[0]
        more = f", and {len(merged) - 1} more" if len(merged) > 1 else ""
        raise InputError(
            f"merged cells {first.coord}{more}",
            where=f"{where}:{letter(first.min_col - 1)}{first.min_row}",
            hint="unmerge them and write the value into each row it is for",
        )


def _remarks(sheet: Any, rows: dict[int, list[Cell]], others: list[str]) -> tuple[str, ...]:
    remarks = []
    hidden = [number for number in rows if number in sheet.row_dimensions
              and sheet.row_dimensions[number].hidden]  # fmt: skip
    if hidden:
        remarks.append(f"{len(hidden)} hidden rows were read as well, the first is row {hidden[0]}")
    if others:
        remarks.append(f"other sheets are not read: {', '.join(map(repr, others[:_SHOWN]))}")
    return tuple(remarks)


def _cell(cell: Any) -> Cell:
    value, kind = cell.value, cell.data_type
    if value is None:
        return Cell()
    if kind == "f":
        formula = value if isinstance(value, str) else getattr(value, "text", None) or "an array formula"
        return Cell(str(formula)[:80], problem="is a formula")
    if kind == "e":
        return Cell(str(value), problem="is the error of a formula")
    if isinstance(value, bool):
        return Cell(str(value).upper(), problem="is a truth value")
    if isinstance(value, datetime):
        if value.time() != time():
            return Cell(str(value), problem="is a time of a day")
        return Cell(value.date().isoformat(), day=value.date())
    if isinstance(value, date):
        return Cell(value.isoformat(), day=value)
    if isinstance(value, (time, timedelta)):
        return Cell(str(value), problem="is a time")
    if isinstance(value, (int, float)):
        whole = value == int(value) if value - value == 0 else False
        if whole and abs(value) < _EXACT:
            return Cell(str(int(value)), number=True)
        return Cell(repr(value), number=True, problem="is a number that programs round")
    return Cell(unescaped(undefused(str(value).replace("\r\n", "\n"))))
