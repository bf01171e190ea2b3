"""Which entry of a changelog is about a patch."""

import pytest
from unfork.changelogs import Entry
from unfork.comparing import News
from unfork.series import parse_patch

DIFF = "--- a/f.py\n+++ b/f.py\n@@ -1 +1 @@\n-a\n+b\n"
ENTRIES = [
    Entry("1.1", "Count only starts that were applied (#12)", "CHANGES", 4),
    Entry("1.1", "Fix typo in the manual", "CHANGES", 5),
    Entry("1.0", "Fix typo in the manual", "CHANGES", 9),
    Entry("1.0", "Names are escaped, see CVE-2024-12345 and commit 0123abc", "CHANGES", 10),
    Entry("1.2-1", "Refresh homes.patch, add other.patch", "debian/changelog", 2),
    Entry("1.2-1", "Drop homes.patch, upstream now", "debian/changelog", 3),
]


def find(header: str, diff: str = DIFF, name: str = "any.patch", **known: list[Entry]):  # type: ignore[no-untyped-def]
    """The mention of a patch with this DEP-3 header."""
    return News(ENTRIES, **known).find(parse_patch(f"{header}\n\n{diff}".encode(), name))


def test_the_same_subject() -> None:
    found = find("Subject: Count only starts that were applied")
    assert (found.entry, found.same) == (ENTRIES[0], 1.0)


def test_a_subject_that_two_entries_have_tells_less() -> None:
    found = find("Subject: Fix typo in the manual")
    assert (found.same, found.near) == (0.0, 1.0)


def test_a_similar_subject() -> None:
    found = find("Subject: Count only the starts the agent applied")
    assert found.entry == ENTRIES[0]
    assert 0.4 < found.near < 1


@pytest.mark.parametrize(
    ("header", "name", "entry", "field"),
    [
        ("Subject: x\nOrigin: upstream, https://example.org/demo/pull/12", "a.patch", 0, "joined"),
        ("Subject: x", "CVE-2024-12345.patch", 3, "advisory"),
        ("Subject: x\nOrigin: backport, https://example.org/commit/0123abcdef", "a.patch", 3, "commit"),
        ("Subject: x", "debian/homes.patch", 5, "named"),
    ],
)
def test_what_both_name(header: str, name: str, entry: int, field: str) -> None:
    found = find(header, name=name)
    assert found.entry == ENTRIES[entry]
    assert getattr(found, field)


def test_what_the_patch_adds_to_the_changelog() -> None:
    added = "Count only starts that were applied"
    diff = f"{DIFF}--- a/CHANGES.rst\n+++ b/CHANGES.rst\n@@ -1 +1,2 @@\n x\n+-   {added}\n"
    found = find("Subject: CVE-2000-0001", diff)
    assert (found.entry, found.same) == (ENTRIES[0], 1.0)


def test_what_the_base_knew_is_no_news() -> None:
    assert find("Subject: Count only starts that were applied", known=ENTRIES[:1]).entry != ENTRIES[0]


def test_nothing() -> None:
    assert find("Subject: Quite another thing altogether").entry is None
    assert find("Subject: x", name="other.patch").entry is None
    assert News([]).find(parse_patch(DIFF.encode(), "p")).entry is None
