"""Each folder of ``cases`` is a changelog (``in``) with what is read from it (``expected.toml``).

To add one, add a folder; docs/snapshots.md says what the files hold.
"""

import tomllib
from pathlib import Path

import pytest
from unfork.changelogs import changelog_paths, parse_changelog, read_changelogs

CASES = sorted(path for path in (Path(__file__).parent / "cases").iterdir() if path.is_dir())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Path) -> None:
    expected = tomllib.loads((case / "expected.toml").read_text(encoding="utf-8"))
    path, data = expected["path"], (case / "in").read_bytes()
    found = [{"release": entry.release or "", "text": entry.text} for entry in parse_changelog(data, path)]
    assert found == expected["entry"]
    written = read_changelogs([path, "setup.py"], {path: data}.__getitem__)
    assert [entry.text for entry in written.entries] == [entry["text"] for entry in expected["entry"]]
    assert written.complete is expected.get("complete", False)


def test_lines_are_counted_from_one() -> None:
    (first, second) = parse_changelog(b"1.0\n===\n\n* One\n  more\n* Two\n", "CHANGES")
    assert (first.line, second.line) == (4, 6)


@pytest.mark.parametrize(
    "path",
    [
        "ChangeLog", "CHANGES", "CHANGES.rst", "CHANGELOG.md", "changelog.txt", "NEWS", "NEWS.rst",
        "HISTORY.md", "RELEASE_NOTES.md", "docs/changelog.rst", "doc/source/user/history.rst",
        "debian/changelog",
        "docs/releases/4.2.1.txt", "doc/changes/7.2.rst", "docs/whats-new.rst", "doc/whatsnew.rst",
    ],
)  # fmt: skip
def test_what_is_a_changelog(path: str) -> None:
    assert changelog_paths([path]) == [path]


@pytest.mark.parametrize(
    "path",
    [
        "changes.py",
        "demo/changelog.rst",
        "docs/changes/index.rst",
        "tests/NEWS",
        "CHANGES.rst.orig",
        "news.html",
    ],
)
def test_what_is_none(path: str) -> None:
    assert changelog_paths([path]) == []


def test_no_text() -> None:
    assert parse_changelog(b"\0\1\2", "NEWS") == []
    assert parse_changelog(b"", "NEWS") == []
    assert [entry.text for entry in parse_changelog(b"* caf\xe9\n", "NEWS")] == ["caf\ufffd"]
