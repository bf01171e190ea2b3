"""What the reader makes of git's diffs, whatever the blocks they come in."""

import itertools
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import Made
from unfork.git import Repository
from unfork.history import hash_texts, read_wide
from unfork.history.build import _DIFF
from unfork.history.stream import DiffReader, ParsedDiffs, unquote

TRAPS = (
    "--- a/x\n+++ b/x\n@@ -1 +1 @@\ndiff --git a/x b/x\nrename from x\ncopy to y\n\x01" + "1" * 40 + "\n"
    "\\ No newline at end of file\n\n-- \n+- \n@@@ -1 -1 +1 @@@\nBinary files a and b differ\n"
)
ODD_NAMES = (
    b"plain.txt", b"with space", b" b/x", b"x b/x", b"a b/a b/a", b'quo"te', b'" "', b'a" b', b'a" "b/a" b',
    b"tab\there", b"new\nline", b"back\\slash", b"\xe9\xff", "h\u00e9h\u00e9".encode(), b"\x01\x7f",
    b"trailing ", b"d/" * 40 + b"f",
)  # fmt: skip


def raw_diff(made: Made, *shas: str, merges: bool = False) -> bytes:
    done = subprocess.run(
        ["git", "-C", str(made.path), *_DIFF], input="\n".join(shas).encode() + b"\n", capture_output=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def read(data: bytes, cuts: list[int] | None = None, *, context: bool = False) -> ParsedDiffs:
    reader = DiffReader(context=context)
    edges = [0, *sorted({cut for cut in cuts or [] if cut < len(data)}), len(data)]
    for first, last in itertools.pairwise(edges):
        reader.feed(data[first:last])
    return reader.close()


def told(parsed: ParsedDiffs) -> tuple[object, ...]:
    lines = np.concatenate(parsed.hashes).tolist() if parsed.hashes else []
    files = [(file.commit, file.path, file.old_path, file.start) for file in parsed.files]
    return parsed.commits, files, lines, parsed.lines


def lines_of(parsed: ParsedDiffs) -> dict[str, list[int]]:
    """Line hashes by file."""
    lines = np.concatenate(parsed.hashes).tolist()
    ends = [file.start for file in parsed.files[1:]] + [parsed.lines]
    return {file.path: lines[file.start : end] for file, end in zip(parsed.files, ends, strict=True)}


def hashes(*lines: bytes) -> list[int]:
    return hash_texts(list(lines))[0].tolist()


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Several commits with all kinds of changes, as git prints them."""
    made = Made(tmp_path_factory.mktemp("stream") / "up.git")
    body = "".join(f"line {number}\n" for number in range(30))
    with made.writing() as writer:
        shas = [
            writer.commit("a", {"x": TRAPS, "keep": body, "gone": "only here\n"}),
            writer.commit(
                "b", {"x": TRAPS.replace("\n", "!\n"), "gone": None, "moved": body + "more\n", "keep": None}
            ),
            writer.commit("c", {}),
            writer.commit("m", {"x": TRAPS}, mode="100755"),
            writer.commit("d", {"bin": b"\0\1\2" * 100, "nl": "no end", "crlf": "a\r\nb\r\n"}),
            writer.commit("e", {"bin": b"\0\1\3" * 100, "nl": "no end\n", "long": "z" * 5000 + "\n"}),
        ]
    return raw_diff(made, *shas)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_blocks_of_any_size_read_the_same(stream: bytes, data: st.DataObject) -> None:
    whole = told(read(stream))
    cuts = data.draw(st.lists(st.integers(min_value=1, max_value=len(stream) - 1), max_size=60))
    assert told(read(stream, cuts)) == whole
    size = data.draw(st.integers(min_value=1, max_value=200))
    context = data.draw(st.booleans())
    assert told(read(stream, list(range(size, len(stream), size)), context=context)) == told(
        read(stream, context=context)
    )


def test_a_block_boundary_at_every_byte(stream: bytes) -> None:
    whole = told(read(stream[:1500]))
    assert told(read(stream[:1500], list(range(1, 1500)))) == whole


def test_lines_that_look_like_headers_are_content(tmp_path: Path) -> None:
    made = Made(tmp_path / "up.git")
    with made.writing() as writer:
        first = writer.commit("a", {"x": TRAPS})
        second = writer.commit("b", {"x": "rest\n", "y": "ok\n"})
    parsed = read(raw_diff(made, first, second))
    assert parsed.commits == [first.encode(), second.encode()]
    assert [(file.commit, file.path, file.old_path) for file in parsed.files] == [
        (0, "x", None), (1, "x", None), (1, "y", None),
    ]  # fmt: skip
    content = [line for line in TRAPS.encode().split(b"\n") if line]
    lines = np.concatenate(parsed.hashes).tolist()
    assert lines[: len(content)] == hashes(*(b"+" + line for line in content))
    assert lines[len(content) : -2] == hashes(*(b"-" + line for line in content))
    assert lines[-2:] == hashes(b"+rest", b"+ok")


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names(tmp_path: Path, name: bytes) -> None:
    made = Made(tmp_path / "up.git")
    text = "".join(f"{number}\n" for number in range(20))
    wanted = name.decode("utf-8", "surrogateescape")
    with made.writing() as writer:
        shas = [
            writer.commit("add", {name: text, "other": "o\n"}),
            writer.commit("change", {name: text + "more\n"}),
            writer.commit("move", {name: None, b"to/" + name: text + "more\nagain\n"}),
            writer.commit("delete", {b"to/" + name: None}),
        ]
    files = {(file.commit, file.path): file.old_path for file in read(raw_diff(made, *shas)).files}
    assert files == {
        (0, wanted): None, (0, "other"): None, (1, wanted): None,
        (2, f"to/{wanted}"): wanted, (3, f"to/{wanted}"): None,
    }  # fmt: skip


def test_kinds_of_changes(tmp_path: Path) -> None:
    made = Made(tmp_path / "up.git")
    body = "".join(f"line {number}\n" for number in range(30))
    with made.writing() as writer:
        base = writer.commit("a", {"f": body, "bin": b"\0" * 99, "mode": "m\n"})
        moved = writer.commit("move", {"f": None, "g": body})
        binary = writer.commit("binary", {"bin": b"\0" * 98 + b"\1"})
        mode = writer.commit("mode", {"mode": "m\n"}, mode="100755")
        link = writer.commit("link", {"link": "g"}, mode="120000")
        sub = writer.commit("sub", {"sub": "1" * 40}, mode="160000")
        bumped = writer.commit("bump", {"sub": "2" * 40}, mode="160000")
        empty = writer.commit("empty")
    parsed = {sha: read(raw_diff(made, sha)) for sha in (base, moved, binary, mode, link, sub, bumped, empty)}
    assert [(file.path, file.old_path) for file in parsed[moved].files] == [("g", "f")]
    assert parsed[moved].lines == 0
    # No hunk says what these change: the headers do.
    contents = [made.git("rev-parse", f"{commit}:bin") for commit in (f"{binary}~1", binary)]
    assert lines_of(parsed[binary]) == {
        "bin": hashes(b"index %s..%s 100644" % tuple(map(str.encode, contents)))
    }
    assert lines_of(parsed[mode]) == {"mode": hashes(b"old mode 100644", b"new mode 100755")}
    assert lines_of(parsed[link]) == {"link": hashes(b"+g")}
    assert lines_of(parsed[sub]) == {"sub": hashes(b"+Subproject commit " + b"1" * 40)}
    assert lines_of(parsed[bumped])["sub"] == hashes(
        b"-Subproject commit " + b"1" * 40, b"+Subproject commit " + b"2" * 40
    )
    assert told(parsed[empty]) == ([], [], [], 0)  # git says nothing of it


def test_copies_are_named_when_git_says_so() -> None:
    data = (
        b"\x01" + b"1" * 40 + b'\n\ndiff --git a/f "b/\\351"\nsimilarity index 90%\n'
        b'copy from f\ncopy to "\\351"\n'
        b'--- a/f\n+++ "b/\\351"\n@@ -1 +1 @@\n-a\n+b\n'
    )  # fmt: skip
    parsed = read(data)
    assert [(file.path, file.old_path) for file in parsed.files] == [("\udce9", "f")]
    assert lines_of(parsed) == {"\udce9": hashes(b"-a", b"+b")}


def test_the_wide_diff_has_context_and_blank_lines(tmp_path: Path) -> None:
    made = Made(tmp_path / "up.git")
    with made.writing() as writer:
        writer.commit("a", {"f": "1\n\n3\n4\n5\n6\n7\n8\n9\n"})
        sha = writer.commit("b", {"f": "1\n\n3\nfour\n5\n6\n7\n8\n9\n", "g": "new\n"})
    wide = read_wide(Repository(made.path), [sha])
    assert {path: file.lines.tolist() for path, file in wide[sha].items()} == {
        "f": hashes(b" 1", b" ", b" 3", b"-4", b"+four", b" 5", b" 6", b" 7"),
        "g": hashes(b"+new"),
    }
    assert read_wide(Repository(made.path), []) == {}


def test_a_commit_without_changes_has_an_empty_wide_diff(tmp_path: Path) -> None:
    made = Made(tmp_path / "up.git")
    with made.writing() as writer:
        shas = [writer.commit("a", {"f": "1\n"}), writer.commit("b")]
    wide = read_wide(Repository(made.path), shas)
    assert {sha: list(files) for sha, files in wide.items()} == {shas[0]: ["f"], shas[1]: []}
    assert read_wide(Repository(made.path), shas[1:]) == {shas[1]: {}}


@pytest.mark.parametrize(
    ("quoted", "name"),
    [
        (b"plain", "plain"), (b'"a\\tb"', "a\tb"), (b'"\\"\\\\"', '"\\'), (b'"\\303\\251"', "\u00e9"),
        (b'"\\377"', "\udcff"), (b'"\\a\\b\\v\\f\\r\\n"', "\a\b\v\f\r\n"), (b'"', '"'),
        (b'"\\', '"\\'), (b'"x\\"', "x\\"),
    ],
)  # fmt: skip
def test_names_out_of_quotes(quoted: bytes, name: str) -> None:
    assert unquote(quoted) == name
