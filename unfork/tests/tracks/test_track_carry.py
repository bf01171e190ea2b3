"""A series is carried to a target, stops for a person, goes on, is undone."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from carried_fork import Place, source
from making import one_line


def _branches(place: Place) -> list[str]:
    return place.made.git(
        "for-each-ref", "--format=%(refname)", "refs/heads/track", "refs/unfork"
    ).splitlines()


def test_every_patch_that_fits_is_one_commit_that_leads_back_to_it(place: Place) -> None:
    code, out, err = place.new("t", "clean")
    assert code == 0, err
    assert place.commits("track/t", "clean") == [
        "Ours 1: build",
        "Ours 2: check",
        "Ours 3: expire",
        "Ours 4: gather",
    ]
    assert "4 of 4 patches, 4 commits: 4 straight" in out
    sha = place.made.git("rev-parse", "fork")
    trailers = place.made.git("log", "-1", "--format=%(trailers:only,unfold)", "track/t")
    assert f"Unfork-From: {sha}" in trailers
    assert "Unfork-Advice: carry" in trailers
    assert place.made.git("log", "-1", "--format=%an <%ae>", "track/t") == "Dev 4 <dev4@example.com>"
    assert place.made.git("log", "-1", "--format=%b", "track/t").startswith(
        "Our machines need it.\n\nUnfork-"
    )
    assert place.git("status", "--porcelain") == ""
    assert (place.worktree / "agent.py").read_text().count("agent.ours") == 4


def test_commits_name_the_item_of_the_plan(place: Place) -> None:
    sha = place.made.git("rev-parse", "fork")
    plan = place.root / "plan"
    (plan / "items").mkdir()
    (plan / "plan.yaml").write_text("plan: ours\nprojects:\n  agent: {}\n")
    (plan / "items" / "agent.yaml").write_text(
        f"items:\n  gather:\n    title: Gather\n    project: agent\n    kind: bug\n"
        f"    disposition: undecided\n"
        f"    gate: none\n    reason: why not\n    patches: ['{sha}']\n"
    )
    code, _, err = place.new("t", "clean")
    assert code == 0, err
    form = "--format=%(trailers:key=Unfork-Item,valueonly)"
    assert place.made.git("log", "-1", form, "track/t").strip() == "gather"
    assert place.made.git("log", "-1", form, "track/t~1").strip() == ""


def test_mergiraf_is_asked_when_it_is_there_and_its_answer_is_marked(place: Place) -> None:
    """A stand-in that takes both sides; what it loses or not is checked as for people."""
    tool = place.root / "bin" / "mergiraf"
    tool.parent.mkdir()
    tool.write_text(
        "#!/bin/sh\n[ $1 = merge ] && [ $2 = --path-name ] && [ $3 = agent.py ] || exit 3\n"
        "exec git merge-file -p --union $5 $4 $6\n"
    )
    tool.chmod(0o755)
    code, out, err = place.new("t", "rough", PATH=f"{tool.parent}:{os.environ['PATH']}")
    assert code == 0, err
    assert "1 structural" in out
    assert "mergiraf resolved a conflict" in out
    assert "lost upstream" not in out
    text = (place.worktree / "agent.py").read_text()
    assert "agent.theirs(2)" in text and "agent.ours(2)" in text


def test_a_locked_worktree_is_left_alone(place: Place, resolve: Callable[[str], None]) -> None:
    place.new("t", "rough")
    resolve("    agent.both(2)\n")
    lock = Path(place.git("rev-parse", "--absolute-git-dir")) / "index.lock"
    lock.touch()
    before = place.made.git("rev-parse", "track/t")
    code, _, err = place.run("continue", "t")
    assert code == 3
    assert "another git process works in the worktree" in one_line(err)
    assert place.made.git("rev-parse", "track/t") == before
    lock.unlink()
    assert place.run("continue", "t")[0] == 0


def test_what_the_target_has_is_left_out(place: Place) -> None:
    code, _, err = place.new("t", "has-third")
    assert code == 0, err
    assert place.commits("track/t", "has-third") == ["Ours 1: build", "Ours 2: check", "Ours 4: gather"]


def test_with_all_what_the_target_has_becomes_empty_and_is_said(place: Place) -> None:
    code, out, _ = place.new("t", "has-third", "--all")
    assert code == 0
    assert "3 commits: 3 straight, 1 empty" in out
    assert place.commits("track/t", "has-third") == ["Ours 1: build", "Ours 2: check", "Ours 4: gather"]


def test_a_conflict_stops_with_its_cause_and_goes_on_when_it_is_resolved(
    place: Place, resolve: Callable[[str], None]
) -> None:
    code, out, _ = place.new("t", "rough")
    cause = place.made.git("rev-parse", "--short=12", "v3")
    assert code == 1
    assert f"{cause} Let check tell (v3, I0123456789) changed these lines" in out
    assert place.commits("track/t", "rough") == ["Ours 1: build"]
    assert place.git("status", "--porcelain") == "UU agent.py"
    resolve("    agent.both(2)\n")
    code, out, err = place.run("continue", "t")
    assert code == 0, err
    assert place.commits("track/t", "rough")[1:] == ["Ours 2: check", "Ours 3: expire", "Ours 4: gather"]
    assert place.made.git("log", "-1", "--format=%an", "track/t~2") == "Dev 2"
    assert "agent.both(2)" in (place.worktree / "agent.py").read_text()
    assert "lost upstream content: 1 line" in out
    assert "agent.theirs(2)" in out


def test_a_commit_made_by_hand_is_a_resolution_too(place: Place, resolve: Callable[[str], None]) -> None:
    place.new("t", "rough")
    resolve("    agent.theirs(2)\n    agent.ours(2)\n")
    place.git("commit", "-qam", "words of my own")
    code, out, err = place.run("continue", "t")
    assert code == 0, err
    assert place.commits("track/t", "rough")[1] == "Ours 2: check"
    assert "lost upstream" not in out


def test_unresolved_conflicts_are_refused_and_nothing_moves(place: Place) -> None:
    place.new("t", "rough")
    before = place.made.git("rev-parse", "track/t")
    code, _, err = place.run("continue", "t")
    assert code == 3
    assert "still has conflict markers" in one_line(err)
    assert place.made.git("rev-parse", "track/t") == before
    assert place.git("status", "--porcelain") == "UU agent.py"


def test_skip_leaves_the_patch_out_and_says_so(place: Place) -> None:
    place.new("t", "rough")
    code, out, _ = place.run("continue", "t", "--skip")
    assert code == 0
    assert "1 skipped" in out
    assert place.commits("track/t", "rough") == ["Ours 1: build", "Ours 3: expire", "Ours 4: gather"]
    assert "agent.theirs(2)" in (place.worktree / "agent.py").read_text()


def test_a_resolution_is_used_again_by_a_track_of_the_imported_series(
    place: Place, resolve: Callable[[str], None]
) -> None:
    place.new("t", "rough")
    resolve("    agent.theirs(2)\n    agent.ours(2)\n")
    place.run("continue", "t")
    place.run("abort", "t")
    patches = place.root / "patches"
    place.made.git("format-patch", "-q", "-o", str(patches), "base..fork")
    code, out, err = place.new("u", "rough", "--series", str(patches))
    assert code == 0, err
    assert "1 reused" in out
    assert "resolved as before" in out
    text = (place.worktree / "agent.py").read_text()
    assert "agent.theirs(2)\n    agent.ours(2)\n" in text


def test_abort_leaves_nothing_but_what_was_made_by_hand(place: Place, resolve: Callable[[str], None]) -> None:
    refs = place.made.git("for-each-ref")
    place.new("t", "rough")
    assert place.run("abort", "t")[0] == 0
    assert place.made.git("for-each-ref") == refs
    assert place.made.git("worktree", "list").count("\n") == 0
    assert not [*place.root.glob("tracks/*/*")]
    place.new("t", "rough")
    resolve("    agent.mine()\n")
    code, out, _ = place.run("abort", "t")
    assert code == 0
    assert "refs/unfork/aborted/t" in out
    assert "agent.mine()" in place.made.git("show", "refs/unfork/aborted/t:agent.py")
    assert _branches(place) == ["refs/unfork/aborted/t"]


def test_a_removed_file_needs_a_word_and_names_who_removed_it(place: Place) -> None:
    code, out, _ = place.new("t", "gone", "--all")
    assert code == 1
    assert "Remove the agent" in out
    assert "took these lines away" in out
    code, _, err = place.run("continue", "t")
    assert code == 3
    assert "git rm it" in err
    place.git("rm", "-q", "agent.py")
    code, out, _ = place.run("continue", "t")
    assert code == 1  # the next one
    assert "empty" in out


def test_a_patch_that_builds_on_one_left_out_names_it(place: Place) -> None:
    """Upstream is not the cause, though it edited the same function before."""
    made = place.made
    last = source(
        check="agent.ours(2)", build="agent.ours(1)", expire="agent.ours(3)", gather="agent.ours(4)"
    )
    with made.writing() as writer:
        writer.commit(
            "Ours 5: check more", {"agent.py": last.replace("agent.ours(2)", "agent.ours(2, more=True)")},
            branch="fork", parents=(made.git("rev-parse", "fork"),),
        )  # fmt: skip
    place.new("t", "rough", "--all")
    code, out, _ = place.run("continue", "t", "--skip")
    assert code == 1
    second = made.git("rev-parse", "fork~3")
    assert f"an earlier patch of the series: {second}; it is skipped on the target" in out
    assert "Let check tell" not in out


_BINARY = "diff --git a/logo b/logo\nindex 1111111..2222222 100644\nBinary files a/logo and b/logo differ\n"
_NEW_BINARY = _BINARY.replace("index", "new file mode 100644\nindex").replace("a/logo and", "/dev/null and")
_BELOW = (
    "diff --git a/README/x b/README/x\nnew file mode 100644\n"
    "--- /dev/null\n+++ b/README/x\n@@ -0,0 +1 @@\n+x\n"
)


@pytest.mark.parametrize(
    ("diff", "said", "then"),
    [(_BINARY, "lacks the binary data", "--skip"), (_NEW_BINARY, "lacks the binary data", "--skip"),
     (_BELOW, "README is no folder", "git add")],
)  # fmt: skip
def test_what_no_merge_can_make_waits_for_a_person(place: Place, diff: str, said: str, then: str) -> None:
    patches = place.root / "odd"
    patches.mkdir()
    (patches / "1.patch").write_text(f"From: A <a@example.com>\nSubject: Odd\n\nOdd.\n---\n{diff}")
    code, out, err = place.new("t", "clean", "--series", str(patches), "--all")
    assert code == 1, err
    assert said in out
    code, _, err = place.run("continue", "t")
    assert code == 3, "nothing was done, so nothing is resolved"
    assert then in one_line(err)
    assert place.run("continue", "t", "--skip")[0] == 0
    assert place.made.git("rev-parse", "track/t") == place.made.git("rev-parse", "clean")


def test_the_json_has_steps_and_causes(place: Place) -> None:
    _, out, _ = place.new("t", "rough", "--json", "-")
    carried = json.loads(out)["carried"]
    assert [step["how"] for step in carried["steps"]] == ["straight"]
    (cause,) = carried["stop"]["causes"]
    assert cause["sha"] == place.made.git("rev-parse", "v3")
    assert cause["kind"] == "changed"


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("older", "older than the base"),
        ("unrelated", "no common history"),
        ("nowhere", "no revision 'nowhere'"),
    ],
)
def test_a_target_that_cannot_be_one_is_refused(place: Place, target: str, said: str) -> None:
    code, _, err = place.new("t", target)
    assert code == 3
    assert said in one_line(err)
    assert _branches(place) == []


def test_a_target_beside_the_base_needs_a_word(place: Place) -> None:
    place.made.git(
        "update-ref",
        "refs/heads/beside",
        place.made.git("commit-tree", "older^{tree}", "-p", "older", "-m", "x"),
    )
    code, _, err = place.new("t", "beside", "--all")
    assert code == 3
    assert "--diverged" in one_line(err)
    code, out, _ = place.new("t", "beside", "--all", "--diverged")
    assert code == 1
    assert "Write the agent" in out
    assert "is in the base and not in the target" in out


def test_a_branch_that_is_not_ours_stays(place: Place) -> None:
    place.made.git("branch", "track/t", "clean")
    code, _, err = place.new("t", "clean")
    assert code == 3
    assert "not of a track" in one_line(err)
    assert place.made.git("rev-parse", "track/t") == place.made.git("rev-parse", "clean")


def test_a_journal_of_another_run_is_refused(place: Place) -> None:
    place.new("t", "rough")
    (journal,) = place.root.glob("tracks/*/*/journal.json")
    text = journal.read_text()
    run = json.loads(text)["journal"]["run"]
    journal.write_text(text.replace(run, "0123456789abcdef"))
    code, _, err = place.run("continue", "t")
    assert code == 3
    assert "of another run" in one_line(err)
    assert place.run("abort", "t")[0] == 0
    assert not [*place.root.glob("tracks/*/*")]


def test_a_branch_that_somebody_moved_is_not_moved_back(place: Place) -> None:
    place.new("t", "rough")
    place.git("commit", "-q", "--allow-empty", "-am", "one")
    place.git("commit", "-q", "--allow-empty", "-m", "two")
    moved = place.made.git("rev-parse", "track/t")
    code, _, err = place.run("continue", "t")
    assert code == 3
    assert "expected" in one_line(err)
    assert place.made.git("rev-parse", "track/t") == moved


def test_the_users_own_worktree_and_branches_stay_as_they_are(place: Place) -> None:
    import subprocess

    clone = place.root / "clone"
    subprocess.run(["git", "clone", "-q", str(place.made.path), str(clone)], check=True)
    for name in ("fork", "rough"):
        subprocess.run(
            ["git", "-C", str(clone), "branch", "-q", "-f", f"{name}-", f"origin/{name}"], check=True
        )
    (clone / "README").write_text("changed here\n")

    def seen() -> tuple[bytes, ...]:
        return tuple(
            subprocess.run(["git", "-C", str(clone), *args], check=True, capture_output=True).stdout
            for args in (("status", "--porcelain"), ("branch",), ("diff",), ("stash", "list"))
        )

    before = seen()
    code, _, err = place.new("t", "rough-", "--upstream", str(clone), "--repository", str(clone))
    assert code == 1, err
    after = seen()
    assert [after[0], *after[2:]] == [before[0], *before[2:]]
    assert after[1].replace(b"+ track/t\n", b"") == before[1]


def test_source_has_the_lines_it_is_asked_for() -> None:
    assert source(build="x").count("    x\n") == 1
