"""Against real git: what git writes we read, and what we write git reads in the same way."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unfork.model import ChangeKind
from unfork.series import canonical_diff, emit_diff, left_out, parse_patch

LINES = st.sampled_from(
    [
        b"one", b"two", b"three", b"", b" ", b"\ttab", b"- -", b"-- ", b"--- a/x", b"+++ b/x",
        b"@@ -1 +1 @@", b"From 1234", b"diff --git a/x b/x", b"cr\r", b"\r", b"\\ No newline",
        b"\xff\xfe raw",
        "grün".encode(), b"2.39.5", b"Index: x", b"*** 1,5 ****", b"GIT binary patch", b"\x0b\x0c",
    ]
)  # fmt: skip
HEADERS = st.sampled_from(
    [
        b"diff --git a/f b/f", b"diff --git a/.git/x b/.git/x", b"--- a/f", b"+++ b/f", b"@@ -1,2 +1,2 @@",
        b"+x", b"-x", b" x", b"rename from f", b"rename to g", b"new file mode 100644", b"old mode 100644",
        b"new mode 100755", b"index 1234567..89abcde 100644", b"GIT binary patch", b"literal 4",
        b"Subject: =?utf-8?b?x?=", b"Content-Transfer-Encoding: base64", b"From: a", b"Date: x",
        b"deleted file mode 100644", b"Binary files a/f and b/f differ", b"--- /dev/null", b"+++ /dev/null",
        b'--- "a/\\303"', b"Content-Type: multipart/mixed; boundary=x", b"copy from f", b"copy to g",
    ]
)  # fmt: skip
TEXT = st.builds(
    lambda lines, end: b"\n".join(lines) + (b"\n" if end and lines else b""),
    st.lists(LINES, max_size=12),
    st.booleans(),
)
BINARY = st.binary(min_size=1, max_size=40).map(lambda data: b"\0" + data)
CONTENT = st.one_of(TEXT, TEXT, TEXT, BINARY)
NAMES = st.sampled_from(
    [b"plain.txt", b"dir/plain", b"with space", b"tab\there", b'quo"te', b"back\\slash", b"gr\xc3\xbcn",
     b"raw\xff", b" lead", b"trail ", b"new\nline", b"a b/c d", b"b/b", b"-dash", b"x -> y", b"cr\r"]
)  # fmt: skip
MODES = st.sampled_from(["100644", "100644", "100755", "120000"])
TREE = st.dictionaries(NAMES, st.tuples(MODES, CONTENT), max_size=4)


class Store:
    """A bare repository whose trees are made from dictionaries, for speed through plumbing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.git("init", "-q", "--bare", ".")

    def git(self, *args: str, data: bytes = b"", index: str = "index", check: bool = True) -> bytes:
        environment = {**os.environ, "GIT_INDEX_FILE": str(self.path / index), "GIT_DIR": str(self.path)}
        done = subprocess.run(
            ["git", *args], cwd=self.path, input=data, capture_output=True, env=environment, check=False
        )
        if check and done.returncode:
            raise AssertionError(done.stderr.decode())
        return done.stdout if done.returncode == 0 else b"refused"

    def tree(self, files: dict[bytes, tuple[str, bytes]]) -> str:
        lines = []
        for name, (mode, content) in files.items():
            content = content.replace(b"\0", b"0") or b"target" if mode == "120000" else content
            sha = self.git("hash-object", "-w", "--stdin", "--no-filters", data=content).strip()
            lines.append(b"%s %s\t%s\0" % (mode.encode(), sha, name))
        self.git("read-tree", "--empty")
        self.git("update-index", "-z", "--index-info", data=b"".join(lines))
        return self.git("write-tree").decode().strip()

    def apply(self, tree: str, patch: bytes, *options: str) -> bytes:
        self.git("read-tree", tree, index="apply")
        if self.git("apply", "--cached", *options, data=patch, index="apply", check=False) == b"refused":
            return b"refused"
        return self.git("write-tree", index="apply").strip()


STORES: list[Store] = []


@pytest.fixture(scope="module", autouse=True)
def _clean_up() -> Iterator[None]:
    yield
    while STORES:
        shutil.rmtree(STORES.pop().path)


def store() -> Store:
    if not STORES:  # one for all examples: objects do no harm to each other
        STORES.append(Store(Path(tempfile.mkdtemp())))
    return STORES[0]


EXAMPLES = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@EXAMPLES
@given(old=TREE, new=TREE, context=st.sampled_from([0, 1, 3]), renames=st.booleans())
def test_what_git_writes_is_emitted_unchanged_and_applies_to_the_same_tree(
    old: dict[bytes, tuple[str, bytes]], new: dict[bytes, tuple[str, bytes]], context: int, renames: bool
) -> None:
    git = store()
    before, after = git.tree(old), git.tree(new)
    options = (
        ["--binary", f"-U{context}", "-M", "-C", "--find-copies-harder"]
        if renames
        else ["--binary", f"-U{context}"]
    )
    diff = git.git("diff-tree", "-r", "-p", "--full-index", *options, before, after)
    patch = parse_patch(b"From: A <a@b.c>\nSubject: x\n\nText.\n---\n" + diff + b"-- \n2.39.5\n", "p")
    assert patch.error is None
    assert emit_diff(patch) == diff
    if before == after:
        assert patch.files == ()
        return
    assert left_out(patch) == ()
    assert patch.warnings == ()
    apply = ["--unidiff-zero"] if context == 0 else []
    assert git.apply(before, diff, *apply).decode() == after
    assert git.apply(before, canonical_diff(patch), *apply).decode() == after


@EXAMPLES
@given(old=TREE, new=TREE, other=TREE)
def test_git_takes_ours_exactly_when_it_takes_the_original(
    old: dict[bytes, tuple[str, bytes]],
    new: dict[bytes, tuple[str, bytes]],
    other: dict[bytes, tuple[str, bytes]],
) -> None:
    git = store()
    before, after, elsewhere = git.tree(old), git.tree(new), git.tree(other)
    diff = git.git("diff-tree", "-r", "-p", "--full-index", "--binary", "-M", before, after)
    if not diff:
        return
    patch = parse_patch(diff, "p")
    assert git.apply(elsewhere, canonical_diff(patch)) == git.apply(elsewhere, diff)


@EXAMPLES
@given(old=TREE, new=TREE)
def test_a_prefix_moves_every_path(
    old: dict[bytes, tuple[str, bytes]], new: dict[bytes, tuple[str, bytes]]
) -> None:
    git = store()
    below = [{b"0001/" + name: file for name, file in files.items()} for files in (old, new)]
    before, after = git.tree(below[0]), git.tree(below[1])
    diff = git.git("diff-tree", "-r", "-p", "--full-index", "--binary", "-M", git.tree(old), git.tree(new))
    if diff:
        patch = parse_patch(diff, "p")
        assert git.apply(before, canonical_diff(patch, prefix="0001/")).decode() == after


@EXAMPLES
@given(old=TEXT, new=TEXT, damage=st.data())
def test_wrong_counts_and_cut_files_never_make_git_give_up(
    old: bytes, new: bytes, damage: st.DataObject
) -> None:
    """Whatever is taken out of or put into a diff, the canonical form is one that git can read."""
    git = store()
    before = git.tree({b"f": ("100644", old), b"g": ("100644", new)})
    after = git.tree({b"f": ("100644", new), b"h": ("100644", old)})
    lines = git.git("diff-tree", "-r", "-p", "--binary", before, after).splitlines(keepends=True)
    for _ in range(damage.draw(st.integers(0, 3))):
        at = damage.draw(st.integers(0, max(len(lines) - 1, 0)))
        if damage.draw(st.booleans()):
            del lines[at : at + 1]
        else:
            lines.insert(at, damage.draw(LINES) + b"\n")
    data = b"".join(lines)[: damage.draw(st.one_of(st.none(), st.integers(0, 400)))]
    patch = parse_patch(data, "p")
    diff = canonical_diff(patch)
    if patch.error is None and diff:
        assert git.git("apply", "--numstat", data=diff, check=False) != b"refused"
        assert parse_patch(emit_diff(patch), "p").id == patch.id


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.one_of(
            LINES,
            HEADERS,
            st.binary(max_size=8),
        ),
        max_size=20,
    )
)  # fmt: skip
def test_nothing_makes_the_parser_raise(lines: list[bytes]) -> None:
    patch = parse_patch(b"\n".join(lines), "p")
    assert patch.error is None or (patch.error.startswith("p:") and "\n" not in patch.error)
    assert all(warning.startswith("p:") and "\n" not in warning for warning in patch.warnings)
    assert all(change.kind in ChangeKind for change in patch.files)
    diff = canonical_diff(patch)
    if patch.error is None and diff:
        assert store().git("apply", "--numstat", data=diff, check=False) != b"refused"
