"""A scan as a CycloneDX document: valid by the standard's own schema, and read back."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from report_samples import HOSTILE
from unfork.boms import read_pedigree, write_pedigree
from unfork.errors import InputError
from unfork.model import Advice, Patch, Relation, Scan, State, UpstreamCommit, Verdict
from unfork.model.header import Standing

SHA = "132636dd610d7e5cce24848776e942d229199e18"


def verdict(patch: Patch, relation: Relation, shas: tuple[str, ...]) -> Verdict:
    return Verdict(
        name=patch.name, id=patch.id, subject=patch.subject, relation=relation,
        commits=tuple(UpstreamCommit("nova", sha, "Its subject", 1.0) for sha in shas),
        candidates=(), suggestions=(), first_release=None, state=State.CLEAN, state_alone=State.CLEAN,
        advice=Advice.CARRY, advice_release=None, confidence=0.9, evidence=(), residue=0,
        files=1, added=1, removed=1, author=None, warnings=(), error=None,
    )  # fmt: skip


PATCHES = (
    (Patch("0001-a b#c.patch", "1" * 40, "Fix CVE-2019-14433"), Relation.IDENTICAL),
    (Patch("0002.patch", "2" * 40, "Two", message="Closes-Bug: #1834048\nBug: 7"), Relation.SQUASHED),
    (
        Patch("0003.patch", "3" * 40, "Three", trailers=(("Bug-Debian", "none"),)),
        Relation.NONE,
    ),
    (Patch(f"0004-{HOSTILE.replace(chr(0), '')}.patch", "4" * 40, HOSTILE), Relation.PARTIAL),
)


def document() -> bytes:
    return document_of(
        [(patch, relation, () if relation is Relation.NONE else (SHA,)) for patch, relation in PATCHES]
    )


def document_of(found: Sequence[tuple[Patch, Relation, tuple[str, ...]]]) -> bytes:
    """The document of a scan that found these."""
    scan = Scan(
        series="patches", carrier="directory", upstream="../nova", base="0" * 40, target="1" * 40,
        base_name="16.0.0", target_name="17.0.0", commits_searched=9,
        patches=tuple(verdict(*each) for each in found),
    )  # fmt: skip
    return write_pedigree(scan, [patch for patch, *_ in found], name="nova")


def test_it_is_valid_and_says_what_was_found() -> None:
    data = document()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(data.decode()) is None
    component = json.loads(data)["metadata"]["component"]
    assert (component["name"], component["version"]) == ("nova", "16.0.0")
    pedigree = component["pedigree"]
    by_name = {each["diff"]["url"]: each for each in pedigree["patches"]}
    assert len(by_name) == len(PATCHES)
    types = {name: each["type"] for name, each in by_name.items()}
    assert types["0001-a%20b%23c.patch"] == "cherry-pick"
    assert types["0002.patch"] == "backport" and types["0003.patch"] == "unofficial"
    security = by_name["0001-a%20b%23c.patch"]["resolves"]
    assert [(each["type"], each["id"]) for each in security] == [("security", "CVE-2019-14433")]
    (bug,) = by_name["0002.patch"]["resolves"]
    assert (bug["id"], bug["references"]) == ("1834048", ["https://bugs.launchpad.net/bugs/1834048"])
    assert [each["uid"] for each in pedigree["commits"]] == [SHA]


def test_the_same_scan_has_the_same_number() -> None:
    assert len({json.loads(document())["serialNumber"] for _ in range(2)}) == 1


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "n.cdx.json"
    path.write_bytes(document())
    read = {header.patch: header for header in read_pedigree(path)}
    assert read.keys() == {patch.name for patch, _ in PATCHES}
    assert [each.standing for each in read["0001-a b#c.patch"].said] == [Standing.UPSTREAM]
    assert read["0003.patch"].said == ()
    assert read["0001-a b#c.patch"].bugs == ("CVE-2019-14433",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ("[]", "is no CycloneDX document"),
        (
            '{"bomFormat": "CycloneDX", "metadata": {"component": {"pedigree": 7}}}',
            "is no valid CycloneDX document",
        ),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_what_is_no_such_document_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "n.json"
    path.write_text(text)
    with pytest.raises(InputError, match=said):
        read_pedigree(path)
