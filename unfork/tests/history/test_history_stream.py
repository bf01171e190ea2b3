"""What the readers make of git's diffs, whatever the blocks they come in."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import Made
from unfork.git import Repository
from unfork.history import build, build_index, hash_texts, read_wide, wide
from unfork.history.index import NO_PATH
from unfork.history.names import unquote
from unfork.history.pairs import PairReader
from unfork.history.stream import DiffReader
from unfork.progress import Silent

TRAPS = (
    "--- a/x\n+++ b/x\n@@ -1 +1 @@\ndiff --git a/x b/x\nrename from x\ncopy to y\n\x01" + "1" * 40 + "\n"
    "\\ No newline at end of file\n\n-- \n+- \n@@@ -1 -1 +1 @@@\nBinary files a and b differ\n"
)
ODD_NAMES = (
    b"plain.txt", b"with space", b" b/x", b"x b/x", b"a b/a b/a", b'quo"te', b'" "', b'a" b', b'a" "b/a" b',
    b"tab\there", b"new\nline", b"back\\slash", b"\xe9\xff", "h\u00e9h\u00e9".encode(), b"\x01\x7f",
    b"trailing ", b"d/" * 40 + b"f",
)  # fmt: skip


File = tuple[str, str | None, list[int]]  # path, old path, hashes of its lines


def held(made: Made, *shas: str) -> list[list[File]]:
    """What an index holds of each commit, file by file."""
    index = build_index(Repository(made.path), shas, Silent(), workers=1)
    bounds = index.file_lines.tolist()
    files = [
        (
            index.paths[path],
            None if old == NO_PATH else index.paths[old],
            index.lines[bounds[number] : bounds[number + 1]].tolist(),
        )
        for number, (path, old) in enumerate(
            zip(index.file_path.tolist(), index.file_old_path.tolist(), strict=True)
        )
    ]
    return [files[first:last] for first, last in itertools.pairwise(index.commit_files.tolist())]


def feed(reader: DiffReader, data: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted({cut for cut in cuts if cut < len(data)}), len(data)]
    for first, last in itertools.pairwise(edges):
        reader.feed(data[first:last])
    reader.close()


def told(data: bytes, cuts: list[int]) -> tuple[object, ...]:
    """All a reader for the index keeps of what git said."""
    reader = PairReader(OWNERS)
    feed(reader, data, cuts)
    tokens: dict[int, int] = {}
    for key in itertools.chain.from_iterable(block.tolist() for block in reader.tokens):
        tokens[key >> 2] = tokens.get(key >> 2, 0) | key & 3
    lines = np.concatenate(reader.hashes).tolist()
    return list(reader.pair), list(reader.start), lines, reader.lines, reader.marks, tokens


def told_wide(data: bytes, cuts: list[int]) -> tuple[object, ...]:
    """All a reader of whole hunks keeps."""
    reader = wide.WideReader()
    feed(reader, data, cuts)
    files = [(file.commit, file.path, file.start) for file in reader.files]
    return files, np.concatenate(reader.hashes).tolist(), np.concatenate(reader.ink).tolist()


def hashes(*lines: bytes) -> list[int]:
    return hash_texts(list(lines))[0].tolist()


OWNERS = np.arange(100, dtype=np.uint64)


@pytest.fixture(scope="module")
def streams(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """Several commits with all kinds of changes, as git prints them: file by file, and with context."""
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
    said: list[bytes] = []

    class Listening(PairReader):
        def feed(self, data: bytes) -> None:
            said.append(data)
            super().feed(data)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "PairReader", Listening)
        build_index(Repository(made.path), shas, Silent(), workers=1)
    names = "\n".join(shas).encode() + b"\n"
    return b"".join(said), Repository(made.path).run(*wide._DIFF, stdin=names)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_blocks_of_any_size_read_the_same(streams: tuple[bytes, bytes], data: st.DataObject) -> None:
    for stream, read in zip(streams, (told, told_wide), strict=True):
        whole = read(stream, [])
        cuts = data.draw(st.lists(st.integers(min_value=1, max_value=len(stream) - 1), max_size=60))
        assert read(stream, cuts) == whole
        size = data.draw(st.integers(min_value=1, max_value=200))
        assert read(stream, list(range(size, len(stream), size))) == whole


def test_a_block_boundary_at_every_byte(streams: tuple[bytes, bytes]) -> None:
    for stream, read in zip(streams, (told, told_wide), strict=True):
        assert read(stream[:1500], list(range(1, 1500))) == read(stream[:1500], [])


def test_lines_that_look_like_headers_are_content(tmp_path: Path) -> None:
    made = Made(tmp_path / "up.git")
    with made.writing() as writer:
        first = writer.commit("a", {"x": TRAPS})
        second = writer.commit("b", {"x": "rest\n", "y": "ok\n"})
    content = [line for line in TRAPS.encode().split(b"\n") if line]
    assert held(made, first, second) == [
        [("x", None, hashes(*(b"+" + line for line in content)))],
        [
            ("x", None, hashes(*(b"-" + line for line in content), b"+rest")),
            ("y", None, hashes(b"+ok")),
        ],
    ]


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
    files = [{path: old for path, old, _ in files} for files in held(made, *shas)]
    assert files == [
        {wanted: None, "other": None}, {wanted: None}, {f"to/{wanted}": wanted}, {f"to/{wanted}": None}
    ]  # fmt: skip
    assert [set(read_wide(Repository(made.path), [sha])[sha]) for sha in shas] == [
        set(each) for each in files
    ]


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
        typed = writer.commit("typed", {"mode": "f"}, mode="120000")
    shas = (base, moved, binary, mode, link, sub, bumped, empty, typed)
    found = dict(zip(shas, held(made, *shas), strict=True))
    assert found[moved] == [("g", "f", [])]
    # No hunk says what these change: the headers do.
    contents = [made.git("rev-parse", f"{commit}:bin") for commit in (f"{binary}~1", binary)]
    assert found[binary] == [("bin", None, hashes(b"index %s..%s 100644" % tuple(map(str.encode, contents))))]
    assert found[mode] == [("mode", None, hashes(b"old mode 100644", b"new mode 100755"))]
    assert found[link] == [("link", None, hashes(b"+g"))]
    assert found[sub] == [("sub", None, hashes(b"+Subproject commit " + b"1" * 40))]
    assert found[bumped] == [
        ("sub", None, hashes(b"-Subproject commit " + b"1" * 40, b"+Subproject commit " + b"2" * 40))
    ]
    assert found[empty] == []
    assert found[typed] == [("mode", None, hashes(b"-m", b"+f"))]  # git says it in two diffs


def test_the_wide_diff_has_context_and_blank_lines(tmp_path: Path) -> None:
    made = Made(tmp_path / "up.git")
    with made.writing() as writer:
        writer.commit("a", {"f": "1\n\n3\n4\n5\n6\n7\n8\n9\n"})
        sha = writer.commit("b", {"f": "1\n\n3\nfour\n5\n6\n7\n8\n9\n", "g": "new\n"})
    found = read_wide(Repository(made.path), [sha])
    assert {path: file.lines.tolist() for path, file in found[sha].items()} == {
        "f": hashes(b" 1", b" ", b" 3", b"-4", b"+four", b" 5", b" 6", b" 7"),
        "g": hashes(b"+new"),
    }
    assert read_wide(Repository(made.path), []) == {}


def test_a_commit_without_changes_has_an_empty_wide_diff(tmp_path: Path) -> None:
    made = Made(tmp_path / "up.git")
    with made.writing() as writer:
        shas = [writer.commit("a", {"f": "1\n"}), writer.commit("b")]
    found = read_wide(Repository(made.path), shas)
    assert {sha: list(files) for sha, files in found.items()} == {shas[0]: ["f"], shas[1]: []}
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
