"""Cases as folders: ``in.toml`` says what a scan found, ``out.json`` is the pedigree that is written of it,
``expected.toml`` what is read back. Another one needs no code."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from test_pedigree import document_of
from unfork.boms import read_pedigree
from unfork.model import Patch, Relation

CASES = sorted((Path(__file__).parent / "cases").iterdir())


def _rows(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = tomllib.loads(path.read_text())["patch"]
    return rows


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_is_written_and_read_back(case: Path, tmp_path: Path) -> None:
    found = [
        (
            Patch(row["name"], f"{number:040d}", row["subject"], message=row.get("message", "")),
            Relation(row["relation"]),
            tuple(row.get("commits", ())),
        )
        for number, row in enumerate(_rows(case / "in.toml"), start=1)
    ]
    written = document_of(found)
    assert json.loads(written)["metadata"]["component"]["pedigree"] == json.loads(
        (case / "out.json").read_text()
    )
    file = tmp_path / "x.cdx.json"
    file.write_bytes(written)
    read = [
        {
            "name": header.patch,
            "standing": [str(each.standing) for each in header.said],
            "bugs": list(header.bugs),
        }
        for header in read_pedigree(file)
    ]
    assert read == _rows(case / "expected.toml")
