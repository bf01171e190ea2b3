"""What suggestions need to know of an upstream's searched commits: all they take from a history."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from unfork.history import History, Source, is_aside

Places = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Commits:
    """The searched commits, newest first. Their places in that order name them here."""

    history: History

    @property
    def sources(self) -> tuple[Source, ...]:
        """The repositories that have them, the upstream first."""
        return self.history.sources

    @property
    def key(self) -> str:
        """Changes when the commits or their releases do."""
        return self.history.key

    @property
    def shas(self) -> Sequence[str]:
        """Full hashes."""
        return self.history.shas

    def source(self, place: int) -> Source:
        """The repository that has a commit."""
        return self.history.source(self.numbers[place])

    @cached_property
    def numbers(self) -> list[int]:
        """Of each commit in the index."""
        numbers: list[int] = self.history.searched.tolist()
        return numbers

    @cached_property
    def place(self) -> dict[str, int]:
        """By hash."""
        return {sha: place for place, sha in enumerate(self.shas)}

    def subject(self, place: int) -> str:
        """The subject of a commit."""
        return self.history.index.infos[self.numbers[place]].subject

    def ids(self, place: int) -> tuple[str, ...]:
        """The bugs, blueprints and issues a commit names, see ``history.identifiers``."""
        return self.history.index.infos[self.numbers[place]].ids

    @cached_property
    def by_id(self) -> dict[str, list[int]]:
        """The commits that name each bug, blueprint or issue."""
        found: dict[str, list[int]] = {}
        for place in range(len(self.shas)):
            for each in self.ids(place):
                found.setdefault(each, []).append(place)
        return found

    def first_release(self, place: int) -> int:
        """The number of the first release of its repository that has a commit; -1 for none."""
        source = self.source(place)
        return source.graph.shipped[place - source.first].first

    @property
    def paths(self) -> list[str]:
        """All files that commits touch."""
        return self.history.index.paths

    @cached_property
    def path_number(self) -> dict[str, int]:
        """By path."""
        return {path: number for number, path in enumerate(self.paths)}

    @cached_property
    def touched(self) -> tuple[Places, Places]:
        """Commit and number of the path, for each file a commit touches, by its new name and by its
        old one, once each; in the order of commits."""
        index = self.history.index
        starts = index.commit_files.astype(np.int64)
        counts = np.diff(starts)
        place = np.full(len(counts), -1, dtype=np.int64)
        place[self.history.searched] = np.arange(len(self.history.searched))
        owner = np.repeat(place, counts)
        owner = np.concatenate([owner, owner])
        path = np.concatenate([index.file_path, index.file_old_path]).astype(np.int64)
        known = (path < len(index.paths)) & (owner >= 0)
        both = np.unique(owner[known] * len(index.paths) + path[known])
        return both // len(index.paths), both % len(index.paths)

    def touching(self, source: Source, paths: Iterable[str]) -> Iterator[tuple[int, str]]:
        """Each commit of a repository that touches one of its paths, with that path, newest first."""
        spelled = {source.spelled(path): path for path in paths}
        numbers = {self.path_number[path]: spelled[path] for path in spelled if path in self.path_number}
        place, path = self.touched
        wanted = np.isin(path, np.asarray(list(numbers), dtype=np.int64))
        wanted &= (place >= source.first) & (place < source.first + len(source.graph.shas))
        for at in np.flatnonzero(wanted).tolist():
            yield int(place[at]), numbers[int(path[at])]

    def shared_paths(self, paths: Iterable[str], place: int) -> list[str]:
        """Those of the paths that a commit touches, the product's first, then rarest first."""
        first, last = np.searchsorted(self.touched[0], [place, place + 1])
        there = set(self.touched[1][first:last].tolist())
        shared = [path for path in paths if self.path_number.get(path) in there]
        rarity = self._commits_of_path
        return sorted(shared, key=lambda path: (is_aside(path), rarity[self.path_number[path]], path))

    @cached_property
    def _commits_of_path(self) -> list[int]:
        counts: list[int] = np.bincount(self.touched[1], minlength=len(self.paths)).tolist()
        return counts

    def file_names(self) -> Iterator[str]:
        """Of each commit the names of the files it touches, without folders and endings, as a text."""
        names = [path.rsplit("/", 1)[-1].partition(".")[0] for path in self.paths]
        place, path = self.touched
        ends = np.searchsorted(place, np.arange(len(self.shas) + 1)).tolist()
        numbers = path.tolist()
        for first, last in itertools.pairwise(ends):
            yield " ".join({names[number]: None for number in numbers[first:last]})
