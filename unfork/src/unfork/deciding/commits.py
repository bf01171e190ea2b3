"""The commits that decisions name, looked up in the upstream."""

import re
from collections.abc import Iterable, Sequence

from unfork.errors import InputError
from unfork.git import Repository
from unfork.model.decision import Decision

_SHORTEST = 4  # digits git takes for an abbreviated hash
_OFFERED = 3
_HEX = re.compile(r"[0-9a-f]+")


def find_commits(repository: Repository, names: Iterable[str]) -> dict[str, str]:
    """The full hash of each commit named, with its subject.

    Raises ``InputError``, with the nearest commits, for a name that no commit has.
    """
    found = {}
    for name in names:
        sha = _resolve(repository, name)
        found[sha] = repository.text("log", "-1", "--no-show-signature", "--format=%s", sha, "--")
    return found


def check_commits(decisions: Sequence[Decision], repository: Repository) -> None:
    """Raise ``InputError``, naming file and line, for a decision about a commit upstream does not have."""
    named = [(sha, each) for each in decisions for sha in each.commits]
    if not named:
        return
    asked = "".join(f"{sha}\n" for sha, _ in named).encode()
    answers = repository.text("cat-file", "--batch-check=%(objecttype)", stdin=asked).splitlines()
    for (sha, each), answer in zip(named, answers, strict=True):
        if answer != "commit":
            raise _unknown(repository, sha, where=each.where)


def _resolve(repository: Repository, name: str) -> str:
    try:
        return repository.resolve(name)
    except InputError as error:
        if not _HEX.fullmatch(name.lower()):
            raise
        raise _unknown(repository, name.lower(), where=error.where) from error


def _unknown(repository: Repository, sha: str, *, where: str | None) -> InputError:
    several = _commits_from(repository, sha) if _SHORTEST <= len(sha) < 40 else []
    if len(several) > 1:
        return InputError(f"{sha!r} is the start of several commits", where=where, hint=_offer(several))
    near = _nearest(repository, sha)
    return InputError(
        f"upstream has no commit {sha!r}",
        where=where,
        hint=f"nearest: {_offer(near)}" if near else "git fetch in the upstream may bring it",
    )


def _nearest(repository: Repository, sha: str) -> list[str]:
    """The commits whose hashes begin like this one for the longest."""
    for length in range(len(sha) - 1, _SHORTEST - 1, -1):
        if found := _commits_from(repository, sha[:length]):
            return found
    return []


def _commits_from(repository: Repository, start: str) -> list[str]:
    """The commits whose hashes start so."""
    listed = repository.try_run("rev-parse", f"--disambiguate={start}").out
    if not listed:
        return []
    kinds = repository.text("cat-file", "--batch-check=%(objecttype) %(objectname)", stdin=listed)
    return [line.partition(" ")[2] for line in kinds.splitlines() if line.startswith("commit ")]


def _offer(shas: Sequence[str]) -> str:
    return ", ".join(sha[:12] for sha in shas[:_OFFERED])
