"""``unfork index``: build, describe or remove the index of an upstream."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from unfork.errors import InputError
from unfork.files import cache_root
from unfork.git import Repository
from unfork.history import (
    INDEX_NAME,
    DamagedError,
    Range,
    open_history,
    open_upstream,
    read_index,
    searched_commits,
    store_of,
    without_secret,
)
from unfork.model.evaluation import IndexStatus
from unfork.progress import Progress, Silent
from unfork.upstream_spec import need_history


@dataclass(frozen=True)
class IndexRequest:
    """Which index."""

    upstream: str
    since: str | None = None
    target: str | None = None
    cache_dir: Path | None = None


def build_index(request: IndexRequest, *, progress: Progress | None = None) -> IndexStatus:
    """Build the index, or add what upstream has new."""
    progress = progress or Silent()
    cache = cache_root(request.cache_dir)
    need_history(request.upstream, "an index")
    repository = open_upstream(request.upstream, cache, progress)
    since, tip = _ends(repository, request)
    open_history(
        repository,
        Range(since, (tip,), tip),
        name=without_secret(request.upstream),
        cache=cache,
        progress=progress,
    )
    return _status(repository, request, cache)


def index_status(request: IndexRequest) -> IndexStatus:
    """What there is."""
    cache = cache_root(request.cache_dir)
    need_history(request.upstream, "an index")
    return _status(open_upstream(request.upstream, cache, Silent()), request, cache)


def drop_index(request: IndexRequest) -> IndexStatus:
    """Remove it, with the states and releases kept beside it; the status is that of before."""
    cache = cache_root(request.cache_dir)
    need_history(request.upstream, "an index")
    repository = open_upstream(request.upstream, cache, Silent())
    before = _status(repository, request, cache, strict=False)
    store = store_of(repository, cache)
    if store.is_dir():
        with FileLock(store / "lock"):  # not under a build
            for each in store.iterdir():
                if each.is_dir() and not each.is_symlink():
                    shutil.rmtree(each)
                elif each.name != "lock":
                    each.unlink()
    return before


def _ends(repository: Repository, request: IndexRequest) -> tuple[str | None, str]:
    since = repository.resolve(request.since) if request.since else None
    return since, repository.resolve(request.target or "HEAD")


def _has_all(repository: Repository, request: IndexRequest, there: set[str], *, strict: bool) -> bool:
    try:
        since, tip = _ends(repository, request)
    except InputError:
        if strict:
            raise
        return False  # what is to be removed need not be asked for by a HEAD that names a commit
    return there.issuperset(searched_commits(repository, since=since, tips=[tip]))


def _status(
    repository: Repository, request: IndexRequest, cache: Path, *, strict: bool = True
) -> IndexStatus:
    path = store_of(repository, cache) / INDEX_NAME
    note = None
    try:
        index = read_index(path)
    except FileNotFoundError:
        index = None
    except DamagedError as damage:
        index, note = None, f"it is built again: {damage}"
    there = {info.sha for info in index.infos} if index else set()
    complete = _has_all(repository, request, there, strict=strict)
    return IndexStatus(
        upstream=without_secret(request.upstream),
        path=path,
        present=index is not None,
        commits=len(there),
        lines=len(index.lines) if index else 0,
        size=path.stat().st_size if path.exists() else 0,
        current=index is not None and complete,
        note=note,
    )
