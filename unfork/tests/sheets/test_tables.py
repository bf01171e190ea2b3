"""Tables written and read back, and what strangers and spreadsheet programs make of them."""

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unfork.errors import InputError
from unfork.sheets import Column, ColumnKind, Table, read_table, write_table
from unfork.sheets.cells import defused, escaped, undefused, unescaped

COLUMNS = (Column("item"), Column("day", ColumnKind.DATE), Column("text"))
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def read(path: Path) -> Table:
    return read_table(path, key="item", title="Items")


def put(path: Path, rows: Sequence[Sequence[str]], columns: Sequence[Column] = COLUMNS) -> Path:
    path.write_bytes(write_table(path.suffix, columns, rows, title="Items"))
    return path


def saved(path: Path, edit: object) -> Path:
    """The workbook as a program saves it after ``edit`` of its sheet."""
    book = openpyxl.load_workbook(path)
    edit(book["Items"])  # type: ignore[operator]
    book.save(path)
    return path


@given(TEXT)
def test_a_cell_comes_back_to_the_character_and_runs_nothing(text: str) -> None:
    cell = defused(escaped(text))
    assert unescaped(undefused(cell)) == text
    assert cell[:1] not in ("=", "+", "-", "@", "\t", "\r", "\uff1d")


@pytest.mark.parametrize("form", [".csv", ".xlsx"])
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(TEXT.filter(lambda text: text.strip()), min_size=1, max_size=4))
def test_tables_come_back(tmp_path: Path, form: str, texts: list[str]) -> None:
    path = put(tmp_path / f"t{form}", [(str(at), "2018-11-13", text) for at, text in enumerate(texts)])
    table = read(path)
    assert [row.cells["text"].text for row in table.rows] == texts
    assert {row.cells["day"].text for row in table.rows} == {"2018-11-13"}
    assert [row.number for row in table.rows] == [*range(2, len(texts) + 2)]


@pytest.mark.parametrize("form", [".csv", ".xlsx"])
def test_the_same_table_gives_the_same_bytes(form: str) -> None:
    made = {write_table(form, COLUMNS, [("a", "2018-11-13", "x")], title="Items") for _ in range(2)}
    assert len(made) == 1


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(1)", '=HYPERLINK("http://x","y")', "'=1", "\t=1"])
def test_formulas_are_texts_in_every_form(tmp_path: Path, text: str) -> None:
    for form in (".csv", ".xlsx"):
        assert read(put(tmp_path / f"t{form}", [("a", "", text)])).rows[0].cells["text"].text == text
    plain = next(csv.DictReader(io.StringIO((tmp_path / "t.csv").read_text("utf-8-sig"))))["text"]
    assert plain.startswith("'")
    held = openpyxl.load_workbook(tmp_path / "t.xlsx")["Items"]["C2"]
    assert (held.data_type, str(held.value)[0]) == ("s", "'")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("item;text\r\na;one, two\r\n".encode("utf-8-sig"), "one, two"),
        ("item\ttext\na\tone; two\n".encode("utf-16"), "one; two"),
        (b"sep=;\nitem;text\na;x\n", "x"),
        (b'ITEM,Text\n"a","two\r\nlines"\n', "two\nlines"),
    ],
)
def test_csv_as_programs_save_it(tmp_path: Path, data: bytes, expected: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    table = read(path)
    assert [cell.text for cell in table.rows[0].cells.values()] == ["a", expected]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"item,text\na,\xe4\n", r"t\.csv:2: not UTF-8 .*CSV UTF-8"),
        (b'item,text\na,"x\n', r"t\.csv:\d: not CSV: unexpected end of data"),
        (b"item,text\na,b,c\n", r"t\.csv:C2: 'c' stands in a column without a name"),
        (b"item,Drop_When,drop-when\n", r"t\.csv:C1: two columns are named 'drop-when' .*column B"),
        (b"name,text\na,b\n", r"t\.csv: no column 'item'.*here 'name', 'text'"),
        (b"", r"t\.csv: no column 'item'.*it is empty"),
        (b"\xd0\xcf\x11\xe0....", r"t\.csv: is a workbook of the old form"),
        (b"PK\x03\x04 cut off", r"t\.csv: is no workbook"),
    ],
)
def test_bad_files_are_named_with_their_row(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    with pytest.raises(InputError, match=said):
        read(path)


def test_a_workbook_is_made_for_people(tmp_path: Path) -> None:
    words = Column("gate", ColumnKind.WORD, ("cutover", "release", "none"))
    columns = (*COLUMNS, words, Column("record", hidden=True))
    sheet = openpyxl.load_workbook(
        put(tmp_path / "t.xlsx", [("a", "2018-11-13", "x", "none", "r")], columns)
    )["Items"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("B2", "A1:E2")
    assert str(sheet["B2"].value) == "2018-11-13 00:00:00" and sheet["B2"].number_format == "yyyy-mm-dd"
    assert (sheet["C2"].number_format, sheet["C900"].number_format) == ("@", "General")
    assert sheet.column_dimensions["E"].hidden and not sheet.column_dimensions["C"].hidden
    lists = {
        str(rule.sqref): rule.formula1
        for rule in sheet.data_validations.dataValidation
        if rule.type == "list"
    }
    assert lists == {"D2:D502": '"cutover,release,none"'}


def test_what_a_program_knows_of_a_cell_is_kept(tmp_path: Path) -> None:
    def edit(sheet: openpyxl.worksheet.worksheet.Worksheet) -> None:
        sheet["B2"] = date(2019, 4, 12)
        sheet["C2"] = 1e10
        sheet["C3"] = "=1+1"
        sheet["C4"] = True
        sheet["C5"] = 1.5
        sheet["B5"] = datetime.fromisoformat("2019-04-12T13:00")
        sheet.row_dimensions[3].hidden = True

    path = saved(put(tmp_path / "t.xlsx", [(name, "", "x") for name in "abcd"]), edit)
    table = read(path)
    cells = [row.cells for row in table.rows]
    assert cells[0]["day"].day == date(2019, 4, 12)
    assert (cells[0]["text"].text, cells[0]["text"].number) == ("10000000000", True)
    problems = [each["text"].problem for each in cells]
    assert problems == [None, "is a formula", "is a truth value", "is a number that programs round"]
    assert cells[3]["day"].problem == "is a time of a day"
    assert table.remarks == ("1 hidden rows were read as well, the first is row 3",)


def test_merged_cells_are_refused_by_name(tmp_path: Path) -> None:
    path = saved(
        put(tmp_path / "t.xlsx", [("a", "", "x"), ("b", "", "")]), lambda sheet: sheet.merge_cells("C2:C3")
    )
    with pytest.raises(InputError, match=r"t\.xlsx:C2: merged cells C2:C3 .unmerge"):
        read(path)


def test_a_cell_far_away_does_not_cost_memory(tmp_path: Path) -> None:
    def edit(sheet: openpyxl.worksheet.worksheet.Worksheet) -> None:
        sheet["XFD1048576"] = "x"

    with pytest.raises(InputError, match=r"a cell stands in row 1048576, column XFD"):
        read(saved(put(tmp_path / "t.xlsx", [("a", "", "x")]), edit))


def test_several_sheets(tmp_path: Path) -> None:
    path = put(tmp_path / "t.xlsx", [("a", "", "x")])
    book = openpyxl.load_workbook(path)
    book.create_sheet("Notes", 0)["A1"] = "not this"
    book.save(path)
    table = read(path)
    assert (table.where, table.remarks) == (f"{path}[Items]", ("other sheets are not read: 'Notes'",))
    book["Items"].title = "Mine"
    book.save(path)
    with pytest.raises(InputError, match=r"no sheet is named 'Items' .it has 'Notes', 'Mine': rename one"):
        read(path)


def replaced(path: Path, member: str, data: bytes) -> Path:
    """The workbook with one part replaced."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in {**parts, member: data}.items():
            archive.writestr(name, part)
    return path


@pytest.mark.parametrize("member", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"])
def test_entities_are_refused(tmp_path: Path, member: str) -> None:
    (tmp_path / "secret").write_text("secret")
    entity = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{tmp_path}/secret">]>'.encode()
    path = put(tmp_path / "t.xlsx", [("a", "", "x")])
    with zipfile.ZipFile(path) as archive:
        part = archive.read(member)
    at = part.index(b"?>") + 2
    with pytest.raises(InputError, match=r"t\.xlsx: its XML defines entities"):
        read(replaced(path, member, part[:at] + entity + part[at:]))


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = replaced(put(tmp_path / "t.xlsx", [("a", "", "x")]), "xl/media/a.png", bytes(300 << 20))
    assert path.stat().st_size < 1 << 20
    with pytest.raises(InputError, match=r"unpacks to 300 MB in \d+ parts"):
        read(path)


@pytest.mark.parametrize("at", range(100, 5000, 377))
def test_a_damaged_workbook_is_named_and_never_a_traceback(tmp_path: Path, at: int) -> None:
    path = put(tmp_path / "t.xlsx", [("a", "2018-11-13", "x")])
    data = bytearray(path.read_bytes())
    for place in range(at, min(at + 12, len(data))):
        data[place] ^= 0x5A
    path.write_bytes(data)
    try:
        read(path)
    except InputError as error:
        assert str(path) in str(error)
