"""Signed, archived, and kept away: also when it is killed on the way."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from two_tracks import LOSING, TODAY, Two, body, commit, git, make_two
from unfork.commands.cutover import run_cutover_archive, run_cutover_sign
from unfork.commands.gate import GateRequest, run_gate
from unfork.commands.planned import PlanRequest, run_plan_check
from unfork.cutting import find_returned, retire
from unfork.errors import InputError
from unfork.model.plan import Archive
from unfork.model.track import TrackState
from unfork.planning import load_plan
from unfork.progress import Silent
from unfork.series import parse_patch
from unfork.tracks import find_tracks


@pytest.fixture
def ready(two: Two) -> Two:
    two.check("old", repeat=1)
    two.check("new", repeat=1)
    return two


def sign(two: Two, by: str = "ann", reason: str | None = None) -> str:
    return run_cutover_sign(two.request(), by=by, reason=reason, progress=Silent())[1].verdict


def archive(two: Two) -> Archive:
    return run_cutover_archive(two.request(), lambda answer: b"report\n", Silent()).archive


def test_a_signature_is_text_in_the_plan_for_one_commit(ready: Two) -> None:
    before = (ready.plan / "plan.yaml").read_text()
    assert sign(ready) == "ready"
    after = (ready.plan / "plan.yaml").read_text()
    new = git(ready.repository, "rev-parse", "stx/new")
    assert [line for line in before.splitlines() if line not in after.splitlines()] == []
    assert "  signers: [ann]  # the others agree\n" in after
    (signature,) = load_plan(ready.plan).head.cutover.signed
    assert (signature.by, signature.on, signature.commits) == ("ann", TODAY, {"app": new})
    assert ready.answer().decision.agreed
    commit(ready.repository.parent / "new", {"more.txt": "x"})
    decision = ready.answer().decision
    assert (decision.agreed, decision.unsigned, decision.signed[0].current) == (False, ("ann",), False)


def test_signing_twice_leaves_one_signature(ready: Two) -> None:
    sign(ready)
    sign(ready)
    sign(ready, by="ben")
    assert [each.by for each in load_plan(ready.plan).head.cutover.signed] == ["ann", "ben"]


def test_what_is_not_ready_is_signed_with_a_reason_alone(tmp_path: Path) -> None:
    two = make_two(tmp_path, new_test=LOSING)
    two.check("old", repeat=1)
    two.check("new", repeat=1)
    before = (two.plan / "plan.yaml").read_bytes()
    for reason in (None, " "):
        with pytest.raises(InputError, match="the cutover is not-yet: 1 of"):
            sign(two, reason=reason)
    assert (two.plan / "plan.yaml").read_bytes() == before
    with pytest.raises(InputError, match="unknown owner 'cid'"):
        sign(two, by="cid", reason="it is late")
    assert sign(two, reason="quota comes with the first update") == "not-yet"
    assert two.answer().decision.agreed


def test_a_yes_to_what_was_ready_does_not_hold_when_it_is_not(ready: Two) -> None:
    sign(ready)
    path = ready.plan / "plan.yaml"
    text = path.read_text().replace("ended: {on: 2019-02-01, how: replaced}", "owner: ann", 1)
    path.write_text(text)
    assert not ready.answer().decision.agreed


def test_nothing_is_archived_that_is_not_signed(ready: Two) -> None:
    with pytest.raises(InputError, match=r"not signed for what the new track is now \(missing: ann\)"):
        archive(ready)
    assert git(ready.repository, "tag") == ""
    assert sorted(path.name for path in ready.plan.iterdir()) == ["plan.yaml"]


def test_the_old_track_is_tagged_reported_and_marked(ready: Two) -> None:
    sign(ready)
    done = archive(ready)
    old = git(ready.repository, "rev-parse", "stx/old")
    assert (done.tag, done.commits) == ("archive/old", {"app": old})
    assert git(ready.repository, "rev-parse", "archive/old^{commit}") == old
    told = git(ready.repository, "cat-file", "tag", "archive/old")
    assert "tagger Ann Other <ann@example.org>" in told and "Signed by ann on 2019-03-01: ready" in told
    assert (ready.plan / done.report).read_bytes() == b"report\n"
    assert load_plan(ready.plan).head.cutover.archived == done
    states = {each.name: each.state for each in find_tracks(ready.tracks)}
    assert states == {"old": TrackState.ARCHIVED, "new": TrackState.DONE}
    before = sorted((path, path.read_bytes()) for path in ready.plan.rglob("*") if path.is_file())
    assert run_cutover_archive(ready.request(), lambda answer: b"other\n", Silent()).again
    assert sorted((path, path.read_bytes()) for path in ready.plan.rglob("*") if path.is_file()) == before


def test_a_tag_of_that_name_elsewhere_stops_it_before_the_plan_is_marked(ready: Two) -> None:
    sign(ready)
    git(ready.repository, "tag", "archive/old", "stx/new")
    with pytest.raises(InputError, match="there is a tag archive/old already"):
        archive(ready)
    assert load_plan(ready.plan).head.cutover.archived is None


STEPS = ("write_atomically", "retired_bytes", "write_tag", "mark_archived", "save_track")


KILLED = """\
import os, signal, sys
sys.path.insert(0, {here!r})
from test_cutover_done import archive
from two_tracks import Two
from pathlib import Path
from unfork.commands import cutover as command
real = getattr(command, {step!r})
def killed(*args, **rest):
    if {when!r} == "after":
        real(*args, **rest)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(command, {step!r}, killed)
archive(Two(Path({repository!r}), Path({plan!r}), {store!r}, Path({tracks!r}), {{}}))
"""


@pytest.mark.parametrize(("step", "when"), [*((step, "before") for step in STEPS), (STEPS[-1], "after")])
def test_killed_at_any_step_it_is_ended_by_the_next_run(ready: Two, step: str, when: str) -> None:
    sign(ready)
    program = KILLED.format(
        here=str(Path(__file__).parent), step=step, when=when, repository=str(ready.repository),
        plan=str(ready.plan), store=ready.store, tracks=str(ready.tracks),
    )  # fmt: skip
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    load_plan(ready.plan)
    made = archive(ready)
    assert load_plan(ready.plan).head.cutover.archived == made
    assert git(ready.repository, "rev-parse", "archive/old^{commit}") == made.commits["app"]
    assert {each.name: each.state for each in find_tracks(ready.tracks)}["old"] is TrackState.ARCHIVED
    assert sorted(path.name for path in (ready.plan / "cutover").iterdir()) == ["old.md", "old.retired.json"]


def gate(two: Two, spec: str) -> list[str]:
    check = run_gate(GateRequest(two.plan, two.store, TODAY, series=spec))
    return [each.message for each in check.findings if each.rule == "patch-archived"]


def test_the_gate_refuses_what_comes_back_in_any_form(ready: Two) -> None:
    sign(ready)
    archive(ready)
    base = git(ready.repository, "rev-parse", "stx/new")
    place = ready.repository.parent / "later"
    git(ready.repository, "worktree", "add", "-q", "-b", "later", str(place), base)
    spec = f"{ready.repository}:{base}..later"
    commit(place, {"app/fresh.py": "def fresh(agent):\n    return agent.something_else()\n"}, "fresh")
    assert gate(ready, spec) == []
    git(place, "cherry-pick", "stx/old~2")
    (said,) = gate(ready, spec)
    assert said.startswith("app: ") and "unchanged" in said
    git(place, "reset", "-q", "--hard", "HEAD~1")
    # Rebased, in another place, and squashed into something larger.
    text = "# moved\n" * 30 + body("retry") + "def larger(agent):\n" + body("mine") * 4
    commit(place, {"lib/retry.py": text}, "a larger change")
    (said,) = gate(ready, spec)
    assert "it has 100% of the changed lines of" in said
    assert [each.rule for each in run_plan_check(PlanRequest(ready.plan, ready.store, TODAY)).findings
            if each.rule == "patch-archived"] == []  # fmt: skip


def test_a_list_that_was_changed_by_hand_is_refused(ready: Two) -> None:
    sign(ready)
    done = archive(ready)
    (ready.plan / done.retired).write_text("{")
    with pytest.raises(InputError, match="no list of retired patches"):
        gate(ready, f"{ready.repository}:stx/old~1..stx/old")
    (ready.plan / done.retired).unlink()
    with pytest.raises(InputError, match="unfork cutover archive"):
        gate(ready, f"{ready.repository}:stx/old~1..stx/old")


def test_what_the_new_track_carries_may_go_on(tmp_path: Path) -> None:
    two = make_two(tmp_path)
    git(tmp_path / "new", "cherry-pick", "stx/old~2")
    two.write(two.item("quota", gate="release", ended=False), two.item("retry"), two.item("limit"))
    two.check("old", repeat=1)
    two.check("new", repeat=1)
    sign(two)
    archive(two)
    assert gate(two, f"{two.repository}:stx/new~1..stx/new") == []
    assert len(gate(two, f"{two.repository}:stx/old~2..stx/old")) == 2


def patch(name: str, *lines: str, path: str = "a.py") -> object:
    text = f"--- a/{path}\n+++ b/{path}\n@@ -1 +1,{len(lines) + 1} @@\n x\n" + "".join(
        f"{each}\n" for each in lines
    )
    return parse_patch(text.encode(), name=name)


def lines(word: str, count: int, sign: str = "+") -> list[str]:
    return [f"{sign}    {word} says line {number} of its own" for number in range(count)]


@pytest.mark.parametrize(
    ("came", "back"),
    [
        (lines("old", 10), True),
        (lines("old", 8) + lines("new", 2), True),  # eight of ten lines
        (lines("old", 7) + lines("new", 3), False),
        (lines("old", 4), True),  # a part of it
        (lines("old", 2), False),  # too little to tell
        (lines("old", 10) + lines("new", 90), True),  # squashed into a larger one
        (lines("old", 10, sign="-"), False),  # it takes them away
        (["+}", "+else:", "+    pass"], False),
    ],
)
def test_a_patch_is_known_again_by_its_lines(came: list[str], back: bool) -> None:
    retired = retire([patch("old.patch", *lines("old", 10), "+}", "+else:", "+    pass")])
    other = patch("other.patch", *came, path="moved/a.py")
    assert (find_returned(retired, [other]) != {}) is back
