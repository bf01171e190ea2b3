"""Each folder in ``cases`` is a patch as it came, what its header says, and what is written into it.

``in`` is the patch, ``expected.toml`` says the rest, ``out`` is the patch after writing; without ``out``
nothing is written. CONTRIBUTING.md tells how to add one.
"""

import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from unfork.headers import contradicted, read_header, write_header
from unfork.model.header import Fact, Form, Standing
from unfork.series import emit_diff, parse_patch

CASES = sorted(path for path in (Path(__file__).parent / "cases").iterdir() if path.is_dir())
DAY = "2019-04-12"


class _Expected(msgspec.Struct, forbid_unknown_fields=True):
    form: Form
    fact: dict[str, Any]
    said: list[dict[str, Any]] = []
    problems: list[str] = []
    becomes: Standing | None = None  # what it is read as, where the form has no word for the fact


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Path) -> None:
    expected = msgspec.convert(tomllib.loads((case / "expected.toml").read_text("utf-8")), _Expected)
    fact = msgspec.convert(expected.fact, Fact)
    before = (case / "in").read_bytes()
    patch = parse_patch(before, "in")
    header = read_header(patch)
    said = [
        {
            name: value
            for name, value in msgspec.json.decode(msgspec.json.encode(each)).items()
            if name != "text" and value
        }
        for each in header.said
    ]
    assert said == expected.said
    assert list(header.problems) == expected.problems
    if header.problems or contradicted(header, fact):
        assert not (case / "out").exists(), "what contradicts itself is left to people"
        return
    after = write_header(before, header, fact, expected.form, day=DAY)
    assert after == ((case / "out").read_bytes() if (case / "out").exists() else before)

    # What was written says what was known, says it once, and the change itself is the same to the byte.
    written = parse_patch(after, "in")
    assert emit_diff(written) == emit_diff(patch)
    again = read_header(written)
    assert write_header(after, again, fact, expected.form, day="2020-01-01") == after
    if after != before:
        assert [each.standing for each in again.said if each.form is expected.form] == [
            expected.becomes or fact.standing
        ]
    assert written.subject == patch.subject or not patch.subject


def test_every_form_has_cases() -> None:
    forms = {tomllib.loads((case / "expected.toml").read_text("utf-8"))["form"] for case in CASES}
    assert forms == {*Form} - {Form.CYCLONEDX}
