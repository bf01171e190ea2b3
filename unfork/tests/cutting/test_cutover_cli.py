"""The commands as users run them: exit codes, one-line errors, files."""

import json
from pathlib import Path

import pytest
from making import one_line, unfork
from two_tracks import LOSING, Two, git, make_two


@pytest.fixture
def losing(tmp_path: Path) -> Two:
    two = make_two(tmp_path, new_test=LOSING)
    for name in ("old", "new"):
        run(two, "track", "check", name)
    return two


def run(two: Two, *args: str) -> tuple[int, str, str]:
    where = ("--plan", str(two.plan), "--repository", str(two.repository))
    return unfork(*args, *where, cwd=two.plan, UNFORK_STORE=two.store, UNFORK_TRACKS=str(two.tracks))


def test_from_checks_to_the_archive(losing: Two) -> None:
    code, out, err = run(losing, "track", "check", "new", "unit", "--repeat", "2", "--json", "-")
    assert (code, err) == (1, "")
    assert json.loads(out)["tested"]["checks"][0]["tests"][1]["failed"] == 2
    page = losing.plan / "tracks.html"
    code, out, _ = run(losing, "track", "compare", "old", "new", "--html", str(page))
    assert code == 1 and "old and new: 1 lost" in out and page.read_bytes().startswith(b"<!doctype html>")
    code, out, _ = run(losing, "cutover", "status", "--today", "2019-03-01")
    assert code == 1 and out.startswith("small: cutover from old to new: not yet\n")
    code, _, err = run(losing, "cutover", "sign", "--by", "ann")
    assert (code, one_line(err)[:50]) == (3, f"{losing.plan}: the cutover is not-yet"[:50])
    code, out, _ = run(
        losing, "cutover", "sign", "--by", "ann", "--override", "it comes with the first update"
    )
    assert code == 0 and out.startswith("ann signed on ")
    code, out, _ = run(losing, "cutover", "archive")
    assert code == 0 and "3 patches must not come back" in out
    assert git(losing.repository, "tag") == "archive/old"
    assert "old and new: 1 lost" in (losing.plan / "cutover/old.md").read_text()
    code, out, err = unfork(
        "gate", "--plan", losing.plan, "--series", f"{losing.repository}:stx/old~1..stx/old",
        cwd=losing.plan, UNFORK_STORE=losing.store,
    )  # fmt: skip
    assert code == 1 and "[patch-archived]" in out and err == ""


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("track", "check", "neu"), 3, "there is no track 'neu'"),
        (("track", "check", "new", "unti"), 2, "did you mean unit?"),
        (("track", "compare", "old", "old"), 2, "one and the same track"),
        (("track", "compare", "old", "neu"), 3, "there is no track 'neu'"),
        (("cutover", "sign", "--by", "cid", "--override", "x"), 3, "unknown owner 'cid'"),
        (("cutover", "archive"), 3, "not signed"),
        (("cutover", "status", "--today", "soon"), 3, "'soon' is no date"),
        (("cutover", "status", "--html", "/nowhere/x.html"), 3, "there is no such folder"),
        (("cutover", "status", "--repository", "other=."), 2, "the plan has no project 'other'"),
    ],
)
def test_what_is_wrong_is_one_line(two: Two, args: tuple[str, ...], code: int, said: str) -> None:
    got, _, err = run(two, *args)
    assert got == code and said in one_line(err)


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("--branch", "stx/old"), 2, "a track needs a branch and a base"),
        (("--branch", "stx/olt", "--base", "stx/new"), 3, "nearest: stx/old"),
        (("--branch", "HEAD", "--base", "stx/new"), 3, "'HEAD' is no branch"),
        (("--branch", "stx/old", "--base", "stx/new"), 3, "stx/old does not hold stx/new"),
        (("--branch", "stx/old", "--base", "stx/old~3", "--worktree", "../new"), 3, "the worktree is at"),
        (("--branch", "stx/old", "--base", "stx/old~3", "--worktree", "none"), 3, "has no worktree"),
    ],
)
def test_a_branch_that_cannot_be_a_track(two: Two, args: tuple[str, ...], code: int, said: str) -> None:
    got, _, err = unfork(
        "track", "adopt", "third", "--repository", two.repository, *args, cwd=two.plan,
        UNFORK_TRACKS=str(two.tracks),
    )  # fmt: skip
    assert got == code and said in one_line(err)


def test_a_track_without_a_worktree_says_how_to_get_one(two: Two) -> None:
    adopt = ("track", "adopt", "third", "--repository", str(two.repository), "--branch", "stx/old")
    unfork(*adopt, "--base", "stx/old~3", cwd=two.plan, UNFORK_TRACKS=str(two.tracks))
    code, _, err = run(two, "track", "check", "third")
    assert code == 3 and "unfork track adopt third --worktree DIR" in one_line(err)
    place = str(two.repository.parent / "old")
    code, _, _ = unfork(*adopt[:5], "--worktree", place, cwd=two.plan, UNFORK_TRACKS=str(two.tracks))
    assert code == 0
    assert run(two, "track", "check", "third")[0] == 0
