"""Which files each of many commits changes, and their contents before and after by hash."""

import itertools
from array import array
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import numpy as np
from numpy.typing import NDArray

from unfork.git import Repository
from unfork.history.index import NO_PATH
from unfork.history.names import unquote
from unfork.history.working import StoppedError, finish_all
from unfork.progress import Progress

_I64 = NDArray[np.int64]
_FEWEST = 250  # commits a git process is started for
_MOST = 10_000  # commits it is given: it keeps every message it has read
_RAW = (
    "diff-tree", "--stdin", "--root", "-r", "--raw", "-M", "--no-abbrev", "--no-color", "--no-ext-diff",
    "--format=%x01%H",
)  # fmt: skip
_SUBMODULE = 0o160000


class Changes:
    """Changed files in the order of their commits, side by side: a long history changes a million."""

    def __init__(self, width: int) -> None:
        self.commits_read = 0
        self.paths: dict[str, int] = {}  # every path with its number
        self.commit: array[int] = array("I")  # the commit's place among those named
        self.path: array[int] = array("I")  # by number
        self.old_path: array[int] = array("I")  # of a renamed file, else ``NO_PATH``
        self._width = width  # of a hash in bytes
        self._contents = (bytearray(), bytearray())  # hashes before and after
        self._modes: tuple[array[int], array[int]] = (array("I"), array("I"))

    def __len__(self) -> int:
        return len(self.commit)

    def add(self, commit: int, line: bytes) -> None:
        """Take a line as ``git diff-tree --raw`` prints it."""
        facts, *names = line[1:].split(b"\t")
        old_mode, mode, old, new, _ = facts.split(b" ")
        self.commit.append(commit)
        self.path.append(self._number(unquote(names[-1])))
        self.old_path.append(self._number(unquote(names[0])) if len(names) > 1 else NO_PATH)
        for side, (word, content) in enumerate(((old_mode, old), (mode, new))):
            self._modes[side].append(int(word, 8))
            self._contents[side].extend(bytes.fromhex(content.decode()))

    def extend(self, other: "Changes") -> None:
        """Take the changes of other commits, which come after these."""
        table = np.array([*map(self._number, other.paths), NO_PATH], dtype=np.int64)
        self.commit += other.commit
        for mine, theirs in ((self.path, other.path), (self.old_path, other.old_path)):
            places = np.minimum(np.array(theirs, dtype=np.int64), len(table) - 1)
            mine.extend(table[places].tolist())
        for side in (0, 1):
            self._modes[side].extend(other._modes[side])
            self._contents[side].extend(other._contents[side])

    def _number(self, path: str) -> int:
        return self.paths.setdefault(path, len(self.paths))

    def side(self, numbers: Sequence[int], side: int, name: bytes) -> bytes:
        """What ``git mktree`` is told of these files before (0) or after (1) their commits, with their
        numbers as names (``name`` is how they are written); nothing of one that is not there."""
        rows = []
        for number in numbers:
            if mode := self._modes[side][number]:
                content = self._contents[side][number * self._width : (number + 1) * self._width]
                kind = b"commit" if mode == _SUBMODULE else b"blob"
                rows.append(b"%06o %s %s\t%s\n" % (mode, kind, content.hex().encode(), name % number))
        return b"".join(rows)

    def by_file(self) -> _I64:
        """The numbers of all changes, file after file by its path; of a file the oldest change comes
        first where the commits were named newest first."""
        rank = np.empty(len(self.paths), dtype=np.int64)
        rank[[self.paths[path] for path in sorted(self.paths)]] = np.arange(len(self.paths))
        order: _I64 = np.lexsort((-_array(self.commit), rank[_array(self.path)]))
        return order


def read_changes(
    repository: Repository,
    shas: Sequence[str],
    progress: Progress,
    *,
    workers: int,
    paths: Sequence[str] = (),
) -> Changes:
    """The files each of these commits changes, in their order; only in ``paths`` (git's pathspecs),
    where some are named."""
    workers = max(1, min(workers, len(shas) // _FEWEST))
    ends = [len(shas) * number // workers for number in range(workers + 1)]
    parts = [Changes(len(shas[0]) // 2 if shas else 0) for _ in range(workers)]
    command = (*_RAW, "--", *paths) if paths else _RAW
    stop = Event()
    with ThreadPoolExecutor(max_workers=workers) as pool:
        jobs = [
            pool.submit(_read_share, repository, command, shas[first:last], first, part, stop)
            for (first, last), part in zip(itertools.pairwise(ends), parts, strict=True)
        ]
        finish_all(jobs, stop, progress, lambda: sum(part.commits_read for part in parts))
    whole, *others = parts
    for other in others:
        whole.extend(other)
    return whole


def _read_share(
    repository: Repository,
    command: Sequence[str],
    shas: Sequence[str],
    first: int,
    changes: Changes,
    stop: Event,
) -> None:
    for begin in range(0, len(shas), _MOST):
        some = shas[begin : begin + _MOST]
        with repository.stream(*command, stdin=("\n".join(some) + "\n").encode()) as out:
            for line in out:
                if line.startswith(b":"):
                    changes.add(first + changes.commits_read - 1, line[:-1])
                elif line.startswith(b"\x01"):
                    sha = line[1:-1].decode()
                    while shas[changes.commits_read] != sha:  # git is silent where nothing changed
                        changes.commits_read += 1
                    changes.commits_read += 1
                    if stop.is_set():
                        raise StoppedError


def _array(column: "array[int]") -> _I64:
    return np.array(column, dtype=np.int64)
