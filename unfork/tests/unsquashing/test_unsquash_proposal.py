"""The proposal as people edit it: what is wrong is said with its line."""

from collections.abc import Callable
from pathlib import Path

import pytest
from unfork.errors import InputError
from unfork.model import Patch
from unfork.series import parse_patch
from unfork.unsquashing import (
    Proposal,
    check_proposal,
    default_weights,
    propose,
    read_text,
    write_proposal,
)

DIFF = b"""\
From: Ada Berg <ada@example.org>
Date: Tue, 13 Nov 2018 09:30:00 +0000
Subject: [PATCH] Two things

Both of them.
---
diff --git a/one.py b/one.py
--- a/one.py
+++ b/one.py
@@ -1,4 +1,4 @@
 import a
-import b
+import bb
 import c
 import d
@@ -20,4 +20,6 @@ def run():
     one()
+    two()
+    three()
     four()
     five()
     six()
diff --git "a/t\\303\\266 x.sh" "b/t\\303\\266 x.sh"
old mode 100644
new mode 100755
"""
LINES = [
    "unsquash 1",
    "patch 0007-two-things.patch",
    "id {id}",
    "part The first",
    "hunk 1 one.py",
    "hunk 2 lines 1 one.py",
    "part The second",
    "hunk 2 lines 2 one.py",
    r'header "t\303\266 x.sh"',
]


@pytest.fixture
def patch() -> Patch:
    return parse_patch(DIFF, "0007-two-things.patch")


@pytest.fixture
def check(patch: Patch, tmp_path: Path) -> Callable[[list[str]], Proposal]:
    """Read some lines as a proposal for the patch."""

    def call(lines: list[str]) -> Proposal:
        file = tmp_path / "it.unsquash"
        file.write_text("\n".join(lines).replace("{id}", patch.id), encoding="utf-8")
        return check_proposal(read_text(file), patch)

    return call


def test_what_is_written_is_read_back_the_same(patch: Patch, tmp_path: Path) -> None:
    proposal = propose(patch, [], [], default_weights(), series="patches")
    file = tmp_path / "it.unsquash"
    file.write_bytes(write_proposal(proposal, patch))

    assert check_proposal(read_text(file), patch) == proposal


def test_lines_of_a_hunk_go_where_the_proposal_says(check: Callable[[list[str]], Proposal]) -> None:
    first, second = check(LINES).parts

    assert (first.title, second.title) == ("The first", "The second")
    assert {(line.file, line.hunk, line.row) for line in first.lines} == {(0, 0, 0), (0, 0, 1), (0, 1, 0)}
    assert {(line.file, line.hunk, line.row) for line in second.lines} == {(0, 1, 1), (1, -1, 0)}


def test_file_takes_what_no_other_line_names(check: Callable[[list[str]], Proposal]) -> None:
    lines = [*LINES[:4], "file one.py", LINES[6], "hunk 2 lines 2 one.py", LINES[8]]

    assert check(lines).parts == check(LINES).parts


def test_message_author_and_date_are_those_of_the_proposal(check: Callable[[list[str]], Proposal]) -> None:
    lines = [*LINES[:4], "author Ö Z <oz@example.org>", "date 2018-11-13T09:30:00+01:00", "> Why.", "> ",
             "> | not shown, said", *LINES[4:]]  # fmt: skip

    part = check(lines).parts[0]

    assert (str(part.author), part.date) == ("Ö Z <oz@example.org>", 1542097800)
    assert part.message == "Why.\n\n| not shown, said"


@pytest.mark.parametrize(
    ("line", "new", "where", "what"),
    [
        (1, "unsquash 2", ":1: ", "no proposal of this version"),
        (3, "id 0000", ": ", "another version"),
        (4, "part", ":4: ", "no title"),
        (5, "hunk 3 one.py", ":5: ", "has not hunk 3"),
        (5, "hunk 1 two.py", ":5: ", "does not change two.py"),
        (5, "hunk one.py", ":5: ", "cannot read 'one.py'"),
        (5, "hunks 1 one.py", ":5: ", "'hunks' means nothing"),
        (5, "", ": ", "hunk 1 one.py goes to no part"),
        (6, "", ": ", "hunk 2 lines 1 one.py goes to no part"),
        (6, "hunk 2 lines 2 one.py", ":8: ", "named twice, first in line 6"),
        (6, "hunk 2 lines 1-3 one.py", ":6: ", "has 2 changed lines, not 3"),
        (6, "hunk 2 lines 2-1 one.py", ":6: ", "no line numbers"),
        (6, "hunk 2 lines 0 one.py", ":6: ", "no line numbers"),
        (6, "hunk 2 lines 1,1 one.py", ":6: ", "a line is named twice"),
        (6, "file one.py\nfile one.py", ":7: ", "named twice, first in line 6"),
        (7, "part Nothing\npart The second", ":7: ", "nothing goes to the part 'Nothing'"),
        (8, "hunk 2 lines 2 one.py\nfile one.py", ":9: ", "other lines name all of one.py"),
        (9, r'header "t\303\266 x.sh', ":9: ", "no file's name"),
        (9, "header one.py", ":9: ", "has not a header"),
        (4, "hunk 1 one.py\npart The first", ":4: ", "before the first part"),
        (7, "part The second\ndate yesterday", ":8: ", "no date"),
        (7, "part The second\nauthor <", ":8: ", "no author"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(
    check: Callable[[list[str]], Proposal], line: int, new: str, where: str, what: str
) -> None:
    lines = [*LINES[: line - 1], new, *LINES[line:]]

    with pytest.raises(InputError) as error:
        check(lines)

    assert f"it.unsquash{where}" in str(error.value)
    assert what in str(error.value)
    assert "\n" not in str(error.value)


def test_lines_that_hang_together_cannot_be_parted(tmp_path: Path) -> None:
    data = b"--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n"
    patch = parse_patch(data, "p")
    file = tmp_path / "it.unsquash"
    text = f"unsquash 1\npatch p\nid {patch.id}\npart A\nhunk 1 lines 1 f\npart B\nhunk 1 lines 2 f\n"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(InputError, match=r"it.unsquash:7: hunk 1 lines 2 f cannot be parted from .*line 5"):
        check_proposal(read_text(file), patch)


@pytest.mark.parametrize("data", [b"", b"\xff\xfe\0", b"From: x\n\nno proposal\n", b"unsquash 1\n"])
def test_what_is_no_proposal_is_refused(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "it.unsquash"
    file.write_bytes(data)

    with pytest.raises(InputError):
        read_text(file)


def test_a_patch_that_would_act_on_a_terminal_is_shown_harmless(tmp_path: Path) -> None:
    data = b"Subject: \x1b[31mred\r\n\n--- a/f\n+++ b/f\n@@ -1 +1,2 @@\n a\n+\x1b[2J\xff\n"
    patch = parse_patch(data, "p")

    text = write_proposal(propose(patch, [], [], default_weights(), series=""), patch)

    assert b"\x1b" not in text
    text.decode("utf-8")
