"""The commits that decisions name, looked up in the upstream."""

import re
from collections.abc import Iterable, Sequence

from unfork.errors import InputError
from unfork.git import Repository
from unfork.model.decision import Decision

_SHORTEST = 4  # digits git takes for an abbreviated hash
_OFFERED = 3
_HEX = re.compile(r"[0-9a-f]+")


def find_commits(repositories: Sequence[Repository], names: Iterable[str]) -> dict[str, str]:
    """The full hash of each commit named, with its subject, in the first repository that has it.

    Raises ``InputError``, with the nearest commits, for a name that no commit has.
    """
    found = {}
    for name in names:
        repository, sha = _resolve(repositories, name)
        found[sha] = repository.text("log", "-1", "--no-show-signature", "--format=%s", sha, "--")
    return found


def check_commits(decisions: Sequence[Decision], repositories: Sequence[Repository]) -> None:
    """Raise ``InputError``, naming file and line, for a decision about a commit that none of the
    repositories has."""
    named = [(sha, each) for each in decisions for sha in each.commits]
    for repository in repositories:
        if not named:
            return
        asked = "".join(f"{sha}\n" for sha, _ in named).encode()
        answers = repository.text("cat-file", "--batch-check=%(objecttype)", stdin=asked).splitlines()
        named = [each for each, answer in zip(named, answers, strict=True) if answer != "commit"]
    if named:
        sha, decision = named[0]
        raise _unknown(repositories, sha, where=decision.where)


def _resolve(repositories: Sequence[Repository], name: str) -> tuple[Repository, str]:
    """The first repository in which the name is that of a commit, and its full hash. An abbreviated
    hash must not mean one commit here and another there."""
    found: dict[str, Repository] = {}
    refused: InputError | None = None
    for repository in repositories:
        try:
            found.setdefault(repository.resolve(name), repository)
        except InputError as error:
            refused = refused or error
    is_hash = bool(_HEX.fullmatch(name.lower()))
    if found and (len(found) == 1 or not is_hash):
        sha, repository = next(iter(found.items()))
        return repository, sha
    where = refused.where if refused else str(repositories[0].path)
    if refused and not is_hash:
        raise refused
    raise _unknown(repositories, name.lower(), where=where) from refused


def _unknown(repositories: Sequence[Repository], sha: str, *, where: str | None) -> InputError:
    short = _SHORTEST <= len(sha) < 40
    several = [found for each in repositories for found in _commits_from(each, sha)] if short else []
    if len(several) > 1:
        return InputError(f"{sha!r} is the start of several commits", where=where, hint=_offer(several))
    near = next(filter(None, (_nearest(each, sha) for each in repositories)), [])
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
