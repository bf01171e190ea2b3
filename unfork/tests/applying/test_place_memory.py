"""Answers are kept, reused, and made again when what is kept is no good."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from unfork.applying import place_series
from unfork.errors import InputError
from unfork.git import Finished, Repository
from unfork.model import Patch, Placement, State

TEXT = "".join(f"line number {n}\n" for n in range(1, 31))


class Counting(Repository):
    """A repository that counts what is asked of it."""

    asked = 0

    def try_run(self, *args: Any, **options: Any) -> Finished:
        Counting.asked += 1
        return super().try_run(*args, **options)


@pytest.fixture
def series(downstream: Any) -> list[Patch]:
    return [
        downstream.patch(
            {"f": TEXT.encode()}, {"f": TEXT.replace(f"number {n}\n", "ours\n").encode()}, name=f"{n}.patch"
        )
        for n in (5, 15, 25)
    ]


@pytest.fixture
def target(upstream: Any) -> str:
    commit: str = upstream.commit({"f": TEXT.encode()})
    return commit


def place(upstream: Any, target: str, series: list[Patch], cache: Path) -> tuple[Placement, ...]:
    return place_series(Counting(upstream.root), target, series, cache=cache)


def kept(cache: Path) -> Path:
    (file,) = cache.iterdir()  # and no temporary file beside it
    return file


def test_a_second_run_asks_only_for_the_tree(
    upstream: Any, target: str, series: list[Patch], cache: Path
) -> None:
    first = place(upstream, target, series, cache)
    Counting.asked = 0
    written = kept(cache).stat().st_mtime_ns
    assert place(upstream, target, series, cache) == first
    assert Counting.asked == 2
    assert kept(cache).stat().st_mtime_ns == written


def test_another_commit_with_the_same_tree(
    upstream: Any, target: str, series: list[Patch], cache: Path
) -> None:
    place(upstream, target, series, cache)
    upstream.git("commit", "-q", "--allow-empty", "-m", "another")
    Counting.asked = 0
    place(upstream, "HEAD", series, cache)
    assert Counting.asked == 2


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: b"\xff" + data,
        lambda data: b"[]",
        lambda data: re.sub(rb'"version":\d+', b'"version":0', data).replace(b"clean", b"conflict"),
        lambda data: data.replace(b"clean", b"nonsense"),
        lambda data: data.replace(b'"tree":"', b'"tree":"0').replace(b"clean", b"conflict"),
    ],
    ids=["empty", "cut", "no text", "other shape", "other version", "unknown state", "other tree"],
)
def test_a_damaged_file_is_made_again(
    damage: Any, upstream: Any, target: str, series: list[Patch], cache: Path
) -> None:
    first = place(upstream, target, series, cache)
    whole = kept(cache).read_bytes()
    kept(cache).write_bytes(damage(whole))
    assert kept(cache).read_bytes() != whole
    assert place(upstream, target, series, cache) == first
    assert kept(cache).read_bytes() == whole


def test_order_and_extension(upstream: Any, downstream: Any, target: str, cache: Path) -> None:
    one = downstream.patch({"f": TEXT.encode()}, {"f": TEXT.replace("number 9\n", "a\n").encode()})
    two = downstream.patch({"f": TEXT.encode()}, {"f": TEXT.replace("number 9\n", "b\n").encode()})

    def states(*patches: Patch) -> list[State]:
        return [placed.in_series for placed in place(upstream, target, list(patches), cache)]

    assert states(one) == [State.CLEAN]
    assert states(one, two) == [State.CLEAN, State.CONFLICT]  # the first one's answer was kept
    assert states(two, one) == [State.CLEAN, State.CONFLICT]
    assert states(two) == [State.CLEAN]


def test_line_numbers_count_though_the_id_is_the_same(
    upstream: Any, target: str, series: list[Patch], cache: Path
) -> None:
    change = series[1].files[0]
    hunk = replace(change.hunks[0], old_start=3, new_start=3)
    moved = replace(series[1], files=(replace(change, hunks=(hunk,)),))
    (clean,) = place(upstream, target, [series[1]], cache)
    (offset,) = place(upstream, target, [moved], cache)
    assert (clean.alone, offset.alone) == (State.CLEAN, State.OFFSET)


def test_a_folder_that_cannot_be_written(
    upstream: Any, target: str, series: list[Patch], tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match="cannot keep the states"):
        place(upstream, target, series, tmp_path / "file")


def test_no_room_while_writing(
    upstream: Any, target: str, series: list[Patch], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place(upstream, target, series[:1], cache)
    before = kept(cache).read_bytes()

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(InputError, match="No space left"):
        place(upstream, target, series, cache)
    assert kept(cache).read_bytes() == before
