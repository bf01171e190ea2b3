"""A rebase is killed at each of its steps, in a real process, and goes on or is undone with nothing lost."""

import re
import signal
from collections.abc import Callable

import pytest
from carried_fork import Place

_MOST = 40  # more step boundaries than any of these runs has


def _state(place: Place) -> tuple[list[str], str, str]:
    """What a track came to: its commits with their trees, the branch, the worktree."""
    listed = place.made.git("log", "--format=%T %an %s", "track/t").splitlines()
    return listed, place.made.git("rev-parse", "track/t^{tree}"), place.git("status", "--porcelain")


def _boundaries(place: Place, run: Callable[..., tuple[int, str, str]]) -> int:
    _, _, err = run(UNFORK_DIE_AT="list")
    found = len(re.findall(r"^boundary \d+:", err, re.MULTILINE))
    assert 4 < found < _MOST, err
    return found


@pytest.mark.parametrize("end", ["continue", "abort"])
def test_killed_at_any_step_of_new(place: Place, end: str) -> None:
    refs = place.made.git("for-each-ref")

    def new(**env: str) -> tuple[int, str, str]:
        return place.new("t", "rough", "--all", **env)

    count = _boundaries(place, new)
    wanted = _state(place)
    place.run("abort", "t")
    for number in range(1, count + 1):
        code, _, _ = new(UNFORK_DIE_AT=str(number))
        assert code == -signal.SIGKILL
        if end == "continue":
            code, _, err = place.run("continue", "t")
            if "there is no track" in err:  # killed before there was one
                code, _, err = new()
            if "still has conflict markers" in err:  # killed when it had handed over
                code = 1
            assert code == 1, (number, err)
            assert _state(place) == wanted, number
        code, _, err = place.run("abort", "t")
        assert code == 0 or "there is no track" in err, (number, err)
        assert place.made.git("for-each-ref") == refs, number
        assert len(place.made.git("worktree", "list").splitlines()) == 1


def test_killed_at_any_step_of_continue_the_resolution_is_not_lost(
    place: Place, resolve: Callable[[str], None]
) -> None:
    resolved = "    agent.theirs(2)\n    agent.ours(2)\n"

    def go_on(**env: str) -> tuple[int, str, str]:
        return place.run("continue", "t", **env)

    def begin() -> None:
        for kept in (place.root / "plan").rglob("*.patch"):  # the conflict has to come up again
            kept.unlink()
        assert place.new("t", "rough", "--all")[0] == 1
        resolve(resolved)

    begin()
    count = _boundaries(place, go_on)
    wanted = _state(place)
    for number in range(1, count + 1):
        place.run("abort", "t")
        begin()
        assert go_on(UNFORK_DIE_AT=str(number))[0] == -signal.SIGKILL
        code, _, err = go_on()
        assert code == 0 or "is done" in err, (number, err)
        assert _state(place) == wanted, number
        assert resolved in (place.worktree / "agent.py").read_text()


def test_killed_at_any_step_of_abort_it_ends_with_the_next(place: Place) -> None:
    refs = place.made.git("for-each-ref")
    for number in range(1, 5):
        place.new("t", "rough", "--all")
        code, _, _ = place.run("abort", "t", UNFORK_DIE_AT=str(number))
        if code == 0:
            break
        assert code == -signal.SIGKILL
        assert place.run("continue", "t")[0] == 3
        assert place.run("abort", "t")[0] == 0
        assert place.made.git("for-each-ref") == refs
        assert not [*place.root.glob("tracks/*/*")]
    assert number > 3
