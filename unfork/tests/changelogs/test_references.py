import pytest
from unfork.changelogs import hashes, references, same_hash


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Count starts (#12)", {"number:12"}),
        ("see :issue:`12` and :pr:`34`", {"number:12", "number:34"}),
        ("https://github.com/demo/demo/pull/12", {"number:12"}),
        ("gh-12: Count starts", {"number:12"}),
        ("Drop it. (Closes: #1000001, #1000002)", {"debian:1000001", "debian:1000002"}),
        ("https://bugs.debian.org/1000001", {"debian:1000001"}),
        ("CVE-2024-12345 and GHSA-abcd-1234-efgh", {"cve:2024-12345", "ghsa:abcd-1234-efgh"}),
        (":ghsa:`abcd-1234-efgh`", {"ghsa:abcd-1234-efgh"}),
        ("Closes-Bug: #1234567", {"bug:1234567", "number:1234567"}),
        ("the 12 of 34, a#b and page.html#3", set()),
    ],
)
def test_references(text: str, found: set[str]) -> None:
    assert references(text) == found


def test_hashes() -> None:
    assert hashes("in 0123abc, not 1234567 nor deadbeef") == {"0123abc"}
    assert same_hash(["0123abcdef"], ["0123abc"]) == "0123abcdef"
    assert same_hash(["0123abcdef"], ["0123abd"]) is None
