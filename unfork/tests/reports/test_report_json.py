import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from report_samples import change, commit, hostile_scan, sample_patch, sample_scan
from unfork.model import Evidence, Scan
from unfork.model.evaluation import Bin, Evaluation, Miss, Share
from unfork.reports.align import detail
from unfork.reports.json import render_detail_json, render_evaluation_json, render_json

ROOT = Path(__file__).resolve().parents[3]


def schema(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((ROOT / "docs" / name).read_text(encoding="utf-8"))
    return loaded


def check(name: str, data: bytes) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(data)
    jsonschema.Draft202012Validator.check_schema(schema(name))
    jsonschema.Draft202012Validator(schema(name)).validate(document)
    return document


@pytest.mark.parametrize("scan", [sample_scan(), hostile_scan(), replace(sample_scan(), patches=())])
def test_output_follows_the_schema(scan: Scan) -> None:
    document = check("scan.schema.json", render_json(scan))
    assert document["schema"] == "unfork-scan/1"
    assert len(document["patches"]) == len(scan.patches)


def test_what_the_schema_forbids_is_refused() -> None:
    document = json.loads(render_json(sample_scan()))
    document["patches"][0]["relation"] = "perhaps"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema("scan.schema.json"))


def test_a_row_has_what_scripts_need() -> None:
    document = json.loads(render_json(sample_scan()))
    assert next(iter(document)) == "schema"
    needed = {
        "name", "id", "subject", "relation", "commits", "candidates", "suggestions", "first_release",
        "state", "advice", "confidence", "evidence", "warnings",
    }  # fmt: skip
    split = document["patches"][3]
    assert needed <= set(split)
    assert [part["share"] for part in split["commits"]] == [0.61, 0.34]
    assert {"repo", "sha", "share"} <= set(split["commits"][0])
    assert {"repo", "sha", "score"} <= set(split["candidates"][0])
    assert document["summary"]["advice"]["drop-at"] == 3
    assert document["summary"]["unreadable"] == ["0009-broken.patch"]


def test_undecodable_names_are_written_out() -> None:
    data = render_json(hostile_scan())
    data.decode("utf-8")
    assert "\\udcff" in json.loads(data)["patches"][0]["name"]


def test_show_follows_its_schema() -> None:
    files = (change("a\udcff.py", b" x", b"-old", b"+n\xffw"),)
    verdict = replace(sample_scan().patches[2], evidence=(Evidence("lines", "half"),))
    made = detail(verdict, sample_patch(*files), [(commit("c", 0.5), files, True)])
    document = check("show.schema.json", render_detail_json(made))
    assert document["sides"][0]["explains"] == [3, 4]
    assert document["trailers"] == [["Change-Id", "I1"]]


def test_evaluation_follows_its_schema() -> None:
    share = Share(99, 100, 0.95, 0.998)
    miss = Miss("a" * 40, "b" * 40, None, 2, "s\udcff")
    made = Evaluation("up", ("a..b",), False, True, 100, share, share, share, share, share, share,
                      (Bin(0.9, 9, 10),), 0.0, (miss,), 7602)  # fmt: skip
    document = check("evaluate.schema.json", render_evaluation_json(made))
    assert document["truth"] == 100
    assert document["recall_at_1"] == 0.99
    assert (document["wrong"], document["wrong_count"]) == (0.99, 99)
    assert (document["false_claims"], document["false_claims_count"]) == (0.99, 99)


def test_the_schemas_in_docs_are_those_of_the_types() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "schemas.py"), "--check"], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "")
