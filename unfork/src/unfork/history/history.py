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
from unfork.history.build import build_index, select_commits
from unfork.history.graph import Graph, Shipped, check_ends, read_graph, searched_commits
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
    are numbers in the index, whichever repository they are of.
    """

    sources: tuple[Source, ...]
    searched: NDArray[np.int64]  # numbers in the index of ``shas``, in that order
    key: str  # changes when the range, the refs or the index format do
    places: Mapping[int, int]  # from a number in the index to its place in ``searched``
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
    def shas(self) -> Sequence[str]:
        """The searched commits, source after source, the newest of each first."""
        if len(self.sources) == 1:
            return self.graph.shas
        return [sha for source in self.sources for sha in source.graph.shas]

    @cached_property
    def _place_of(self) -> Mapping[str, int]:
        return {sha: place for place, sha in enumerate(self.shas)}

    def number(self, sha: str) -> int:
        """The number in the index of a searched commit; raises ``KeyError`` for another."""
        return int(self.searched[self._place_of[sha]])

    def find(self, sha: str) -> int | None:
        """The number in the index of a commit; ``None`` for one that is not searched."""
        return self.number(sha) if sha in self._place_of else None

    def source(self, number: int) -> Source:
        """The repository that has a searched commit."""
        place = self.places[number]
        return next(each for each in reversed(self.sources) if each.first <= place)

    def source_of(self, sha: str) -> Source:
        """The first repository that has a commit, searched or not; the upstream if none has."""
        number = self.find(sha)
        if number is not None:
            return self.source(number)
        having = (each for each in self.sources if each.repository.has_commit(sha))
        return next(having, self.sources[0])

    def shipped(self, number: int) -> Shipped | None:
        """Where an indexed commit can be had, in terms of its source's graph; ``None`` when it is not
        in the range."""
        place = self.places.get(number)
        if place is None:
            return None
        source = self.source(number)
        return source.graph.shipped[place - source.first]

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
) -> History:
    """Read what the cache has, index what is missing, and keep it.

    Two processes that want the same index share one build: the second waits for the lock and then
    finds the work done. ``workers`` are git processes at a time (default: one a core, at most 8).
    """
    store = store_of(repository, cache)
    try:
        store.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"the cache cannot be made: {error.strerror}", where=str(store)) from error
    facts = [
        wanted.since, wanted.tips, wanted.target, release_pattern,
        repository.refs_fingerprint(), sorted(repository.cut_commits()),
    ]  # fmt: skip
    key = graph_key(facts)
    kept = store / f"graph-{key}.msgpack"
    graph = read_graph_file(kept)
    warnings: list[str] = []
    with ThreadPoolExecutor(max_workers=1) as beside:  # other git processes, beside the index's
        # Before the long work: a base and a target that do not belong together end it here.
        checked = None if graph else beside.submit(check_ends, repository, wanted.since, wanted.target)
        shas = graph.shas if graph else searched_commits(repository, since=wanted.since, tips=_tips(wanted))
        ends = checked.result() if checked else []
        if not shas:
            raise InputError(
                "there is no commit to search between the base and the target", where=name,
                hint="name an older --base or a newer --target",
            )  # fmt: skip
        later = None if graph else beside.submit(_read_graph, repository, shas, wanted, release_pattern, ends)
        index = _current_index(
            repository, store, shas, progress, workers or min(8, os.cpu_count() or 1), warnings
        )
        if later:
            graph = later.result()
            keep_graph(kept, graph)
    assert graph is not None  # noqa: S101 - either read or made above
    warnings += graph.warnings
    if not graph.releases:
        warnings.append("no tag of the upstream is a release: name them with --release-pattern")
    numbers = {info.sha: n for n, info in enumerate(index.infos)}
    searched = np.fromiter((numbers[sha] for sha in shas), dtype=np.int64, count=len(shas))
    if len(index) > len(searched):
        index, searched = select_commits(index, searched), np.arange(len(searched))
    places = {number: place for place, number in enumerate(searched.tolist())}
    return History(
        sources=(Source(repository, name, wanted, graph),),
        searched=searched,
        key=kept.stem,
        places=places,
        make_index=lambda: index,
        warnings=tuple(warnings),
    )


def _tips(wanted: Range) -> Sequence[str]:
    return list(dict.fromkeys([*wanted.tips, wanted.target]))


def _read_graph(
    repository: Repository, shas: list[str], wanted: Range, pattern: str | None, ends: list[str]
) -> Graph:
    return read_graph(
        repository, shas, since=wanted.since, tips=_tips(wanted), target=wanted.target,
        releases=find_releases(repository, pattern), warnings=ends,
    )  # fmt: skip


def _current_index(
    repository: Repository,
    store: Path,
    shas: list[str],
    progress: Progress,
    workers: int,
    warnings: list[str],
) -> Index:
    """The index with at least the commits named."""
    path = store / INDEX_NAME
    index = _try_index(path, warnings)
    if index is not None and not _missing(index, shas):
        return index
    check_complete(repository, shas)
    with FileLock(store / "lock"):
        index = _try_index(path, [])  # whoever held the lock may have done our work
        missing = _missing(index, shas)
        if index is not None and not missing:
            return index
        sweep(store, INDEX_NAME)
        sweep(store, _ABOUT)
        index = build_index(repository, missing, progress, workers=workers, old=index)
        write_index(path, index)
        write_atomically(store / _ABOUT, json.dumps({"repository": str(repository.path.resolve())}).encode())
    return index


def _try_index(path: Path, warnings: list[str]) -> Index | None:
    try:
        return read_index(path)
    except FileNotFoundError:
        return None
    except DamagedError as damage:
        warnings.append(f"the index is built again: {damage}")
        return None


def _missing(index: Index | None, shas: list[str]) -> list[str]:
    if index is None:
        return shas
    there = {info.sha for info in index.infos}
    return [sha for sha in shas if sha not in there]
