"""What keeps a long history small gives the same answers as what it replaces."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import Made
from unfork.git import Repository
from unfork.history import Hashes, History, Index, build, build_index, changes, graph, pairs, read_commits
from unfork.history import commits as commits_module
from unfork.history.arrays import with_rarity
from unfork.history.graph import read_walk
from unfork.history.paths import outside
from unfork.progress import Silent

HASHES = st.lists(st.binary(min_size=20, max_size=20).map(bytes.hex), unique=True, max_size=30)


@given(HASHES, HASHES)
def test_hashes_answer_as_a_list_does(ours: list[str], theirs: list[str]) -> None:
    held = Hashes.of(ours)
    assert list(held) == ours
    assert [held.find(sha) for sha in ours] == list(range(len(ours)))
    places = held.places_of(Hashes.of(theirs)).tolist()
    assert places == [ours.index(sha) if sha in ours else -1 for sha in theirs]
    assert list(held + Hashes.of(theirs)) == ours + theirs
    assert list(held[1:][::-1]) == ours[1:][::-1]


def test_hashes_that_end_in_nought_and_short_ones() -> None:
    names = ["ab" * 19 + "00", "ab" * 18 + "0000", "00" * 20, "ff" * 20, "ab" * 20]
    held = Hashes.of(names)
    assert list(held) == names
    assert [held.find(name) for name in names] == [0, 1, 2, 3, 4]
    assert held.find("fff") == 3
    assert held.find("ab" * 19 + "0") == 0
    assert held.find("fe") is None
    assert "ff" not in held
    assert Hashes.of([]).find("ff") is None


def test_hashes_of_sha256() -> None:
    names = ["ab" * 32, "cd" * 32]
    held = Hashes.of(names)
    assert (held.width, list(held), held.find("cd")) == (32, names, 1)


def test_a_walk_is_read_with_all_its_parents() -> None:
    a, b, c, d, beyond = (each * 40 for each in "abcde")
    walk = read_walk(f"{d} {b} {c}\n{c} {a} {beyond}\n{b} {a}\n{a}")
    assert list(walk.shas) == [d, c, b, a]
    spans = [list(walk.parents[first:last]) for first, last in itertools.pairwise(walk.starts)]
    assert spans == [[2, 1], [3, -1], [3], []]
    assert len(read_walk("").shas) == 0


@pytest.fixture
def long(made: Made) -> list[str]:
    """Commits that share lines, newest first."""
    with made.writing() as writer:
        shas = [
            writer.commit(
                f"Change {number}\n\nThis reverts commit {'ab' * 20}." if number % 3 else f"Change {number}",
                {f"d{number % 4}/f{number % 7}": f"own {number}\nshared {number % 5}\n"},
            )
            for number in range(60)
        ]
    return shas[::-1]


def told(index: Index) -> list[object]:
    """All an index says, commit by commit."""
    bounds = index.commit_line_starts().tolist()
    return [
        (info, index.lines[first:last].tolist(), index.rarity[first:last].tolist(), bool(reverting))
        for info, (first, last), reverting in zip(
            index.infos, itertools.pairwise(bounds), index.reverting, strict=True
        )
    ]


def test_how_the_work_is_shared_changes_nothing(
    made: Made, long: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = Repository(made.path)
    whole = told(build_index(repository, long, Silent(), workers=1))
    assert [info.sha for info, *_ in whole] == long
    monkeypatch.setattr(build, "_FEWEST", 1)
    monkeypatch.setattr(build, "_AT_ONCE", 3)
    monkeypatch.setattr(changes, "_FEWEST", 1)
    monkeypatch.setattr(changes, "_MOST", 7)
    monkeypatch.setattr(pairs, "_PORTIONS", 2)
    monkeypatch.setattr(commits_module, "_AT_ONCE", 7)
    for workers in (1, 3):
        assert told(build_index(repository, long, Silent(), workers=workers)) == whole


def test_lines_counted_in_parts_are_counted_the_same(
    made: Made, long: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    index = build_index(Repository(made.path), long, Silent(), workers=1)
    monkeypatch.setattr("unfork.history.arrays._AT_ONCE", 8)
    assert np.array_equal(with_rarity(index).rarity, index.rarity)


def test_all_messages_are_read(made: Made, long: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commits_module, "_BLOCK", 50)
    monkeypatch.setattr(commits_module, "_AT_ONCE", 9)
    assert [info.sha for info in read_commits(Repository(made.path), long)] == long


def test_git_says_which_names_are_outside(made: Made) -> None:
    made.line("a")
    names = {"src/a.py", "src/b/c.txt", "docs/x", "../up", ".git/config", "odd\nname"}
    repository = Repository(made.path)
    assert outside(repository, ["src"], names) == names - {"src/a.py", "src/b/c.txt"}
    assert outside(repository, [":(glob)**/*.py", ":!src/b"], names) == names - {"src/a.py"}
    assert outside(repository, ["."], names) == {"../up", ".git/config"}


def test_picks_are_found_in_portions(
    made: Made, opened: Callable[..., History], monkeypatch: pytest.MonkeyPatch
) -> None:
    with made.writing() as writer:
        base = writer.commit("base", {"f": "1\n"})
        fix = writer.commit("Fix", {"f": "2\n"})
        message = f"Fix\n\n(cherry picked from commit {fix})"
        picked = writer.commit(message, {"f": "2\n"}, branch="stable", parents=(base,))
        writer.tag("1.0.0", base)
        writer.tag("1.0.1", picked)
    monkeypatch.setattr(graph, "_AT_ONCE", 1)
    history = opened()
    assert [history.graph.release(number) for number in history.shipped(history.number(fix)).picks] == [
        "1.0.1"
    ]
