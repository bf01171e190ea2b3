"""The first release of a few commits, anywhere in the history: the graph alone is walked, no index needed."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from unfork.git import Repository
from unfork.history.graph import NEVER, label, names_of, read_walk
from unfork.history.tags import find_releases

_SHA = re.compile(r"[0-9a-f]{7,64}")
_CHANGE_ID = re.compile(r"I[0-9a-f]{8,40}")


@dataclass(frozen=True, slots=True)
class Landed:
    """A commit of the history, and where it shipped first."""

    sha: str
    release: str | None  # the oldest release that has it; None: in none yet


def find_landed(
    repository: Repository,
    wanted: Collection[tuple[str, str | None]],
    *,
    release_pattern: str | None = None,
) -> dict[str, Landed]:
    """By the commit asked for, where each landed; those that no branch or release has are left out.

    ``wanted`` are commits (hashes, may be short) with the Change-Id of each where there is one: a commit
    that was merged under another hash is found by that.
    """
    releases = find_releases(repository, release_pattern)
    branches = repository.text("for-each-ref", "--format=%(objectname)", "refs/heads", "refs/remotes").split()
    tip = repository.resolve("HEAD")
    starts = [tip, *branches, *(release.commit for release in releases)]
    walk = read_walk(names_of(repository, ["rev-list", "--topo-order", "--parents", "--stdin"], starts))
    final, _, _ = label(walk, releases, tip)
    places: dict[str, int] = {}
    lost: dict[str, str] = {}
    for commit, change in wanted:
        full = _full(repository, commit)
        at = walk.shas.find(full) if full is not None else None
        if at is not None:
            places[commit] = at
        elif change is not None:
            lost[commit] = change
    picked = _by_change_id(repository, {*lost.values()}, starts)
    for commit, change in lost.items():
        at = walk.shas.find(picked[change]) if change in picked else None
        if at is not None:
            places[commit] = at
    return {
        commit: Landed(walk.shas[at], releases[final[at]].name if final[at] < NEVER else None)
        for commit, at in places.items()
    }


def _full(repository: Repository, commit: str) -> str | None:
    """The full hash; ``None`` for a commit that is not there."""
    if not _SHA.fullmatch(commit):
        return None
    found = repository.try_run("rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}", "--")
    lines = found.out.decode().split()
    return lines[0] if not found.code and lines else None


def _by_change_id(repository: Repository, changes: Collection[str], starts: list[str]) -> dict[str, str]:
    """The oldest commit with each Change-Id: it is the one merged first, later ones are picks."""
    asked = sorted(each for each in changes if _CHANGE_ID.fullmatch(each))
    if not asked:
        return {}
    patterns = [f"--grep=^Change-Id: {each}" for each in asked]
    format_ = "--format=%H%x00%(trailers:key=Change-Id,valueonly,separator=%x00)"
    text = repository.text(
        "log", "--no-show-signature", "--reverse", format_, *patterns, "--stdin",
        stdin=("\n".join(starts) + "\n").encode(),
    )  # fmt: skip
    found: dict[str, str] = {}
    for line in text.splitlines():
        sha, *values = line.split("\0")
        for value in values:
            if value.strip() in asked:
                found.setdefault(value.strip(), sha)
    return found
