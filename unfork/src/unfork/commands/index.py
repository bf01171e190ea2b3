"""``unfork index``: build, describe or remove the index of an upstream."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from filelock import FileLock

from unfork.commands.upstreams import Other, open_others, place_of, with_others
from unfork.files import cache_root
from unfork.git import Repository
from unfork.history import (
    DamagedError,
    Hashes,
    Range,
    index_name,
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
    also: tuple[str, ...] = ()  # further repositories, REPO or REPO@REV..REV
    paths: tuple[str, ...] = ()  # git's pathspecs: only what changes these paths of the upstream


def build_index(request: IndexRequest, *, progress: Progress | None = None) -> IndexStatus:
    """Build the index, or add what upstream has new."""
    progress = progress or Silent()
    cache = cache_root(request.cache_dir)
    need_history(request.upstream, "an index")
    repository = open_upstream(request.upstream, cache, progress)
    since, tip = _ends(repository, request)
    others = open_others(request.also, repository, since, cache=cache, progress=progress)
    wanted = Range(since, (tip,), tip, request.paths)
    name = without_secret(request.upstream)
    history = open_history(repository, wanted, name=name, cache=cache, progress=progress)
    with_others(history, others, cache=cache, progress=progress)
    return _status(repository, name, wanted, others, cache)


def index_status(request: IndexRequest) -> IndexStatus:
    """What there is."""
    cache = cache_root(request.cache_dir)
    need_history(request.upstream, "an index")
    repository = open_upstream(request.upstream, cache, Silent())
    since, tip = _ends(repository, request)
    others = open_others(request.also, repository, since, cache=cache, progress=Silent())
    return _status(
        repository, without_secret(request.upstream), Range(since, (tip,), tip, request.paths), others, cache
    )


def drop_index(request: IndexRequest) -> IndexStatus:
    """Remove it, with the states and releases kept beside it; the status is that of before."""
    cache = cache_root(request.cache_dir)
    need_history(request.upstream, "an index")
    # What is to be removed need not have a HEAD that names a commit: no range is asked for.
    places = [request.upstream, *(place_of(each) for each in request.also)]
    opened = [(open_upstream(place, cache, Silent()), without_secret(place)) for place in places]
    before, *others = [_status(repository, name, None, (), cache) for repository, name in opened]
    for repository, _ in opened:
        _remove(store_of(repository, cache))
    return replace(before, also=tuple(others))


def _remove(store: Path) -> None:
    if store.is_dir():
        with FileLock(store / "lock"):  # not under a build
            for each in store.iterdir():
                if each.is_dir() and not each.is_symlink():
                    shutil.rmtree(each)
                elif each.name != "lock":
                    each.unlink()


def _ends(repository: Repository, request: IndexRequest) -> tuple[str | None, str]:
    since = repository.resolve(request.since) if request.since else None
    return since, repository.resolve(request.target or "HEAD")


def _status(
    repository: Repository, name: str, wanted: Range | None, others: Sequence[Other], cache: Path
) -> IndexStatus:
    path = store_of(repository, cache) / index_name(wanted.paths if wanted else ())
    note = None
    try:
        index = read_index(path)
    except FileNotFoundError:
        index = None
    except DamagedError as damage:
        index, note = None, f"it is built again: {damage}"
    there = index.shas if index else Hashes(b"")
    return IndexStatus(
        upstream=name,
        path=path,
        present=index is not None,
        commits=len(there),
        lines=len(index.lines) if index else 0,
        size=path.stat().st_size if path.exists() else 0,
        current=bool(there and wanted and _has_all(repository, wanted, there)),
        note=note,
        also=tuple(_status(each.repository, each.name, each.wanted, (), cache) for each in others),
    )


def _has_all(repository: Repository, wanted: Range, there: Hashes) -> bool:
    asked = searched_commits(repository, since=wanted.since, tips=[wanted.target], paths=wanted.paths)
    return bool((there.places_of(asked) >= 0).all())
