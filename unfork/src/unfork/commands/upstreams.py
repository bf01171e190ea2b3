"""Further repositories that are searched beside the upstream: named, checked, opened."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from unfork.errors import InputError
from unfork.git import Repository
from unfork.history import (
    History,
    Range,
    join_histories,
    open_history,
    open_upstream,
    store_of,
    without_secret,
)
from unfork.progress import Progress

# REPO@REV..REV; an address has an "@" too ("git@host:path"), but no revision has a ":".
_RANGED = re.compile(r"(?P<repo>.+)@(?P<since>[^@:\s]*[^@:\s/.])?\.\.(?P<tip>[^@:\s/.][^@:\s]*)?")


@dataclass(frozen=True, slots=True)
class Other:
    """One of the further repositories, and the commits of it to search."""

    repository: Repository
    name: str  # as reports name it
    wanted: Range


def place_of(spec: str) -> str:
    """The repository of ``--also``, without its range."""
    ranged = _RANGED.fullmatch(spec)
    return ranged["repo"] if ranged else spec


def open_others(
    specs: Sequence[str], upstream: Repository, since: str | None, *, cache: Path, progress: Progress
) -> list[Other]:
    """The repositories named by ``--also``.

    Without a range of its own (``REPO@REV..REV``) each is searched from what its main branch was at
    the commit date of ``since``, a commit of the upstream, to its HEAD. Raises ``InputError`` for one
    that is missing, is named twice, or has no commit in its range.
    """
    met = {upstream.objects_dir.resolve(): "the upstream"}
    others = []
    for spec in specs:
        ranged = _RANGED.fullmatch(spec)
        place = place_of(spec)
        repository = open_upstream(place, cache, progress)
        name = without_secret(place)
        known = met.setdefault(repository.objects_dir.resolve(), name)
        if known is not name:
            what = "the upstream itself" if known == "the upstream" else "named twice"
            raise InputError(
                f"the repository is {what}", where=f"--also {name}", hint="name each repository once"
            )
        tip = repository.resolve((ranged and ranged["tip"]) or "HEAD")
        begin = (
            repository.resolve(ranged["since"])
            if ranged and ranged["since"]
            else _at_the_time(repository, tip, upstream, since)
        )
        span = f"{begin}..{tip}" if begin else tip
        if not repository.text("rev-list", "--no-merges", "-n1", span):
            raise InputError(
                f"there is no commit to search in {_words(repository, begin, tip)}",
                where=f"--also {name}",
                hint=f"name the range: --also {name}@REV..REV",
            )
        others.append(Other(repository, name, Range(begin, (tip,), tip)))
    return others


def with_others(history: History, others: Sequence[Other], *, cache: Path, progress: Progress) -> History:
    """The upstream's history with those of the further repositories beside it."""
    opened = [
        open_history(each.repository, each.wanted, name=each.name, cache=cache, progress=progress)
        for each in others
    ]
    return join_histories([history, *opened], store_of(history.repository, cache))


def _at_the_time(repository: Repository, tip: str, upstream: Repository, since: str | None) -> str | None:
    """What a main branch was at the commit date of an upstream's commit; ``None``: not yet begun."""
    if since is None:
        return None
    date = upstream.text("log", "-1", "--no-show-signature", "--format=%ct", since)
    found = repository.text("rev-list", "--first-parent", "-n1", f"--min-age={date}", tip)
    return found or None


def _words(repository: Repository, begin: str | None, tip: str) -> str:
    if begin is None:
        return tip[:12]
    date = int(repository.text("log", "-1", "--no-show-signature", "--format=%ct", begin))
    return f"{begin[:12]}..{tip[:12]}, after {datetime.fromtimestamp(date, UTC):%Y-%m-%d}"
