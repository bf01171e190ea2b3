"""One door for both forms: which one a file is follows from its name, what it holds from its bytes."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from unfork.errors import InputError
from unfork.sheets.found import table_in
from unfork.sheets.table import Column, Table
from unfork.sheets.text import read_csv, write_csv

SUFFIXES = (".csv", ".xlsx")
LARGEST = 64 << 20  # bytes of a file
_NOT_READ = {
    b"\xd0\xcf\x11\xe0": "a workbook of the old form, or one with a password",
    b"%PDF": "a PDF",
}


def write_table(
    suffix: str, columns: Sequence[Column], rows: Iterable[Sequence[str]], *, title: str
) -> bytes:
    """The table as a file of the form ``suffix`` (of ``SUFFIXES``) names."""
    if suffix == ".csv":
        return write_csv(columns, rows)
    from unfork.sheets.workbook import write_xlsx  # openpyxl takes as long to load as unfork to run

    return write_xlsx(columns, rows, title=title)


def read_table(path: Path, *, key: str, title: str) -> Table:
    """The table of a file: the column ``key`` tells its rows apart, the sheet ``title`` holds it.

    Raises ``InputError`` naming file and row of what cannot be read.
    """
    where = str(path)
    try:
        if path.stat().st_size > LARGEST:
            raise InputError(f"larger than {LARGEST >> 20} MB", where=where, hint="take out what is no plan")
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read: {error.strerror}", where=where) from error
    for magic, what in _NOT_READ.items():
        if data.startswith(magic):
            raise InputError(f"is {what}", where=where, hint="save it as .xlsx or .csv")
    if data.startswith(b"PK\x03\x04"):  # a workbook is an archive, whatever the file is called
        from unfork.sheets.workbook_read import read_xlsx

        return table_in(read_xlsx(data, where, title=title), key)
    if path.suffix.lower() == ".xlsx":
        raise InputError("is no workbook", where=where, hint="save it as .xlsx, or name it .csv")
    return table_in(read_csv(data, where), key)
