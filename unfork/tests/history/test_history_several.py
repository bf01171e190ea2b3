"""Several repositories as one history: which commits are the same, which files, and who ships what."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from making import Made, function
from unfork.git import Repository
from unfork.history import History, Range, join_histories, open_history, store_of
from unfork.history.taken_over import files_taken_over
from unfork.progress import Silent

Join = Callable[[], History]
CODE = function("start") + function("renew")


@pytest.fixture
def other(tmp_path: Path) -> Made:
    """A second repository, empty."""
    return Made(tmp_path / "other.git")


@pytest.fixture
def join(made: Made, other: Made, cache: Path) -> Join:
    """All of both repositories as one history."""

    def call() -> History:
        opened = []
        for each, name in ((made, "up"), (other, "other")):
            repository = Repository(each.path)
            head = repository.resolve("master")
            opened.append(
                open_history(
                    repository, Range(None, (head,), head), name=name, cache=cache, progress=Silent()
                )
            )
        return join_histories(opened, store_of(Repository(made.path), cache))

    return call


def lines_of(history: History, sha: str) -> int:
    number = history.number(sha)
    return int(np.diff(history.index.commit_line_starts()[number : number + 2])[0])


def test_each_commit_is_its_repositorys(made: Made, other: Made, join: Join) -> None:
    with made.writing() as writer:
        a = writer.commit("Start", {"a.txt": "one\ntwo\n"})
        writer.tag("1.0", a)
    other.day = 50
    with other.writing() as writer:
        x = writer.commit("Begin", {"a.txt": "three\n"})
        writer.tag("0.1", x)
        y = writer.commit("Go on", {"b.txt": "four\nfive\nsix\n"})
        writer.tag("0.2", y)
        z = writer.commit("And on", {"b.txt": "four\n"})
    history = join()
    assert list(history.shas) == [a, z, y, x]
    assert [info.sha for info in history.index.infos] == [a, z, y, x]
    told = {sha: history.source(history.number(sha)) for sha in history.shas}
    assert [told[sha].name for sha in (a, x, y, z)] == ["up", "other", "other", "other"]
    firsts = {}
    for sha, source in told.items():
        shipped = history.shipped(history.number(sha))
        assert shipped is not None
        firsts[sha] = source.graph.release(shipped.first)
    assert firsts == {a: "1.0", x: "0.1", y: "0.2", z: None}
    assert [lines_of(history, sha) for sha in (a, x, y, z)] == [2, 1, 3, 2]
    assert {sha: list(files) for sha, files in history.wide([y, a]).items()} == {a: ["a.txt"], y: ["b.txt"]}
    assert (history.source_of(y).name, history.source_of("0" * 40).name) == ("other", "up")


def test_a_copy_is_the_upstreams_commit_and_counted_once(made: Made, other: Made, join: Join) -> None:
    with made.writing() as writer:
        writer.commit("Start", {"own.txt": "own\n"})
        original = writer.commit("Change both", {"own.txt": "mine\n", "place/a.py": CODE})
    # What a filter leaves of it, on the same day; then of the same day and subject, but another change.
    other.day = 1
    with other.writing() as writer:
        copy = writer.commit("Change both", {"place/a.py": CODE})
        other.day = 0
        twin = writer.commit("Start", {"start.txt": "of this one\n"})
        late = writer.commit("Change both again", {"place/a.py": CODE + "more\n"})
    history = join()
    assert history.find(copy) is None
    assert {history.source(history.number(sha)).name for sha in (twin, late)} == {"other"}
    number = history.number(original)
    assert history.source(number).name == "up"
    assert [(source.name, sha) for source, sha in history.copies[number]] == [("other", copy)]
    assert len(history.copies) == 1
    # A line that is in the original and its copy is as rare as one that is in the original alone.
    starts = history.index.commit_line_starts()
    assert set(history.index.rarity[starts[number] : starts[number + 1]].tolist()) == {0}


def test_what_joins_them_is_kept_and_made_again(made: Made, other: Made, join: Join, cache: Path) -> None:
    with made.writing() as writer:
        writer.commit("Start", {"place/a.py": CODE, "b\udce9.py": function("odd")})
    with other.writing() as writer:
        writer.commit("Start", {"new/a.py": CODE, "o\udce9.py": function("odd")})
        writer.commit("Go on", {"new/a.py": CODE + "more\n"})
    first = join()
    (kept,) = (cache / "index").glob("*/joint-*.msgpack")
    again = join()
    assert "index" not in again.__dict__  # nothing of it was needed
    assert list(again.shas) == list(first.shas)
    expected = {"new/a.py": "place/a.py", "o\udce9.py": "b\udce9.py"}
    assert again.sources[1].paths == first.sources[1].paths == expected
    kept.write_bytes(kept.read_bytes()[:-3])
    assert join().sources[1].paths == expected
    other.line("Later")
    assert len(join().shas) == len(first.shas) + 1


def test_a_path_means_the_same_file_only_where_it_came_from_there(
    made: Made, other: Made, join: Join
) -> None:
    with made.writing() as writer:
        writer.commit("Start", {"setup.cfg": function("setup"), "app/place/a.py": CODE})
    with other.writing() as writer:
        writer.commit("Split out", {"setup.cfg": function("install"), "place/a.py": CODE})
        writer.commit("Go on", {"setup.cfg": "x = 1\n", "place/a.py": CODE + "more\n"})
    index = join().index
    newest = index.commit_files[1 + list(join().shas[1:]).index(join().shas[1])]
    names = [index.paths[number] for number in index.file_path[newest : newest + 2].tolist()]
    assert "app/place/a.py" in names
    assert "setup.cfg" not in names


@pytest.mark.parametrize(
    ("path", "content", "came_from"),
    [
        ("renamed/other.py", CODE, "app/place/a.py"),  # the same content under any name
        ("place/a.py", CODE.replace("renew", "prolong") + function("stop"), None),  # too much is new
        ("place/a.py", CODE + function("stop"), "app/place/a.py"),  # mostly the same lines
        ("place/b.py", CODE + function("stop"), None),  # another name and another content
        ("place/twice.py", function("twice"), "app/place/twice.py"),  # the nearer of two alike
        ("place/empty.py", "", None),
        ("place/few.py", "x = 1\ny = 2\n", None),  # too few lines to tell by when edited
    ],
)
def test_which_file_came_from_where(
    made: Made, other: Made, path: str, content: str, came_from: str | None
) -> None:
    with made.writing() as writer:
        base = writer.commit(
            "Start",
            {
                "app/place/a.py": CODE,
                "app/place/empty.py": "",
                "app/place/few.py": "x = 1\ny = 2\nz = 3\n",
                "app/place/twice.py": function("twice"),
                "app/tests/twice.py": function("twice"),
            },
        )
    with other.writing() as writer:
        tree = writer.commit("Split out", {path: content})
    found = files_taken_over(Repository(made.path), base, Repository(other.path), [tree])
    assert found == ({path: came_from} if came_from else {})


def test_a_huge_file_is_not_compared(made: Made, other: Made) -> None:
    text = "".join(f"line {number} of many, each of its own\n" for number in range(40_000))
    assert len(text) > 1 << 20
    with made.writing() as writer:
        base = writer.commit("Start", {"a/data.txt": text})
    with other.writing() as writer:
        tree = writer.commit("Split out", {"b/data.txt": text + "end\n"})
        same = writer.commit("As it was", {"b/data.txt": text})
    old, new = Repository(made.path), Repository(other.path)
    assert files_taken_over(old, base, new, [tree]) == {}
    assert files_taken_over(old, base, new, [same]) == {"b/data.txt": "a/data.txt"}
