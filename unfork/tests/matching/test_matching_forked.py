"""Two processes match one series, and give what one gives."""

import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import unfork.matching.relate as relate
from making import Made, confirmed, function
from unfork.forked import in_two
from unfork.model import Scan

from unfork import forked

Patch = Callable[..., Path]
Ask = Callable[..., Scan]
US = os.getpid


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where there are two cores and one thread; a test runner may have more threads."""
    monkeypatch.setattr(forked, "_can_fork", lambda: True)


def who(places: Sequence[int]) -> list[tuple[int, int]]:
    return [(place, US()) for place in places]


def asked(work: Callable[[Sequence[int]], list[tuple[int, int]]], count: int = 5) -> list[tuple[int, int]]:
    return in_two(work, count, tuple[int, int], fewest=2)


@pytest.mark.usefixtures("two")
def test_a_copy_does_every_other_place() -> None:
    found = asked(who)
    assert [place for place, _ in found] == [0, 1, 2, 3, 4]
    assert {process for _, process in found[::2]} == {US()}
    assert {process for _, process in found[1::2]}.isdisjoint({US()})


@pytest.mark.usefixtures("two")
def test_few_are_done_here() -> None:
    assert asked(who, 1) == [(0, US())]


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize("how", ["raises", "killed"])
def test_what_the_copy_fails_at_is_done_here(how: str) -> None:
    here = US()

    def work(places: Sequence[int]) -> list[tuple[int, int]]:
        if here != US():
            if how == "killed":
                os.kill(US(), signal.SIGKILL)
            raise ValueError
        return who(places)

    assert asked(work) == [(place, here) for place in range(5)]


@pytest.mark.usefixtures("two")
def test_a_failure_here_ends_the_copy() -> None:
    here = US()

    def work(places: Sequence[int]) -> list[tuple[int, int]]:
        if here != US():
            time.sleep(60)
        raise ValueError(places)

    begun = time.monotonic()
    with pytest.raises(ValueError, match="range"):
        asked(work)
    assert time.monotonic() - begun < 30
    with pytest.raises(ChildProcessError):  # it was waited for: there is none
        os.waitpid(-1, os.WNOHANG)


def test_no_copy_is_made_beside_another_thread() -> None:
    done = threading.Event()
    other = threading.Thread(target=done.wait)
    other.start()
    try:
        assert {process for _, process in asked(who)} == {US()}
    finally:
        done.set()
        other.join()


@pytest.mark.usefixtures("two")
def test_both_give_the_same_answers(
    made: Made, patch: Patch, ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    names = ("start", "renew", "expire", "stop")
    before = {f"{name}.py": function(name) for name in names}
    with made.writing() as writer:
        writer.tag("1.0", writer.commit("Begin", before))
        for name in names[:3]:
            writer.commit(f"Confirm {name}", {f"{name}.py": confirmed(name)})
    for name in names:
        patch(before, {**before, f"{name}.py": confirmed(name)}, f"Confirm {name} at once")
    one = ask()
    for kept in (tmp_path / "cache").rglob("matches-*"):
        kept.unlink()
    monkeypatch.setattr(relate, "_FEWEST", 2)
    copies: list[int] = []
    fork = os.fork

    def counted() -> int:
        copies.append(fork())
        return copies[-1]

    monkeypatch.setattr(os, "fork", counted)
    assert ask() == one
    assert len(copies) == 1
    assert sum(bool(row.commits) for row in one.patches) == 3
