"""The index on disk: what is written is what is read, and damage never goes unseen."""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filelock import FileLock
from hypothesis import given, settings
from hypothesis import strategies as st
from making import FIRST_DAY, Made, leftovers
from unfork.git import Repository
from unfork.history import (
    INDEX_NAME,
    DamagedError,
    Graph,
    Index,
    build_index,
    kept,
    read_commits,
    read_index,
    store_of,
)  # fmt: skip
from unfork.history.index import _DTYPES, FORMAT, write_index
from unfork.progress import Silent

Open = Any
SECTIONS = [*_DTYPES, "infos", "paths"]


@pytest.fixture
def history(made: Made) -> list[str]:
    """Commits of all kinds, oldest first."""
    text = "".join(f"shared {number}\n" for number in range(8))
    with made.writing() as writer:
        a = writer.commit("Start it\n\nChange-Id: I0123456789", {"f": text, b'\xe9 "x': "odd\n"})
        b = writer.commit("Grow it", {"f": text + "more\n", "g": text})
        side = writer.commit("Beside", {"h": text}, branch="side", parents=(a,))
        writer.commit("Merge side", {"h": text}, parents=(b, side))
        c = writer.commit("Empty it")
        d = writer.commit("Move it", {"g": None, "moved": text + "end\n"})
    return [a, b, side, c, d]


def described(index: Index) -> dict[str, Any]:
    """Everything an index says, by commit: free of the order they were added in."""
    told = {}
    for number, info in enumerate(index.infos):
        first, last = int(index.commit_files[number]), int(index.commit_files[number + 1])
        files = []
        for file in range(first, last):
            begin, end = int(index.file_lines[file]), int(index.file_lines[file + 1])
            old = int(index.file_old_path[file])
            files.append(
                (
                    index.paths[index.file_path[file]],
                    None if old == 0xFFFFFFFF else index.paths[old],
                    index.lines[begin:end].tolist(),
                    index.rarity[begin:end].tolist(),
                )
            )
        words = index.words[index.commit_words[number] : index.commit_words[number + 1]].tolist()
        told[info.sha] = (info, files, words)
    return told


def built(made: Made, shas: list[str], old: Index | None = None) -> Index:
    return build_index(Repository(made.path), shas, Silent(), workers=2, old=old)


def test_what_is_written_is_read(made: Made, history: list[str], tmp_path: Path) -> None:
    index = built(made, history)
    write_index(tmp_path / "x.idx", index)
    again = read_index(tmp_path / "x.idx")
    assert described(again) == described(index)
    assert again.paths == index.paths
    assert {name: getattr(again, name).dtype for name in _DTYPES} == dict(_DTYPES)
    assert leftovers(tmp_path) == []


def test_it_holds_what_git_says(made: Made, history: list[str]) -> None:
    told = described(built(made, history))
    a, b, side, empty, moved = history
    assert list(told) == history
    assert told[a][0].ids == ("change-id:i0123456789",)
    assert [file[:2] for file in told[a][1]] == [("f", None), ('\udce9 "x', None)]
    assert [(file[0], len(file[2])) for file in told[b][1]] == [("f", 1), ("g", 8)]
    assert told[empty][1] == []
    assert [(path, old, len(lines)) for path, old, lines, _ in told[moved][1]] == [("moved", "g", 1)]
    # The shared lines are in three commits, "odd" in one: sixteen times the binary logarithm.
    assert set(told[side][1][0][3]) == {round(16 * np.log2(3))}
    assert told[a][1][1][3] == [0]
    assert told[b][0].subject == "Grow it"
    assert told[b][0].commit_time == FIRST_DAY + 2 * 86400


def test_lines_know_their_commit(made: Made, history: list[str]) -> None:
    index = built(made, history)
    owners = index.commit_of_lines(np.arange(len(index.lines))).tolist()
    assert owners == [0] * 9 + [1] * 9 + [2] * 8 + [4]


@pytest.mark.parametrize("cut", [1, 2, 3, 4])
def test_extending_is_building(made: Made, history: list[str], cut: int) -> None:
    whole = described(built(made, history))
    first = built(made, history[:cut])
    assert described(built(made, history[cut:], old=first)) == whole


def test_extending_from_disk_by_history(made: Made, opened: Open, cache: Path) -> None:
    with made.writing() as writer:
        writer.commit("one", {"f": "a\nshared\n"})
        writer.commit("two", {"g": "b\nshared\n"})
    opened()
    path = store_of(Repository(made.path), cache) / INDEX_NAME
    before = described(read_index(path))
    with made.writing() as writer:
        writer.commit("three", {"h": "c\nshared\n"})
    opened()
    after = described(read_index(path))
    assert after.keys() > before.keys()
    assert after == described(built(made, made.git("rev-list", "master").split()))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.binary(max_size=40), st.binary(max_size=40)), min_size=1, max_size=3))
def test_hostile_messages_and_names(
    tmp_path_factory: pytest.TempPathFactory, words: list[tuple[bytes, bytes]]
) -> None:
    made = Made(tmp_path_factory.mktemp("hostile") / "up.git")
    with made.writing() as writer:
        shas = [
            writer.commit(
                b"S" + subject.replace(b"\0", b"") + b"\n\n" + body.replace(b"\0", b"") + b"\n", {"f": str(n)}
            )
            for n, (subject, body) in enumerate(words)
        ]
    infos = list(read_commits(Repository(made.path), shas))
    assert [info.sha for info in infos] == shas
    assert {info.author for info in infos} == {"A U Thor"}
    index = built(made, shas)
    path = made.path.parent / "x.idx"
    write_index(path, index)
    assert described(read_index(path)) == described(index)


def test_control_characters_in_a_message(made: Made) -> None:
    with made.writing() as writer:
        shas = [
            writer.commit("One \x01 two\n\n\x01" + "1" * 40 + "\n", {"f": "1"}, author="A\x01B <a@b>"),
            writer.commit("Next\n\n\nBody\n\n", {"f": "2"}),
        ]
    infos = list(read_commits(Repository(made.path), shas))
    assert [(info.sha, info.author, info.subject) for info in infos] == [
        (shas[0], "A\x01B", "One \x01 two"),
        (shas[1], "A U Thor", "Next"),
    ]


# -- damage ------------------------------------------------------------------------------


def sections(path: Path) -> dict[str, tuple[int, int]]:
    """Where each section lies in the file."""
    data = path.read_bytes()
    _, _, length, _ = struct.unpack_from("<8sIII", data)
    start = -(-(20 + length) // 64) * 64
    return {name: (start + at, size) for name, (at, size, _) in json.loads(data[20 : 20 + length]).items()}


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("name", SECTIONS)
@pytest.mark.parametrize("end", ["first", "last"])
def test_a_flipped_bit_in_a_section(
    made: Made, opened: Open, cache: Path, history: list[str], name: str, end: str
) -> None:
    whole = described(opened().index)
    path = store_of(Repository(made.path), cache) / INDEX_NAME
    at, size = sections(path)[name]
    flip(path, at if end == "first" else at + size - 1)
    with pytest.raises(DamagedError, match=f"section '{name}' is torn"):
        read_index(path)
    again = opened()
    assert again.warnings[0] == f"the index is built again: its section '{name}' is torn"
    assert described(again.index) == whole
    assert not any("built again" in warning for warning in opened().warnings)


def test_a_flipped_bit_anywhere_in_the_head(made: Made, history: list[str], tmp_path: Path) -> None:
    """The table of sections too: a name flipped there would lose a whole section in silence."""
    path = tmp_path / "x.idx"
    write_index(path, built(made, history))
    first = min(at for at, _ in sections(path).values())
    table = 20 + struct.unpack_from("<8sIII", path.read_bytes())[2]
    assert first >= table
    for at in range(table):
        flip(path, at)
        with pytest.raises(DamagedError):
            read_index(path)
        flip(path, at)
    read_index(path)


def test_every_truncation_is_seen(made: Made, history: list[str], tmp_path: Path) -> None:
    path = tmp_path / "x.idx"
    write_index(path, built(made, history))
    data = path.read_bytes()
    at, size = sections(path)["paths"]
    for length in [*range(0, at + size, 7), at + size - 1]:
        path.write_bytes(data[:length])
        with pytest.raises(DamagedError):
            read_index(path)
    path.write_bytes(data[: at + size])  # what is left out is only the filling behind the last section
    read_index(path)


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda data: b"", "it is empty"),
        (lambda data: data[:10], "it is too short"),
        (lambda data: data[:8] + struct.pack("<I", FORMAT + 1) + data[12:], "it was made by another version"),
        (lambda data: data[:8] + struct.pack("<I", FORMAT - 1) + data[12:], "it was made by another version"),
        (lambda data: b"something else entirely, but long enough", "it was made by another version"),
        (lambda data: data[: len(data) // 2], "its section"),
    ],
)
def test_a_damaged_index_is_built_again(
    made: Made, opened: Open, cache: Path, history: list[str], damage: Any, why: str
) -> None:
    whole = described(opened().index)
    path = store_of(Repository(made.path), cache) / INDEX_NAME
    path.write_bytes(damage(path.read_bytes()))
    again = opened()
    assert again.warnings[0].startswith(f"the index is built again: {why}")
    assert described(again.index) == whole
    assert described(read_index(path)) == whole


def test_an_index_of_nothing(made: Made, tmp_path: Path) -> None:
    path = tmp_path / "x.idx"
    write_index(path, built(made, []))
    assert (len(read_index(path)), read_index(path).paths, len(read_index(path).lines)) == (0, [], 0)


def answers(graph: Graph) -> tuple[object, ...]:
    return graph.releases, list(graph.shas), list(graph.shipped), graph.warnings


@pytest.mark.parametrize("place", [0, 40, -1])
def test_a_damaged_graph_is_made_again(
    made: Made, opened: Open, cache: Path, history: list[str], place: int
) -> None:
    with made.writing() as writer:
        writer.tag("1.0.0", history[-1])
    whole = opened()
    (path,) = store_of(Repository(made.path), cache).glob("graph-*.msgpack")
    good = path.read_bytes()
    flip(path, place if place >= 0 else len(good) - 1)
    again = opened()
    assert answers(again.graph) == answers(whole.graph)
    assert path.read_bytes() == good
    path.write_bytes(b"")
    assert answers(opened().graph) == answers(whole.graph)


def test_what_a_killed_build_left_is_swept(made: Made, opened: Open, cache: Path, history: list[str]) -> None:
    store = store_of(Repository(made.path), cache)
    store.mkdir(parents=True)
    for name in (f"{INDEX_NAME}abc.tmp", ".about.json.abc.tmp", ".graph-1.msgpack.abc.tmp"):
        (store / name).write_bytes(b"half")
    (store / "states-1.json.abc.tmp").write_bytes(b"not ours")  # another writer may be at it
    opened()
    assert leftovers(store) == ["states-1.json.abc.tmp"]


def test_only_a_few_graphs_are_kept(
    made: Made, opened: Open, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "_MOST", 8)
    made.line(*(f"c{number}" for number in range(12)))
    for number in range(11):
        opened(target=f"master~{number}")
    store = store_of(Repository(made.path), cache)
    assert len(list(store.glob("graph-*.msgpack"))) == 8


def test_a_graph_is_not_kept_while_somebody_builds(made: Made, opened: Open, cache: Path) -> None:
    """The answer is there all the same, and nobody waits for the build."""
    made.line("a", "b", "c")
    opened()
    store = store_of(Repository(made.path), cache)
    with FileLock(store / "lock"):
        assert len(opened(target="master~1", head="master~1").graph.shas) == 2
    assert len(list(store.glob("graph-*.msgpack"))) == 1
    opened(target="master~1", head="master~1")
    assert len(list(store.glob("graph-*.msgpack"))) == 2


def test_a_cache_that_cannot_be_made(made: Made, opened: Open, cache: Path) -> None:
    from unfork.errors import InputError

    made.line("a")
    cache.write_text("a file")
    with pytest.raises(InputError, match="the cache cannot be made"):
        opened()
