"""The expected states, asked of ``git apply`` itself: the answer key must not be our own guess."""

from pathlib import Path

import pytest
from gitcalls import git, output
from unfork.model import State
from unfork.scenario import Built, Carried


def _reverses(built: Built, patch: Path, tree: str, index: Path) -> bool:
    """Whether the patch can be taken back, with one line of context at the least."""
    output(built.upstream, "read-tree", tree, index=index)
    return git(built.upstream, "apply", "--cached", "--check", "-R", "-C1", str(patch), index=index)[0] == 0


def _asked(built: Built, patch: Path, carried: Carried, index: Path) -> State:
    """The state of one patch alone on the target."""
    target = built.target
    # What a patch of the series took back the target never had: the same as having it already.
    reverts = any(said.startswith("reverts") for said in carried.expect.kin or ())
    if (carried.expect.commits or reverts) and _reverses(built, patch, target, index):
        return State.ABSORBED
    output(built.upstream, "read-tree", target, index=index)
    code, words = git(built.upstream, "apply", "--cached", "--check", "-v", str(patch), index=index)
    if code == 0:
        return State.OFFSET if "offset" in words else State.CLEAN
    claimed = [built.hashes[name] for name in carried.expect.commits]
    taken = [sha for sha in claimed if _reverses(built, patch, sha, index)]
    if any(git(built.upstream, "merge-base", "--is-ancestor", sha, target)[0] == 0 for sha in taken):
        return State.ABSORBED  # later edits nearby hide it at the target
    paths = _touched(built, patch)
    if not any(output(built.upstream, "ls-tree", "--name-only", target, "--", path) for path in paths):
        return State.OBSOLETE
    output(built.upstream, "read-tree", target, index=index)
    code, words = git(built.upstream, "apply", "--cached", "--3way", str(patch), index=index)
    unmerged = output(built.upstream, "ls-files", "--unmerged", index=index)
    return State.FUZZY if code == 0 and not unmerged else State.CONFLICT


def test_git_gives_the_expected_state(built: Built, tmp_path: Path) -> None:
    index = tmp_path / "index"
    compared = 0
    for patch, carried in zip(built.files, built.scenario.series, strict=True):
        is_text = carried.raw is None and b"\ndiff --git " in patch.read_bytes()
        if is_text and not _landed_elsewhere(built, patch, carried):
            expect = carried.expect
            assert _asked(built, patch, carried, index) == (expect.state_alone or expect.state), patch.name
            compared += 1
    if not compared:
        pytest.skip("no patch here whose state git apply alone can tell")


def _touched(built: Built, patch: Path) -> set[str]:
    counted = output(built.upstream, "apply", "--numstat", "-z", str(patch)).rstrip("\0").split("\0")
    return {entry.split("\t")[-1] for entry in counted}


def _landed_elsewhere(built: Built, patch: Path, carried: Carried) -> bool:
    """Whether upstream made the change in other files: ``git apply`` follows no rename."""
    if not carried.expect.commits:
        return False
    shas = [built.hashes[name] for name in carried.expect.commits]
    names = output(built.upstream, "log", "--no-walk", "--format=", "--name-only", "-z", *shas)
    return not _touched(built, patch) <= set(names.replace("\n", "").split("\0"))
