"""``plan export``, ``plan import``, ``headers`` and ``scan --cyclonedx`` as users run them."""

import json
import subprocess
from pathlib import Path

import jsonschema
import openpyxl
import pytest
from command_line import Run
from making import upstream_and_patches
from planned import item, write_plan

DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture
def here(tmp_path: Path, unfork: Run) -> Path:
    """The folder the command runs in, with a plan."""
    folder = tmp_path / "here"
    write_plan(folder / "unfork-plan", item("one", patches="[0001-taken.patch]"), item("two"))
    return folder


def edit(path: Path, row: int, column: str, value: object) -> None:
    book = openpyxl.load_workbook(path)
    sheet = book["Items"]
    at = next(cell.column for cell in sheet[1] if cell.value == column)
    sheet.cell(row, at).value = value  # type: ignore[assignment]
    book.save(path)


def test_there_and_back(here: Path, unfork: Run) -> None:
    plan = here / "unfork-plan" / "plan.yaml"
    before = plan.read_text()
    assert unfork("plan", "export", "p.xlsx") == (0, "wrote 2 items to p.xlsx\n", "")
    edit(here / "p.xlsx", 3, "owner", "ben")
    code, out, err = unfork("plan", "import", "p.xlsx", "--dry-run")
    assert (code, err) == (0, "p.xlsx: would change 1 cell of 1 item, 0 items added, 0 taken out\n")
    assert plan.read_text() == before
    applied = subprocess.run(["git", "apply", "-"], cwd=here, input=out.encode())
    assert applied.returncode == 0
    applied_text = plan.read_text()
    plan.write_text(before)
    code, out, err = unfork("plan", "import", "p.xlsx", "-v")
    assert (code, out) == (
        0,
        "two: owner: 'ann' -> 'ben'\np.xlsx: changed 1 cell of 1 item, 0 items added, 0 taken out\n",
    )
    one, _, two = before.partition("  two:\n")
    assert plan.read_text() == applied_text == f"{one}  two:\n{two.replace('owner: ann', 'owner: ben')}"


def test_problems_are_all_named_and_nothing_is_written(here: Path, unfork: Run) -> None:
    plan = here / "unfork-plan" / "plan.yaml"
    before = plan.read_bytes()
    unfork("plan", "export", "p.xlsx", "-q")
    edit(here / "p.xlsx", 2, "gate", "cutovr")
    edit(here / "p.xlsx", 3, "added", "soon")
    code, out, err = unfork("plan", "import", "p.xlsx")
    assert (code, out) == (3, "")
    assert err.splitlines() == [
        "unfork: error: p.xlsx:N2: gate: 'cutovr' is unknown (did you mean cutover?)",
        "unfork: error: p.xlsx:M3: added: 'soon' is no date (write it as 2019-04-12); nothing was written",
    ]
    assert plan.read_bytes() == before


def test_an_export_says_which_forms_there_are(here: Path, unfork: Run) -> None:
    code, _, err = unfork("plan", "export", "p.ods")
    assert code == 2 and "name it .csv or .xlsx" in err
    code, _, err = unfork("plan", "import", "nowhere.csv")
    assert code == 3 and "nowhere.csv: cannot read: No such file" in err
    assert unfork("plan", "import", "p.csv", "--drop-missing", "--keep-missing")[0] == 2


@pytest.fixture
def fork(tmp_path: Path, here: Path) -> list[str]:
    """Options of a scan of two patches, one of which upstream took."""
    upstream = upstream_and_patches(tmp_path, here / "patches")
    taken = here / "patches" / "0001-taken.patch"
    taken.write_text(taken.read_text().replace("\n---\n", "\n\nUpstream-Status: Pending\n---\n"))
    return ["--series", "patches", "--upstream", str(upstream), "--base", "1.0.0", "--target", "2.0.0"]


def test_headers_are_written_and_listed(here: Path, unfork: Run, fork: list[str]) -> None:
    patches = here / "patches"
    before = {path.name: path.read_bytes() for path in patches.iterdir()}
    code, out, err = unfork("headers", "write", "--form", "yocto", *fork, "--dry-run", "--project", "nova")
    assert code == 0 and "2 of 2 headers would be written, 0 left as they are" in err
    assert {path.name: path.read_bytes() for path in patches.iterdir()} == before
    assert subprocess.run(["git", "apply", "--check", "-"], cwd=here, input=out.encode()).returncode == 0
    code, out, _ = unfork("headers", "write", "--form", "yocto", *fork, "--project", "nova")
    assert (code, out) == (0, "2 of 2 headers written, 0 left as they are\n")
    taken = (patches / "0001-taken.patch").read_text()
    assert "Upstream-Status: Backport [" in taken and "2.0.0]" in taken and "Pending" not in taken
    again = unfork("headers", "write", "--form", "yocto", *fork, "--project", "nova")[1]
    assert again == "0 of 2 headers written, 0 left as they are\n"
    code, out, err = unfork("headers", "list", "patches", "--json", "h.json")
    assert (code, err) == (0, "")
    assert "0002-ours.patch   yocto  pending   Upstream-Status: Pending\n" in out
    document = json.loads((here / "h.json").read_text())
    jsonschema.validate(document, json.loads((DOCS / "headers.schema.json").read_text()))


def test_a_header_that_contradicts_the_scan_is_left_alone(here: Path, unfork: Run, fork: list[str]) -> None:
    path = here / "patches" / "0001-taken.patch"
    path.write_text(path.read_text().replace("Status: Pending", "Status: Backport [0badc0ffee12]"))
    before = path.read_bytes()
    code, _, err = unfork("headers", "write", "--form", "yocto", *fork, "--project", "nova", "0001")
    assert (
        code == 1
        and "patches/0001-taken.patch: 'Upstream-Status: Backport [0badc0ffee12]', but the scan" in err
    )
    assert path.read_bytes() == before


def test_headers_that_contradict_each_other_are_named(here: Path, unfork: Run, fork: list[str]) -> None:
    path = here / "patches" / "0002-ours.patch"
    path.write_text(
        path.read_text().replace("\n\n", "\nUpstream-Status: Pending\nPatch-mainline: v5.1\n\n", 1)
    )
    code, _, err = unfork("headers", "list", "patches")
    assert code == 1
    assert err == (
        "unfork: 0002-ours.patch: 'Upstream-Status: Pending' and 'Patch-mainline: v5.1'"
        " contradict each other\n"
    )


def test_a_series_without_files_is_refused(here: Path, unfork: Run, fork: list[str]) -> None:
    options = ["--series", f"{fork[3]}:1.0.0..2.0.0", *fork[2:]]
    code, _, err = unfork("headers", "write", "--form", "dep3", *options, "--project", "nova")
    assert code == 3 and "has no files to write headers into" in err


def test_a_bill_of_materials(here: Path, unfork: Run, fork: list[str]) -> None:
    code, _, err = unfork("scan", *fork, "--cyclonedx", "n.json", "--project", "nova", "-q")
    assert (code, err) == (0, "")
    component = json.loads((here / "n.json").read_text())["metadata"]["component"]
    assert {each["diff"]["url"]: each["type"] for each in component["pedigree"]["patches"]} == {
        "0001-taken.patch": "cherry-pick",
        "0002-ours.patch": "unofficial",
    }
    code, out, _ = unfork("headers", "list", "n.json")
    assert code == 0 and "pedigree of nova: cherry-pick" in out
