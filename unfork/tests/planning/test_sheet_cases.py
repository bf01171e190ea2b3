"""Each folder in ``sheet_cases`` is a plan, a table that people made of it, and the plan after the import.

``plan.yaml`` is the plan as it is, ``base.yaml`` as it was when the table was written (none: the table does
not say what it was made from), ``in.csv`` the table, ``out.yaml`` the plan afterwards (none: nothing is
written), ``expected.toml`` what the user asked and what is said. CONTRIBUTING.md tells how to add one.
"""

import csv
import io
import tomllib
from pathlib import Path

import msgspec
import pytest
from unfork.commands.sheet import run_export, run_import
from unfork.planning.sheet import Asked

CASES = sorted(path for path in (Path(__file__).parent / "sheet_cases").iterdir() if path.is_dir())


class _Expected(msgspec.Struct, forbid_unknown_fields=True):
    drop: list[str] = []
    drop_missing: bool = False
    keep_missing: bool = False
    prefer: str | None = None
    problems: list[str] = []
    notes: list[str] = []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Path, tmp_path: Path) -> None:
    file = case / "expected.toml"
    expected = msgspec.convert(tomllib.loads(file.read_text("utf-8") if file.exists() else ""), _Expected)
    plan = tmp_path / "plan.yaml"
    table = tmp_path / "in.csv"
    table.write_bytes((case / "in.csv").read_bytes())
    if (case / "base.yaml").exists():
        plan.write_bytes((case / "base.yaml").read_bytes())
        _add_record(table, tmp_path)
    plan.write_bytes((case / "plan.yaml").read_bytes())
    asked = Asked(frozenset(expected.drop), expected.drop_missing, expected.keep_missing, expected.prefer)

    dry = run_import(tmp_path, table, asked, dry_run=True)
    assert plan.read_bytes() == (case / "plan.yaml").read_bytes()
    done = run_import(tmp_path, table, asked)
    said = [each.replace(f"{table}", "in.csv") for each in done.merged.problems]
    assert said == expected.problems
    assert [each.replace(f"{table}", "in.csv") for each in done.merged.notes] == expected.notes
    out = case / ("out.yaml" if (case / "out.yaml").exists() else "plan.yaml")
    assert plan.read_text("utf-8") == out.read_text("utf-8")
    assert [each.after for each in dry.files] == [each.after for each in done.files]
    if not done.merged.problems and not expected.drop:
        assert run_import(tmp_path, table, asked).files == (), "a second import finds nothing to do"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "plan.yaml"]


def _add_record(table: Path, folder: Path) -> None:
    """Give each row the record it has in the table of the plan in ``folder``."""
    run_export(folder, folder / "base.csv")
    with (folder / "base.csv").open(encoding="utf-8-sig", newline="") as stream:
        base = {row[0]: row[-1] for row in csv.reader(stream)}
    (folder / "base.csv").unlink()
    text = table.read_bytes().decode("utf-8-sig")
    separator = ";" if ";" in text.partition("\n")[0] else ","
    rows = [*csv.reader(io.StringIO(text, newline=""), delimiter=separator)]
    at = next(place for place, name in enumerate(rows[0]) if name.strip().lower() == "item")
    rows[0].append(base["item"])
    for row in rows[1:]:
        # A row that was copied has the record of the other: "retry-2" that of "retry".
        row.append(base.get(row[at], base.get(row[at].rpartition("-")[0], "")))
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator).writerows(rows)
    table.write_bytes(out.getvalue().encode("utf-8-sig"))
