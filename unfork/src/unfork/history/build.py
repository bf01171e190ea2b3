"""Build an index of upstream commits by streaming their diffs, and extend one by new commits."""

import itertools
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Event, Lock

import numpy as np
from numpy.typing import NDArray

from unfork.git import Repository, Scratch
from unfork.history.arrays import join, spans, with_rarity
from unfork.history.changes import Changes, read_changes
from unfork.history.hashes import Hashes
from unfork.history.index import NO_PATH, Index
from unfork.history.messages import Messages, read_messages, starts_of
from unfork.history.pairs import PairReader, read_pairs
from unfork.history.tokens import merge_sides
from unfork.history.working import finish_all
from unfork.progress import Progress

_I64 = NDArray[np.int64]

_FEWEST = 1000  # changed files a git process is started for
_AT_ONCE = 300  # changed files a git process is given at a time, and it has two such portions to do
_LEAST = 5  # the same towards the end: what a process was given no other can take from it
_STEPS = 16  # of what is left of its stretch it is given this part


def build_index(
    repository: Repository,
    shas: Sequence[str],
    progress: Progress,
    *,
    workers: int,
    old: Index | None = None,
    paths: Sequence[str] = (),
) -> Index:
    """Index the commits named, newest first, after those of ``old``; the repository is only read.
    Of each commit only what it changes in ``paths`` (git's pathspecs), where some are named."""
    workers = max(1, workers)
    with ThreadPoolExecutor(max_workers=1) as beside:
        # The messages have a thread of their own: one more diff process would cost its memory.
        messages = beside.submit(read_messages, repository, shas)
        progress.start("listing what upstream changed", len(shas))
        try:
            changes = read_changes(repository, shas, progress, workers=workers, paths=paths)
        finally:
            progress.finish()
        progress.start("indexing upstream", len(changes))
        try:
            readers = _read_all(repository, changes, progress, workers)
        finally:
            progress.finish()
        described = messages.result()
    return _assemble(old, Hashes.of(shas), described, changes, readers)


def _read_all(repository: Repository, changes: Changes, progress: Progress, workers: int) -> list[PairReader]:
    """What each worker read of the changed files."""
    work = _Work(changes.by_file(), max(1, min(workers, len(changes) // _FEWEST)))
    owners = np.array(changes.commit, dtype=np.uint64)
    readers = [PairReader(owners) for _ in range(work.workers)]
    stop = Event()
    with (
        tempfile.TemporaryDirectory(prefix="unfork-trees-") as folder,
        ThreadPoolExecutor(max_workers=work.workers) as pool,
    ):
        private = repository.with_scratch(Scratch(Path(folder) / "index", Path(folder)))
        jobs = [
            pool.submit(read_pairs, private, changes, partial(work.take, number), reader, stop)
            for number, reader in enumerate(readers)
        ]
        finish_all(jobs, stop, progress, lambda: sum(len(reader.pair) for reader in readers))
    return readers


class _Work:
    """Changed files for several workers. Each has a stretch of its own, as neighbours have most in
    common; who is done with it takes half of the longest that is left."""

    def __init__(self, numbers: _I64, workers: int) -> None:
        self.workers = workers
        self._numbers = numbers
        ends = [len(numbers) * number // workers for number in range(workers + 1)]
        self._stretches = [list(pair) for pair in itertools.pairwise(ends)]
        self._lock = Lock()

    def take(self, worker: int) -> list[int]:
        """The next changed files for a worker; none when all are taken."""
        with self._lock:
            mine = self._stretches[worker]
            if mine[0] == mine[1]:
                most = max(self._stretches, key=lambda stretch: stretch[1] - stretch[0])
                mine[:] = [most[1] - (most[1] - most[0]) // 2, most[1]]
                most[1] = mine[0]
            size = min(_AT_ONCE, max(_LEAST, (mine[1] - mine[0]) // _STEPS))
            begin, mine[0] = mine[0], min(mine[1], mine[0] + size)
            taken: list[int] = self._numbers[begin : mine[0]].tolist()
            return taken


def _assemble(
    old: Index | None, shas: Hashes, messages: Messages, changes: Changes, readers: Sequence[PairReader]
) -> Index:
    """The index of ``old`` and these commits, in this order, whoever read which of their files."""
    path_numbers: dict[str, int] = {path: n for n, path in enumerate(old.paths)} if old else {}
    table = np.array([path_numbers.setdefault(path, len(path_numbers)) for path in changes.paths] + [NO_PATH])
    pair = _joined([np.array(reader.pair, dtype=np.int64) for reader in readers])
    size = _joined([_sizes(reader) for reader in readers])
    lines = np.concatenate([np.empty(0, np.uint64), *(part for reader in readers for part in reader.hashes)])
    gathered, _ = spans(starts_of(size), np.argsort(pair, kind="stable"))
    sizes = np.bincount(pair, weights=size, minlength=len(changes)).astype(np.int64)
    tokens = merge_sides(
        np.concatenate([np.empty(0, np.uint64), *(part for reader in readers for part in reader.tokens)])
    )
    having = (tokens >> np.uint64(32)).astype(np.int64)
    index = Index(
        lines=lines[gathered],
        rarity=np.empty(0, np.uint8),
        file_lines=starts_of(sizes).astype(np.uint64),
        file_path=table[np.array(changes.path, dtype=np.int64)].astype(np.uint32),
        file_old_path=table[np.minimum(np.array(changes.old_path, dtype=np.int64), len(table) - 1)].astype(
            np.uint32
        ),
        commit_files=starts_of(np.bincount(changes.commit, minlength=len(shas))).astype(np.uint32),
        words=messages.words,
        commit_words=messages.commit_words.astype(np.uint32),
        tokens=tokens.astype(np.uint32),
        commit_tokens=starts_of(np.bincount(having, minlength=len(shas))).astype(np.uint32),
        subjects=messages.subjects,
        ids=messages.ids,
        commit_ids=messages.commit_ids.astype(np.uint32),
        reverting=messages.reverting,
        shas=shas,
        infos=messages.infos,
        paths=list(path_numbers),
    )
    return with_rarity(join(old, index))


def _sizes(reader: PairReader) -> _I64:
    starts = np.array([*reader.start, reader.lines], dtype=np.int64)
    return starts[1:] - starts[:-1]


def _joined(parts: Sequence[_I64]) -> _I64:
    return np.concatenate(parts) if parts else np.empty(0, np.int64)
