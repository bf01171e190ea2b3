"""Every kind of bad patch has one line that says what, where, what was expected, what to do."""

import pytest
from unfork.model import ChangeKind
from unfork.series import canonical_diff, emit_diff, left_out, parse_patch

SVN = b"Index: f\n" + b"=" * 67 + b"\n"
GOOD = b"--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n"


def git_header(path: bytes) -> bytes:
    return b"diff --git a/%s b/%s\n--- a/%s\n+++ b/%s\n@@ -1 +1 @@\n-a\n+b\n" % (path, path, path, path)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", "p:1: is empty, expected a patch; make it with"),
        (b"Dear all,\n\nno patch today.\n", "p:1: is no patch, expected a unified diff"),
        (b"\x89PNG\r\n\x1a\n\0\0", "p:1: is no patch"),
        (b"\x1f\x8b\x08", "p:1: is compressed with gzip, expected a patch as text; gunzip it first"),
        ("diff --git a/f b/f\n".encode("utf-16"), "p:1: is UTF-16 text"),
        (b"1c1\n< a\n---\n> b\n", "p:1: is no patch"),
        (
            b"*** a/f\n--- b/f\n***************\n*** 1,2 ****\n! a\n--- 1,2 ----\n! b\n",
            "p:3: a context diff, expected a unified diff; make it again with diff -u",
        ),
        (
            b"diff --cc f\nindex 1,2..3\n--- a/f\n+++ b/f\n@@@ -1,1 -1,1 +1,1 @@@\n++a\n",
            "p:1: a combined diff of a merge, expected a diff against one parent; make it again",
        ),
        (b"--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n@@@ -1,1 -1,1 +1,1 @@@\n++a\n", "p:6: a combined diff"),
        (b"@@ -1 +1 @@\n-a\n+b\n", "p:1: a hunk without a file header, expected '--- a/NAME'"),
        (GOOD + b"\ntext\n@@ -1 +1 @@\n-a\n+b\n", "p:9: a hunk without a file header"),
        (b"--- a/f\n+++ b/f\n@@ -x +1 @@\n-a\n+b\n", "p:3: a hunk header cannot be read, expected '@@ -LINE"),
        (b"--- a/f\n+++ b/f\n@@ -1,5 +1,5 @@\n a\n", "p:1: the file ends before its first changed line"),
        (b"--- f\n+++ f\n@@ -1 +1 @@\n-a\n+b\n", "p:1: the path 'f' has nothing left without its first"),
        (git_header(b"../f"), "p:1: the path '../f' leaves the tree, expected one inside the tree; do not"),
        (git_header(b"d/../../f"), "p:1: the path 'd/../../f' leaves the tree"),
        (git_header(b"d\\..\\..\\f"), "leaves the tree"),
        (git_header(b"/etc/passwd"), None),  # "a//etc": one slash, as GNU patch and git read it
        (b"--- //etc/f\n+++ //etc/f\n@@ -1 +1 @@\n-a\n+b\n", None),
        (git_header(b"C:\\f"), "p:1: the path 'C:\\\\f' is absolute"),
        (git_header(b".git/config"), "p:1: the path '.git/config' is inside .git"),
        (git_header(b"d/.GIT/hooks/x"), "is inside .git"),
        (git_header(b".git "), "is inside .git"),
        (git_header(b"d\\.git\\x"), "is inside .git"),
        (git_header(b"GIT~1/x"), "is inside .git"),
        (b"diff --git a/x b/.git/x\nrename from x\nrename to .git/x\n", "the path '.git/x' is inside .git"),
        (git_header(b"x" * 5000), "is longer than 4096 bytes"),
        (b'--- "a/f\\000"\n+++ "b/f\\000"\n@@ -1 +1 @@\n-a\n+b\n', "has a NUL byte"),
        (
            b"diff --git a/.gitmodules b/.gitmodules\nnew file mode 120000\n"
            b"--- /dev/null\n+++ b/.gitmodules\n@@ -0,0 +1 @@\n+x\n\\ No newline at end of file\n",
            "makes .gitmodules a symbolic link",
        ),
        (b"diff --git a/f b/f\nold mode 100644\nnew mode 777\n", "p:1: the file mode '777' is unknown"),
        (b"diff --git a/f b/g\nold mode 100644\nnew mode 100755\n", "p:1: this 'diff --git' line does not"),
        (
            b"diff --git a/f b/f\nindex 1..2 100644\nGIT binary patch\nliteral 4\nLc${Nk\n\n",
            "a binary hunk is damaged",
        ),
        (b"diff --git a/f b/f\nGIT binary patch\nliteral 3\nzz\n\n", "this line has not the length it says"),
        (b"diff --git a/f b/f\nGIT binary patch\n", "expected 'literal SIZE'"),
    ],
)  # fmt: skip
def test_errors(data: bytes, error: str | None) -> None:
    patch = parse_patch(data, "p")
    if error is None:
        assert patch.error is None
        assert patch.files[0].path.startswith("etc/")
    else:
        assert patch.error is not None
        assert patch.error.startswith(error) if error.startswith("p:") else error in patch.error
        assert "\n" not in patch.error
        assert "; " in patch.error


@pytest.mark.parametrize(
    ("hunk", "counts", "warning"),
    [
        (
            b"@@ -1,9 +1,9 @@\n a\n-b\n+c\n-- \n2.39.5\n\n",
            (2, 2),
            "announces 9 old and 9 new lines, its body has 2",
        ),
        (b"@@ -1,1 +1,1 @@\n a\n-b\n+c\n", (2, 2), "announces 1 old and 1 new lines"),
        (b"@@ -1,3 +1,2 @@\n a\n-b\n+c\n-- \n2.39.5\n\n", (2, 2), "announces 3 old and 2 new lines"),
        (b"@@ -1,9 +1,9 @@\n a\n-b\n+c\n", (2, 2), "the file ends inside a hunk: 2 of 9 old and 2 of 9 new"),
        (b"@@ -1,9 +1,9 @@\n a\n-b\n+c\n\n\n--- a/g\n+++ b/g\n@@ -1 +1 @@\n-a\n+b\n", (2, 2), "announces 9"),
    ],
)
def test_a_hunk_with_wrong_counts_is_read_by_its_body(
    hunk: bytes, counts: tuple[int, int], warning: str
) -> None:
    data = b"--- a/f\n+++ b/f\n" + hunk
    patch = parse_patch(data, "p")
    assert patch.error is None
    assert patch.warnings[0].startswith("p:3: ")
    assert warning in patch.warnings[0]
    read = patch.files[0].hunks[0]
    assert (read.old_count, read.new_count) == counts
    assert read.changed() == [b"-b\n", b"+c\n"]
    assert data.startswith(emit_diff(patch))


def test_right_counts_win_over_what_lines_look_like() -> None:
    """A removed "-- x" and an added "++ y" look like the header of the next file."""
    data = b"--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n a\n--- x\n+++ y\n-- \n2.39.5\n"
    patch = parse_patch(data, "p")
    assert patch.warnings == ()
    assert patch.files[0].hunks[0].changed() == [b"--- x\n", b"+++ y\n"]


def test_a_patch_that_is_too_large_is_not_read() -> None:
    patch = parse_patch(GOOD + b"x" * 3 * 2**20, "p", limit=2 * 2**20)
    assert patch.error == (
        "p:1: has 3 MB, expected at most 2 MB; split it, or take generated and vendored files out of it"
    )


@pytest.mark.parametrize(
    ("data", "kind", "path", "strip"),
    [
        (SVN + b"--- f.orig\t2020-01-01 00:00:00\n+++ f\t2020-01-02\n", ChangeKind.MODIFY, "f", 0),
        (b"--- x-1.orig/d/f 2020-01-01 00:00:00.000000000 +0000\n+++ x-1/d/f\n", ChangeKind.MODIFY, "d/f", 1),
        (b"--- ./d/f\t(revision 12)\n+++ ./d/f\t(working copy)\n", ChangeKind.MODIFY, "d/f", 1),
        (b"--- a/b/c/f\n+++ a/b/c/f\n", ChangeKind.MODIFY, "c/f", 2),
        (b'--- "a/gr\\303\\274n\\t"\n+++ "b/gr\\303\\274n\\t"\n', ChangeKind.MODIFY, "grün\t", 1),
        (b"--- /dev/null\n+++ b/f\n", ChangeKind.MODIFY, "f", 1),  # says new, but has old lines
        (b"--- a/f\t2020-01-01\r\n+++ b/f\t2020-01-01\r\n", ChangeKind.MODIFY, "f", 1),
    ],
)
def test_plain_headers(data: bytes, kind: ChangeKind, path: str, strip: int) -> None:
    patch = parse_patch(b"Text\n\n" + data + b"@@ -1 +1 @@\n-a\n+b\n", "p", strip=strip)
    assert patch.error is None
    assert (patch.files[0].kind, patch.files[0].path) == (kind, path)
    assert emit_diff(patch) == data + b"@@ -1 +1 @@\n-a\n+b\n"


@pytest.mark.parametrize(
    "header",
    [
        b"--- /dev/null\n+++ b/f\n",
        b"--- a/f\t1970-01-01 00:00:00.000000000 +0000\n+++ b/f\t2020-01-01 00:00:00\n",
        b"--- a/f\t1970-01-01 02:00:00.000000000 +0200\n+++ b/f\t2020-01-01 00:00:00\n",
        b"--- a/f\t1969-12-31 19:00:00 -0500\n+++ b/f\n",
    ],
)
def test_a_new_file_in_a_plain_diff(header: bytes) -> None:
    patch = parse_patch(header + b"@@ -0,0 +1 @@\n+b\n", "p")
    assert [(change.kind, change.old_path, change.new_path) for change in patch.files] == [
        (ChangeKind.ADD, None, "f")
    ]


def test_a_deleted_file_in_a_plain_diff() -> None:
    patch = parse_patch(b"--- a/f\n+++ b/f\t1970-01-01 00:00:00 +0000\n@@ -1 +0,0 @@\n-b\n", "p")
    assert (patch.files[0].kind, patch.files[0].new_path) == (ChangeKind.DELETE, None)


def test_binary_without_data_is_left_out_and_can_be_seen() -> None:
    data = b"diff --git a/x b/x\nindex 1234567..89abcde 100644\nBinary files a/x and b/x differ\n"
    patch = parse_patch(data + b"Binary files old/y.png and new/y.png differ\n", "p")
    assert [change.path for change in left_out(patch)] == ["x", "y.png"]
    assert canonical_diff(patch) == b""


def test_a_mail_in_crlf_keeps_its_bytes_but_means_lf() -> None:
    data = GOOD.replace(b"\n", b"\r\n")
    patch = parse_patch(data, "p")
    assert patch.error is None
    assert "CRLF line ends throughout" in patch.warnings[0]
    assert emit_diff(patch) == data
    assert b"\r" not in canonical_diff(patch)
    assert patch.id == parse_patch(GOOD, "p").id


def test_two_mails_in_one_file_are_one_patch_with_a_warning() -> None:
    mail = b"From %b Mon Sep 17 00:00:00 2001\nFrom: a <a@b.c>\nSubject: x\n\n---\n" % (b"1" * 40)
    patch = parse_patch((mail + GOOD + b"-- \n2.39.5\n\n") * 2, "p")
    assert len(patch.files) == 2
    assert "holds 2 mails" in patch.warnings[0]


def test_a_file_on_one_side_only_is_told() -> None:
    patch = parse_patch(GOOD + b"Only in b: new.c\n", "p")
    assert patch.warnings == ("p:7: a file that is on one side only is not in the diff (diff -N)",)
