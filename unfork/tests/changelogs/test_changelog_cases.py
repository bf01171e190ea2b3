"""Each folder of ``cases`` is a changelog (``in``) with what is read from it (``expected.toml``).

To add one, add a folder; CONTRIBUTING.md says what the files hold.
"""

import tomllib
from pathlib import Path

import pytest
from unfork.changelogs import is_changelog, read_changelogs
from unfork.changelogs.reading import parse_changelog

CASES = sorted(path for path in (Path(__file__).parent / "cases").iterdir() if path.is_dir())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Path) -> None:
    expected = tomllib.loads((case / "expected.toml").read_text(encoding="utf-8"))
    path, data = expected["path"], (case / "in").read_bytes()
    written = read_changelogs([path, "setup.py"], {path: data}.__getitem__)
    found = [
        {"release": entry.release or "", "text": entry.text} | ({"date": entry.date} if entry.date else {})
        for entry in written.entries
    ]
    assert found == expected["entry"]
    assert written.complete is expected.get("complete", False)
    assert not written.broken
    lines = data.decode("utf-8", "replace").split("\n")
    assert all(entry.text.split()[0] in lines[entry.line - 1] for entry in written.entries)


@pytest.mark.parametrize(
    ("heading", "release"),
    [
        ("* Noteworthy changes in release 1.12 (2022-04-07) [stable]", "1.12"),
        ("Version 2.7.6:", "2.7.6"),
        ("Noteworthy changes in version 2.2.40 (2022-10-10)", "2.2.40"),
        ("5.4.1 (2023-01-11)", "5.4.1"),
        ("v1.5.4", "1.5.4"),
        ("## 3.1.0rc1", "3.1.0rc1"),
        ("## 3.1.0-rc.1", "3.1.0-rc.1"),
        ("D-Bus 1.14.10 (2023-09-01)\n===", "1.14.10"),
        ("0.9.1 / 2019-01-01\n------------------", "0.9.1"),
        ("Changes in 4.0.\n---", "4.0"),
    ],
)
def test_headings_people_write(heading: str, release: str) -> None:
    found = parse_changelog(f"{heading}\n\n- One\n- Two\n".encode(), "NEWS")
    assert [(each.release, each.text) for each in found] == [(release, "One"), (release, "Two")]


@pytest.mark.parametrize(
    "line",
    [
        "Since 1.2 the disks are faster than they were before, and 1.3 will do more.",
        "- 1.2 is no longer supported",
        "* 1.2 is no longer supported",
        "  1.2.3",
    ],
)
def test_what_only_mentions_a_version_is_no_heading(line: str) -> None:
    found = parse_changelog(f"2.0\n---\n\n{line}\n\n- After\n".encode(), "NEWS")
    assert [each.release for each in found] == ["2.0", "2.0"]


def test_debian_s_parser_says_nothing_of_damage(caplog: pytest.LogCaptureFixture) -> None:
    data = (Path(__file__).parent / "cases" / "debian-damaged" / "in").read_bytes()
    assert parse_changelog(data, "debian/changelog")
    assert not caplog.records


@pytest.mark.parametrize(
    "path",
    [
        "ChangeLog", "CHANGES", "CHANGES.rst", "CHANGELOG.md", "changelog.txt", "NEWS", "NEWS.rst",
        "HISTORY.md", "RELEASE_NOTES.md", "docs/changelog.rst", "doc/source/user/history.rst",
        "debian/changelog", "debian/NEWS",
        "docs/releases/4.2.1.txt", "doc/changes/7.2.rst", "docs/whats-new.rst", "doc/whatsnew.rst",
    ],
)  # fmt: skip
def test_what_is_a_changelog(path: str) -> None:
    assert is_changelog(path)


@pytest.mark.parametrize(
    "path",
    [
        "changes.py",
        "demo/changelog.rst",
        "docs/changes/index.rst",
        "tests/NEWS",
        "CHANGES.rst.orig",
        "news.html",
        "src/CHANGES",
        "newsfragments/1.md",
        "doc/source/contributor/releasenotes.rst",
    ],
)
def test_what_is_none(path: str) -> None:
    assert not is_changelog(path)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"1.0\n\0\n", "not a text"),
        (b"x" * (17 << 20), "larger than 16 MB"),
        (b"- x\n" * 200_001, "more than 200000 entries"),
    ],
    ids=["binary", "large", "long"],
)
def test_what_cannot_be_read_is_named_with_the_reason(data: bytes, why: str) -> None:
    files = {"ChangeLog": b"CHANGES\n=======\n\n" + data, "NEWS": b"- Good\n"}
    written = read_changelogs(files, files.__getitem__)
    assert written.broken == {"ChangeLog": why}
    assert [entry.text for entry in written.entries] == ["Good"]
    assert not written.complete


@pytest.mark.parametrize(
    "piece",
    [
        "- ", "* 1.", "in of ", "=" * 80 + "\n", "[", "a b c d e f 1.", "\t* x\n", "1.1\n", "\n", "1 ",
        "## 1.1" + "_a" * 60 + "x\n", "1.1" + " " * 100 + "x\n\n", "a (1) b; urgency=\n",
    ],
)  # fmt: skip
def test_hostile_text_ends_soon(piece: str) -> None:
    data = (piece * 300_000)[: 1 << 19].encode()
    assert sum(len(entry.text) for entry in parse_changelog(data, "NEWS")) <= len(data)


def test_a_byte_order_mark_hides_no_heading() -> None:
    assert parse_changelog(b"\xef\xbb\xbf1.0\n\n- x\n", "NEWS")[0].release == "1.0"
    assert parse_changelog(b"", "NEWS") == []
