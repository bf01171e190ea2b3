"""What is seen of a hunk in a target, with a base and without."""

import pytest
from unfork.comparing import Tree, see
from unfork.comparing.hunks import Seen
from unfork.git import TreeEntry
from unfork.series import parse_patch

BASE = "".join(f"line {number} of the file\n" for number in range(1, 21))
PATCH = b"""--- a/f.py
+++ b/f.py
@@ -4,7 +4,8 @@
 line 4 of the file
 line 5 of the file
 line 6 of the file
-line 7 of the file
+line 7 in other words
+and one more line
 line 8 of the file
 line 9 of the file
 line 10 of the file
"""
DONE = BASE.replace("line 7 of the file\n", "line 7 in other words\nand one more line\n")


def tree(**files: str) -> Tree:
    """A tree with these files; "_" stands for the dot of a name."""
    named = {name.replace("_", "."): content.encode() for name, content in files.items()}
    entries = {name: TreeEntry("100644", name) for name in named}
    return Tree(entries, dict(named))


def seen(target: Tree, base: Tree | None = None, patch: bytes = PATCH) -> Seen:
    """What is seen of the only hunk."""
    (found,) = see(parse_patch(patch, "p"), target, base)
    return found


@pytest.mark.parametrize("based", [True, False])
def test_there_and_not_there(based: bool) -> None:
    base = tree(f_py=BASE) if based else None
    there, not_there = seen(tree(f_py=DONE), base), seen(tree(f_py=BASE), base)
    assert (there.features.added, there.features.joined, there.features.gone, there.features.after) == (
        1,
        1,
        1,
        1,
    )
    assert (there.left, there.features.before, there.is_missing) == (0, 0, False)
    assert (not_there.features.added, not_there.features.joined, not_there.features.gone) == (0, 0, 0)
    assert (not_there.left, not_there.features.before, not_there.is_missing) == (3, 1, True)


def test_white_space_and_moved_code_do_not_matter() -> None:
    moved = "first\n\n" + DONE.replace("line", "    line").replace("and one", "\tand  one")
    found = seen(tree(f_py=moved), tree(f_py=BASE))
    assert (found.features.added, found.features.after, found.left) == (1, 1, 0)


def test_what_the_base_had_tells_nothing() -> None:
    had = tree(f_py=BASE + "and one more line\n")
    found = seen(tree(f_py=BASE + "and one more line\n"), had)
    assert found.features.added == 0
    assert seen(tree(f_py=DONE), tree(f_py=DONE)).features.has_added == 0


def test_rewritten_code_is_neither_there_nor_seen_to_be_missing() -> None:
    found = seen(tree(f_py="all new\n"), tree(f_py=BASE))
    assert (found.features.added, found.is_missing, found.is_judged) == (0, False, True)


def test_a_file_that_is_gone_tells_nothing() -> None:
    found = seen(tree(g_py=BASE), tree(f_py=BASE))
    assert (found.is_judged, found.features.gone, found.features.parted) == (False, 0, 0)


NEW = b"--- /dev/null\n+++ b/new.py\n@@ -0,0 +1,2 @@\n+first line\n+second line\n"


def test_a_new_file() -> None:
    there = seen(tree(new_py="first line\nsecond line\n"), tree(f_py=BASE), NEW)
    assert (there.features.added, there.features.file_there, there.is_judged) == (1, 1, True)
    absent = seen(tree(f_py=BASE), tree(f_py=BASE), NEW)
    assert (absent.features.added, absent.is_judged, absent.is_missing) == (0, False, False)


GONE = b"--- a/f.py\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-first line\n-second line\n"


def test_a_deleted_file() -> None:
    old = tree(f_py="first line\nsecond line\n")
    assert seen(tree(g_py="x\n"), old, GONE).features.gone == 1
    assert seen(old, old, GONE).features.gone == 0


AT_THE_END = b"""--- a/f.py
+++ b/f.py
@@ -18,3 +18,4 @@
 line 18 of the file
 line 19 of the file
 line 20 of the file
+line 21 of the file
"""


def test_lines_put_at_the_end_leave_the_old_code_standing() -> None:
    found = seen(tree(f_py=BASE + "another\nline 21 of the file\n"), tree(f_py=BASE), AT_THE_END)
    assert (found.features.added, found.features.before, found.is_missing) == (1, 0, False)
