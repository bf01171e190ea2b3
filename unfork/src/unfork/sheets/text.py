"""CSV, as programs write it: any separator they use, with or without a mark of the encoding."""

import csv
import io
from collections.abc import Iterable, Sequence

from unfork.errors import InputError
from unfork.sheets.cells import defused, escaped, undefused, unescaped
from unfork.sheets.found import Grid
from unfork.sheets.table import Cell, Column

_SEPARATORS = ",;\t"
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_LONGEST = 1 << 26  # characters of a cell: the plan's own limit of a file


def write_csv(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> bytes:
    """The table as RFC 4180 has it, with the mark by which programs see that it is UTF-8.

    Every cell is quoted: a program that takes ``;`` for the separator then sees no further cells.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([column.name for column in columns])
    writer.writerows([defused(escaped(cell)) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def read_csv(data: bytes, where: str) -> Grid:
    """The cells of a file; the separator is the one its first line has most of."""
    text = _decoded(data, where)
    first = text.lstrip("\r\n").partition("\n")[0]
    if first.lower().startswith("sep="):  # a line by which Excel is told
        separator = first[4:5] or ","
        text = text.lstrip("\r\n").partition("\n")[2]
        skipped = 1
    else:
        separator = max(_SEPARATORS, key=first.count)
        skipped = 0
    rows: dict[int, list[Cell]] = {}
    old = csv.field_size_limit(_LONGEST)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    number = skipped
    try:
        for number, row in enumerate(reader, skipped + 1):
            rows[number] = [_cell(each) for each in row]
    except csv.Error as error:
        raise InputError(
            f"not CSV: {error}",
            where=f"{where}:{number + 1}",
            hint="a quotation mark is missing, or one too many",
        ) from error
    finally:
        csv.field_size_limit(old)
    return Grid(where, rows)


def _cell(text: str) -> Cell:
    if "\r" in text:  # an editor that writes CRLF does so inside of cells too; a true one is escaped
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return Cell(unescaped(undefused(text)))


def _decoded(data: bytes, where: str) -> str:
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"not {'UTF-16' if encoding == 'utf-16' else 'UTF-8'}",
            where=f"{where}:{line}",
            hint='save it as "CSV UTF-8"; other encodings do not say what they are',
        ) from error
