"""Changelogs as projects keep them: entries under the release that has them."""

import pytest
from unfork.history.changelog import Entry, is_changelog, parse_changelog


def told(text: str) -> list[tuple[str | None, str | None, str]]:
    return [(each.release, each.date, each.text) for each in parse_changelog(text.encode())]


def test_pbr_writes_a_version_over_a_line() -> None:
    text = "CHANGES\n=======\n\n16.0.1\n------\n\n"
    text += "* Purge records\n  in the night\n* Use 2.0 disks\n\n16.0.0\n------\n\n* First\n"
    assert parse_changelog(text.encode()) == [
        Entry("16.0.1", None, "Purge records in the night", 7),
        Entry("16.0.1", None, "Use 2.0 disks", 9),
        Entry("16.0.0", None, "First", 14),
    ]


def test_keep_a_changelog() -> None:
    text = (
        "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- Timers\n  - for guests\n\n  and hosts\n- More\n\n"
        "## [1.1.0] - 2019-02-15\n### Fixed\n- Disks\n\nA paragraph\nof two lines.\n\n[1.1.0]: somewhere\n"
    )
    assert told(text) == [
        (None, None, "Timers for guests and hosts"),
        (None, None, "More"),
        ("1.1.0", "2019-02-15", "Disks"),
        ("1.1.0", "2019-02-15", "A paragraph of two lines."),
    ]


@pytest.mark.parametrize(
    ("heading", "release"),
    [
        ("* Noteworthy changes in release 1.12 (2022-04-07) [stable]", "1.12"),
        ("Version 2.7.6:", "2.7.6"),
        ("Noteworthy changes in version 2.2.40 (2022-10-10)", "2.2.40"),
        ("5.4.1 (2023-01-11)", "5.4.1"),
        ("v1.5.4", "v1.5.4"),
        ("## 3.1.0rc1", "3.1.0rc1"),
        ("D-Bus 1.14.10 (2023-09-01)\n===", "1.14.10"),
        ("0.9.1 / 2019-01-01\n------------------", "0.9.1"),
        ("Changes in 4.0.\n---", "4.0"),
    ],
)
def test_headings_people_write(heading: str, release: str) -> None:
    assert [(each[0], each[2]) for each in told(f"{heading}\n\n- One\n- Two\n")] == [
        (release, "One"),
        (release, "Two"),
    ]


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
    assert {each[0] for each in told(f"2.0\n---\n\n{line}\n\n- After\n")} == {"2.0"}


def test_gnu_changelogs_have_days_and_no_releases() -> None:
    text = "2022-04-07  A Person  <a@example.org>\n\n\t* disk.c (main): Mend.\n"
    text += "\n2022-04-06  B <b@example.org>\n\n\t* Other.\n"
    assert told(text) == [
        (None, "2022-04-07", "disk.c (main): Mend."),
        (None, "2022-04-06", "Other."),
    ]


def test_debian_changelogs() -> None:
    text = (
        "disk (2:1.2-3) unstable; urgency=medium\n\n  * Purge records\n    in the night. (Closes: #123456)\n"
        "  [ A Person ]\n  * Other.\n\n -- A Person <a@example.org>  Sat, 18 Mar 2023 10:00:00 +0100\n\n"
        "disk (1.1-1) unstable; urgency=low\n\n  * First.\n\n -- A Person <a@example.org>  no day at all\n"
    )
    assert told(text) == [
        ("2:1.2-3", "2023-03-18", "Purge records in the night. (Closes: #123456)"),
        ("2:1.2-3", "2023-03-18", "Other."),
        ("1.1-1", None, "First."),
    ]


def test_a_torn_debian_changelog_gives_what_it_has(caplog: pytest.LogCaptureFixture) -> None:
    text = "disk (1.2-3) unstable; urgency=medium\n\n  * Purge records\n<<<<<<<\nnonsense (\n"
    assert ("1.2-3", None, "Purge records") in told(text)
    assert not caplog.records


@pytest.mark.parametrize(
    ("data", "why"), [(b"1.0\n\0\n", "not a text"), (b"x" * (9 << 20), "larger than 8 MB")]
)
def test_what_is_no_changelog_says_why(data: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_changelog(data)


def test_hostile_text_ends_soon() -> None:
    for piece in ("- ", "* 1.", "in of ", "=" * 80 + "\n", "[", "a b c d e f 1.", "\t* x\n", "1.1\n"):
        assert len(parse_changelog((piece * 200_000)[: 1 << 20].encode())) <= 100_000
    assert told("Größe\n".encode("latin-1").decode("latin-1")) == [(None, None, "Größe")]
    assert parse_changelog("1.0\n---\n- Größe\n".encode("latin-1"))[0].text == "Größe"


def test_which_files_are_changelogs() -> None:
    for path in (
        "CHANGES",
        "ChangeLog",
        "CHANGELOG.md",
        "NEWS.rst",
        "docs/changelog.rst",
        "debian/changelog",
    ):
        assert is_changelog(path), path
    for path in ("src/CHANGES", "changes.py", "newsfragments/1.md", "doc/source/history.rst", "a/docs/NEWS"):
        assert not is_changelog(path), path
