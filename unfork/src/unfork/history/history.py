"""An upstream history ready to be asked: index, releases and the range to search, kept in a cache."""

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from unfork.errors import InputError
from unfork.files import write_atomically
from unfork.git import Repository
from unfork.history.arrays import select_commits
from unfork.history.build import build_index
from unfork.history.graph import Graph, Shipped, check_ends, read_graph, searched_commits
from unfork.history.hashes import Hashes
from unfork.history.index import DamagedError, Index, read_index, write_index
from unfork.history.kept import graph_key, keep_graph, read_graph_file, sweep
from unfork.history.tags import find_releases
from unfork.history.upstream import check_complete
from unfork.history.wide import WideDiff, read_wide
from unfork.progress import Progress

INDEX_NAME = "lines.idx"
_ABOUT = "about.json"  # for people who wonder which repository a folder of the cache is for


@dataclass(frozen=True, slots=True)
class Range:
    """The commits to search, by full hashes."""

    since: str | None  # what the fork is based on; ``None``: search from the roots
    tips: tuple[str, ...]  # the upstream's main branch first
    target: str
    paths: tuple[str, ...] = ()  # git's pathspecs: search only what changes these; none: everything


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """One repository whose commits are searched."""

    repository: Repository
    name: str  # as reports name it
    wanted: Range
    graph: Graph  # of its searched commits
    first: int = 0  # place in ``History.searched`` of the first of them
    paths: Mapping[str, str] | None = None  # the upstream's name of each file it took over; None: is it

    @property
    def is_other(self) -> bool:
        """Whether it is searched beside the upstream that the fork is of."""
        return self.paths is not None

    def spelled(self, path: str) -> str:
        """A path of this repository as the index has it: by the upstream's name for a file that came
        from there. Of any other, no name is taken for one of the upstream's files."""
        if self.paths is None:
            return path
        return self.paths.get(path) or f"/{self.first}/{path}"  # no path in git begins with a slash


@dataclass(frozen=True, eq=False)
class History:
    """What upstream did in a range, and where it shipped.

    ``sources`` has the upstream first, then further repositories that are searched beside it. Commits
    are numbers: their places in ``shas`` and in the index, whichever repository they are of.
    """

    sources: tuple[Source, ...]
    key: str  # changes when the range, the refs or the index format do
    make_index: Callable[[], Index]
    warnings: tuple[str, ...] = ()
    # By number, where else a commit is found: as a copy of this hash in that source.
    copies: Mapping[int, Sequence[tuple[Source, str]]] = field(default_factory=dict)

    @cached_property
    def index(self) -> Index:
        """The searched commits as arrays; of several repositories joined when first asked for, as a
        scan whose answers are remembered needs none."""
        return self.make_index()

    @property
    def repository(self) -> Repository:
        """That of the upstream."""
        return self.sources[0].repository

    @property
    def name(self) -> str:
        """The upstream, as reports name it."""
        return self.sources[0].name

    @property
    def graph(self) -> Graph:
        """That of the upstream."""
        return self.sources[0].graph

    @cached_property
    def shas(self) -> Hashes:
        """The searched commits, source after source, the newest of each first."""
        shas = self.graph.shas
        for source in self.sources[1:]:
            shas += source.graph.shas
        return shas

    @property
    def searched(self) -> NDArray[np.int64]:
        """The numbers of the searched commits."""
        return np.arange(len(self.shas))

    def number(self, sha: str) -> int:
        """The number of a searched commit; raises ``KeyError`` for another."""
        number = self.find(sha)
        if number is None:
            raise KeyError(sha)
        return number

    def find(self, sha: str) -> int | None:
        """The number of a commit; ``None`` for one that is not searched."""
        return self.shas.find(sha)

    def source(self, number: int) -> Source:
        """The repository that has a searched commit."""
        return next(each for each in reversed(self.sources) if each.first <= number)

    def source_of(self, sha: str) -> Source:
        """The first repository that has a commit, searched or not; the upstream if none has."""
        number = self.find(sha)
        if number is not None:
            return self.source(number)
        having = (each for each in self.sources if each.repository.has_commit(sha))
        return next(having, self.sources[0])

    def shipped(self, number: int) -> Shipped:
        """Where a searched commit can be had, in terms of its source's graph."""
        source = self.source(number)
        return source.graph.shipped[number - source.first]

    def wide(self, shas: Sequence[str]) -> dict[str, WideDiff]:
        """``read_wide`` for commits of any of the repositories."""
        if len(self.sources) == 1:
            return read_wide(self.repository, shas)
        by_source: dict[Source, list[str]] = {}
        for sha in shas:
            by_source.setdefault(self.source_of(sha), []).append(sha)
        return {
            sha: diff
            for source, named in by_source.items()
            for sha, diff in read_wide(source.repository, named).items()
        }


def store_of(repository: Repository, cache: Path) -> Path:
    """The folder of an upstream's index below the cache."""
    place = repository.objects_dir.resolve()
    key = hashlib.sha256(os.fsencode(place)).hexdigest()[:16]
    return cache / "index" / key


def open_history(
    repository: Repository,
    wanted: Range,
    *,
    name: str,
    cache: Path,
    progress: Progress,
    release_pattern: str | None = None,
    workers: int | None = None,
    checked: Callable[[], object] = lambda: None,
) -> History:
    """Read what the cache has, index what is missing, and keep it.

    Two processes that want the same index share one build: the second waits for the lock and then
    finds the work done. ``workers`` are git processes at a time (default: one a core, at most 8).
    ``checked`` is called when the range was found to be one that can be searched.
    """
    store = store_of(repository, cache)
    try:
        store.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"the cache cannot be made: {error.strerror}", where=str(store)) from error
    facts = [
        wanted.since, wanted.tips, wanted.target, wanted.paths, release_pattern,
        repository.refs_fingerprint(), sorted(repository.cut_commits()),
    ]  # fmt: skip
    key = graph_key(facts)
    kept = store / f"graph-{key}.msgpack"
    graph = read_graph_file(kept)
    warnings: list[str] = []
    with ThreadPoolExecutor(max_workers=1) as beside:  # other git processes, beside the index's
        # Before the long work: a base and a target that do not belong together end it here.
        ends = None if graph else beside.submit(check_ends, repository, wanted.since, wanted.target)
        shas = graph.shas if graph else _searched(repository, wanted)
        warned = ends.result() if ends else []
        if not len(shas):
            raise InputError(
                "there is no commit to search between the base and the target", where=name,
                hint="name an older --base or a newer --target, or another --path"
                if wanted.paths else "name an older --base or a newer --target",
            )  # fmt: skip
        checked()
        later = (
            None if graph else beside.submit(_read_graph, repository, shas, wanted, release_pattern, warned)
        )
        whole = _current_index(
            repository, store, shas, wanted.paths, progress, workers or min(8, os.cpu_count() or 1), warnings
        )
        if later:
            graph = later.result()
            keep_graph(kept, graph)
    assert graph is not None  # noqa: S101 - either read or made above
    warnings += graph.warnings
    if not graph.releases:
        warnings.append("no tag of the upstream is a release: name them with --release-pattern")
    return History(
        sources=(Source(repository, name, wanted, graph),),
        key=kept.stem,
        make_index=lambda: whole if whole.shas == shas else select_commits(whole, whole.shas.places_of(shas)),
        warnings=tuple(warnings),
    )


def _searched(repository: Repository, wanted: Range) -> Hashes:
    return searched_commits(repository, since=wanted.since, tips=_tips(wanted), paths=wanted.paths)


def _tips(wanted: Range) -> Sequence[str]:
    return list(dict.fromkeys([*wanted.tips, wanted.target]))


def _read_graph(
    repository: Repository, shas: Hashes, wanted: Range, pattern: str | None, ends: list[str]
) -> Graph:
    return read_graph(
        repository, shas, since=wanted.since, tips=_tips(wanted), target=wanted.target,
        releases=find_releases(repository, pattern), warnings=ends,
    )  # fmt: skip


def index_name(paths: Sequence[str]) -> str:
    """The file of an index of what these pathspecs name: of a commit it has only that."""
    if not paths:
        return INDEX_NAME
    key = hashlib.sha256("\0".join(sorted(paths)).encode("utf-8", "surrogateescape")).hexdigest()[:12]
    return f"{Path(INDEX_NAME).stem}-{key}.idx"


def _current_index(
    repository: Repository,
    store: Path,
    shas: Hashes,
    paths: Sequence[str],
    progress: Progress,
    workers: int,
    warnings: list[str],
) -> Index:
    """The index with at least the commits named."""
    path = store / index_name(paths)
    index = _try_index(path, warnings)
    if index is not None and not len(_missing(index, shas)):
        return index
    check_complete(repository, shas)
    with FileLock(store / "lock"):
        index = _try_index(path, [])  # whoever held the lock may have done our work
        missing = _missing(index, shas)
        if index is not None and not len(missing):
            return index
        sweep(store, path.name)
        sweep(store, _ABOUT)
        index = build_index(repository, missing, progress, workers=workers, old=index, paths=paths)
        write_index(path, index)
        about = json.dumps({"repository": str(repository.path.resolve())}).encode()
        write_atomically(store / _ABOUT, about, lasting=False)
    return index


def _try_index(path: Path, warnings: list[str]) -> Index | None:
    try:
        return read_index(path)
    except FileNotFoundError:
        return None
    except DamagedError as damage:
        warnings.append(f"the index is built again: {damage}")
        return None


def _missing(index: Index | None, shas: Hashes) -> Hashes:
    if index is None:
        return shas
    return shas.select(np.flatnonzero(index.shas.places_of(shas) < 0))
