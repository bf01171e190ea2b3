"""What is known of a squash's parts beforehand: from the series, its message, and the upstream."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from unfork.commands.show import commit_diff
from unfork.commands.upstreams import open_others, with_others
from unfork.git import Repository
from unfork.grouping import find_relations
from unfork.history import History, Range, open_history, open_upstream, without_secret
from unfork.matching import default_models, match_patches
from unfork.model import KinKind, Patch, Person, Series
from unfork.progress import Progress
from unfork.unsquashing import Donor, Origin, Title
from unfork.upstream_spec import need_history

if TYPE_CHECKING:
    from unfork.commands.unsquash import UnsquashRequest

_FORMAT = "%an%x00%ae%x00%at%x00%s%x00%b"


def known_parts(patches: Sequence[Patch], place: int) -> tuple[list[Donor], list[Title]]:
    """The patches of a series that one was made of, in the order of its message and then of the series;
    and the parts that its message lists besides."""
    relations = find_relations(patches, default_models().series)
    parts = [part for part in relations.parts if part.whole == place]
    held = [edge.patch for edge in relations.edges if edge.kind is KinKind.PART_OF and edge.other == place]
    numbers = [part.patch for part in parts if part.patch is not None]
    donors = [
        Donor(Origin.BESIDE, patches[number].name, patches[number])
        for number in dict.fromkeys([*numbers, *sorted(held)])
        if patches[number].error is None and patches[number].files
    ]
    return donors, [Title(part.subject, part.hash or "") for part in parts if part.patch is None]


def donors_upstream(
    request: "UnsquashRequest", upstream: str, series: Series, patch: Patch, cache: Path, progress: Progress
) -> tuple[list[Donor], tuple[str, ...]]:
    """The upstream commits that a patch holds, oldest first, and what is to be said of the search."""
    need_history(upstream, "what covers a patch")
    repository = open_upstream(upstream, cache, progress)
    base = request.since or request.base or (series.base if _has(repository, series.base) else None)
    since = repository.resolve(base) if base else None
    target = repository.resolve(request.target or "HEAD")
    head = repository.try_run("rev-parse", "--verify", "--quiet", "HEAD^{commit}").out.decode().strip()
    others = open_others(request.also, repository, since, cache=cache, progress=progress)
    wanted = Range(since, (head,) if head else (), target, request.paths)
    name = without_secret(upstream)
    history = open_history(repository, wanted, name=name, cache=cache, progress=progress)
    history = with_others(history, others, cache=cache, progress=progress)
    return donors_of(history, patch), history.warnings


def donors_of(history: History, patch: Patch) -> list[Donor]:
    """The commits of a history that a patch holds, oldest first."""
    match = match_patches(history, [patch], default_models())[0]
    numbers = sorted(history.number(commit.sha) for commit in match.commits)
    return [_donor(history, history.index.infos[number].sha) for number in numbers]


def _has(repository: Repository, sha: str | None) -> bool:
    return sha is not None and repository.has_commit(sha)


def _donor(history: History, sha: str) -> Donor:
    """An upstream commit as a part."""
    repository = history.source_of(sha).repository
    text = repository.text("log", "-1", "--no-show-signature", "--encoding=UTF-8", f"--format={_FORMAT}", sha)
    name, email, date, subject, body = text.split("\0", 4)
    patch = Patch(
        name=sha,
        id=sha,
        subject=subject,
        message=f"{body.strip()}\n\nUpstream commit: {sha}".strip(),
        author=Person(name, email),
        date=int(date),
        files=tuple(commit_diff(history, sha)),
        sha=sha,
    )
    return Donor(Origin.UPSTREAM, sha, patch)
