"""A plan as a table and back: every value out of the table alone, whatever the plan holds."""

import shutil
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from planned import HEAD, item, write_plan
from unfork.commands.sheet import run_export, run_import
from unfork.errors import InputError
from unfork.model.plan import (
    Agreement,
    Commitment,
    Condition,
    Disposition,
    Ended,
    Ending,
    Gate,
    Item,
    Kind,
    Link,
    LinkState,
    Moved,
    PatchRef,
    Silence,
    Stage,
)  # fmt: skip
from unfork.planning import load_plan
from unfork.planning.edit import Changes, edited
from unfork.planning.load import read_files
from unfork.planning.sheet import KEY, TITLE, Asked, sheet_of
from unfork.planning.sheet.build import item_of
from unfork.planning.sheet.cells import cells_of, value_of
from unfork.planning.sheet.columns import FIELDS
from unfork.sheets import Cell, write_table

STARLINGX = Path(__file__).parents[3] / "plans" / "starlingx"
FORMS = pytest.mark.parametrize("form", [".csv", ".xlsx"])


def own_table(folder: Path, file: Path) -> Path:
    """The plan's table without the record: as one that people made themselves."""
    columns, rows = sheet_of(load_plan(folder))
    data = write_table(file.suffix, columns[:-1], (row[:-1] for row in rows), title=TITLE)
    file.write_bytes(data)
    return file


@FORMS
def test_a_real_plan_comes_back_into_one_without_items(tmp_path: Path, form: str) -> None:
    plan = load_plan(STARLINGX)
    (tmp_path / "plan.yaml").write_bytes((STARLINGX / "plan.yaml").read_bytes())
    done = run_import(tmp_path, own_table(STARLINGX, tmp_path / f"t{form}"), Asked())
    assert done.merged.problems == [] and len(done.merged.added) == len(plan.items)
    assert load_plan(tmp_path).items == plan.items


@FORMS
def test_an_export_changes_nothing(tmp_path: Path, form: str) -> None:
    folder = tmp_path / "plan"
    shutil.copytree(STARLINGX, folder)
    before = read_files(folder)
    run_export(folder, tmp_path / f"t{form}")
    assert run_import(folder, tmp_path / f"t{form}", Asked()).files == ()
    assert read_files(folder) == before


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(
    lambda text: text.strip()
)
DAY = st.dates(date(2000, 1, 1), date(2100, 1, 1))
TEXTS = st.lists(TEXT, max_size=3).map(tuple)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


ITEMS = st.builds(
    Item,
    title=TEXT,
    project=TEXT,
    kind=st.sampled_from(Kind),
    disposition=st.sampled_from(Disposition),
    reason=maybe(TEXT),
    agreed=maybe(st.builds(Agreement, on=DAY, by=TEXT)),
    added=maybe(DAY),
    gate=st.sampled_from(Gate),
    stage=st.sampled_from(Stage),
    commitment=maybe(
        st.builds(
            Commitment,
            by=TEXT,
            date=DAY,
            changes=st.lists(st.builds(Moved, was=DAY, on=DAY, why=maybe(TEXT)), max_size=2).map(tuple),
        )
    ),
    links=st.lists(
        TEXT | st.builds(Link, url=TEXT, state=maybe(st.sampled_from(LinkState)), seen=maybe(DAY)), max_size=3
    ).map(tuple),
    patches=st.lists(TEXT | st.builds(PatchRef, name=TEXT, hash=maybe(TEXT)), max_size=3).map(tuple),
    drop_when=maybe(st.builds(Condition, merged=TEXTS.filter(len), released=TEXTS)),
    ended=maybe(st.builds(Ended, on=DAY, how=st.sampled_from(Ending), note=maybe(TEXT))),
    source=TEXTS,
    notes=maybe(TEXT),
    silence=st.lists(st.builds(Silence, rule=TEXT, reason=TEXT, until=maybe(DAY)), max_size=2).map(tuple),
)


@given(ITEMS)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_item_comes_back_from_its_cells(one: Item) -> None:
    values = {
        field.path: value_of(field, Cell(text), "") for field, text in zip(FIELDS, cells_of(one), strict=True)
    }
    assert item_of(values) == one


NO_CONTROLS = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=12)


@given(
    title=NO_CONTROLS,
    links=st.lists(NO_CONTROLS, unique=True, max_size=3),
    notes=st.text("ab:#'\"- \n", min_size=1, max_size=12),
    seen=DAY,
)
@settings(deadline=None, max_examples=150)
def test_what_is_written_into_a_file_is_what_was_meant(
    title: str, links: list[str], notes: str, seen: date
) -> None:
    """``edited`` reads what it wrote, and raises when that is not what was asked for."""
    data = (HEAD + "items:\n" + item("one", links="[a]", notes="x  # kept?") + item("two")).encode()
    keys = {"title": title, "links": [*links, {"url": "y", "seen": seen}], "notes": notes}
    changes = Changes(keys={"one": keys}, add={"three": {**keys, "project": "nova"}})
    after = edited(data, "plan.yaml", changes).decode()
    assert item("two") in after and after.startswith(HEAD)


def test_every_key_of_the_plan_is_a_column() -> None:
    keys = {field.path[0] for field in FIELDS}
    assert keys == {each.encode_name for each in msgspec.structs.fields(Item)}


def test_a_reference_that_leads_nowhere_is_named_by_its_cell(tmp_path: Path) -> None:
    folder = write_plan(tmp_path / "plan", item("one"), item("two"))
    run_export(folder, tmp_path / "t.xlsx")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    sheet = book[TITLE]
    column = next(cell.column_letter for cell in sheet[1] if cell.value == "owner")
    sheet[f"{column}3"] = "anm"
    book.save(tmp_path / "t.xlsx")
    before = read_files(folder)
    with pytest.raises(InputError, match=rf"t\.xlsx:{column}3: owner: unknown owner 'anm' .did you mean ann"):
        run_import(folder, tmp_path / "t.xlsx", Asked())
    assert read_files(folder) == before


def test_an_item_that_others_wait_for_is_not_dropped(tmp_path: Path) -> None:
    folder = write_plan(tmp_path / "plan", item("one"), item("two", after="[one]"))
    (tmp_path / "t.csv").write_text(f"{KEY},title\ntwo,{load_plan(folder).items['two'].title}\n")
    with pytest.raises(InputError, match=r"plan\.yaml:\d+:\d+: after: unknown item 'one' .its row was"):
        run_import(folder, tmp_path / "t.csv", Asked(drop_missing=True))


def test_a_table_of_another_plan_is_refused(tmp_path: Path) -> None:
    folder = write_plan(tmp_path / "plan", item("one"))
    run_export(folder, tmp_path / "t.csv")
    other = write_plan(tmp_path / "other", item("one"), head=HEAD.replace("small", "large"))
    done = run_import(other, tmp_path / "t.csv", Asked())
    assert (
        done.files == () and "written from the plan 'small', this one is 'large'" in done.merged.problems[0]
    )


def test_a_formula_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    folder = write_plan(tmp_path / "plan", item("one"))
    run_export(folder, tmp_path / "t.xlsx")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    book[TITLE]["B2"] = "=A2"
    book.save(tmp_path / "t.xlsx")
    before = read_files(folder)
    done = run_import(folder, tmp_path / "t.xlsx", Asked())
    assert [problem.partition(": ")[2] for problem in done.merged.problems] == [
        "title: '=A2' is a formula (write its value: copy the cell, then paste the value alone)"
    ]
    assert read_files(folder) == before


def two_files(tmp_path: Path) -> tuple[Path, Path]:
    """A plan of two files, and a table that changes both."""
    folder = write_plan(tmp_path / "plan", item("one"), more="items:\n" + item("two"))
    run_export(folder, tmp_path / "t.csv")
    table = (tmp_path / "t.csv").read_text("utf-8-sig").replace("Retry when", "Wait when")
    (tmp_path / "t.csv").write_text(table, "utf-8")
    return folder, tmp_path / "t.csv"


@pytest.mark.parametrize("renames", range(5))
def test_killed_at_any_step_leaves_all_or_nothing(tmp_path: Path, renames: int) -> None:
    """Killed before the rename number ``renames``: two new files, the note, and the two into place."""
    folder, table = two_files(tmp_path)
    before = read_files(folder)
    script = (
        "import os, signal, sys\nfrom pathlib import Path\n"
        "from unfork.commands.sheet import run_import\nfrom unfork.planning.sheet import Asked\n"
        "left, real = int(sys.argv[3]), Path.replace\n"
        "def replace(path, target):\n"
        "    global left\n"
        "    if not left: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    left -= 1\n"
        "    return real(path, target)\n"
        "Path.replace = replace\n"
        "run_import(Path(sys.argv[1]), Path(sys.argv[2]), Asked())\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(folder), str(table), str(renames)])
    assert done.returncode == -signal.SIGKILL
    titles = {each.title for each in load_plan(folder).items.values()}  # whoever reads, finishes
    assert titles == ({"Retry when the volume is busy"} if renames < 3 else {"Wait when the volume is busy"})
    assert (read_files(folder) == before) == (renames < 3)
    run_import(folder, table, Asked())
    assert {each.title for each in load_plan(folder).items.values()} == {"Wait when the volume is busy"}
    left = {path.name for path in folder.rglob("*") if path.is_file()}
    assert {name for name in left if not name.endswith((".lock", ".tmp"))} == {"plan.yaml", "more.yaml"}


def test_a_file_changed_while_an_import_was_unfinished_is_left_alone(tmp_path: Path) -> None:
    folder, table = two_files(tmp_path)
    before = (folder / "plan.yaml").read_bytes()
    run_import(folder, table, Asked())
    (folder / ".unfork-writing.json").write_text('[{"file": "plan.yaml", "hash": "0"}]')
    with pytest.raises(InputError, match=r"plan\.yaml: was changed while an unfinished import waited"):
        load_plan(folder)
    (folder / ".unfork-writing.json").write_text('[{"file": "../../t.csv", "hash": "0"}]')
    with pytest.raises(InputError, match="outside of the plan"):
        load_plan(folder)
    assert before != (folder / "plan.yaml").read_bytes()
