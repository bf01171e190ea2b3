"""Build an index of upstream commits by streaming their diffs, and extend one by new commits."""

import itertools
from array import array
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from threading import Event, Lock

import numpy as np
from numpy.typing import NDArray

from unfork.git import Dialogue, Repository
from unfork.history.arrays import join, spans, with_rarity
from unfork.history.hashes import Hashes
from unfork.history.index import NO_PATH, Index
from unfork.history.messages import Messages, read_messages, starts_of
from unfork.history.stream import MARK, DiffReader, ParsedDiffs
from unfork.history.tokens import merge_sides
from unfork.progress import Progress

_I64 = NDArray[np.int64]

# The fewest commits a git process is started for: each has to warm its cache of delta bases.
_FEWEST = 250
_AT_ONCE = 40  # commits a git process is given at a time, and it has two such portions to do
_PORTIONS = 250  # and so many before it is replaced: it keeps every message it has read
_BLOCK = 1 << 18
# Each worker has a cache of delta bases, so this is what bounds our memory: on nova's 7,602 commits
# 128 MB take a tenth less CPU and 50 MB more over all processes, which is more than 700 MB then.
_CONFIG = {"core.deltaBaseCacheLimit": "96m", "core.bigFileThreshold": "16m"}
_DIFF = (
    "diff-tree", "--stdin", "--root", "-r", "-p", "-U0", "-M", "--full-index", "--no-color", "--no-ext-diff",
    "--no-textconv", "--src-prefix=a/", "--dst-prefix=b/", "--format=%x01%H",
)  # fmt: skip


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
    # The oldest first: git then finds more of what it unpacked before (a tenth less of its time).
    work = _Work(shas[::-1], max(1, min(workers, len(shas) // _FEWEST)))
    progress.start("indexing upstream", len(shas))
    stop = Event()
    try:
        # The messages have a thread of their own: one more diff process would cost its memory.
        with (
            ThreadPoolExecutor(max_workers=1) as beside,
            ThreadPoolExecutor(max_workers=work.workers) as pool,
        ):
            messages = beside.submit(read_messages, repository, shas)
            readers = [DiffReader() for _ in range(work.workers)]
            command = (*_DIFF, "--", *paths) if paths else _DIFF
            jobs = [
                pool.submit(_read_share, repository, command, work, number, reader, stop)
                for number, reader in enumerate(readers)
            ]
            try:
                _wait(jobs, readers, progress)
                segments = [job.result() for job in jobs]
                described = messages.result()
            except BaseException:  # Ctrl-C too: the workers must end before we do
                stop.set()
                raise
    finally:
        progress.finish()
    return _assemble(old, Hashes.of(shas), described, segments)


class _Work:
    """Commits for several workers. Each has a stretch of its own, as neighbours in history have most
    in common; who is done with it takes half of the longest that is left."""

    def __init__(self, shas: Sequence[str], workers: int) -> None:
        self.workers = workers
        self._shas = shas
        ends = [len(shas) * number // workers for number in range(workers + 1)]
        self._stretches = [list(pair) for pair in itertools.pairwise(ends)]
        self._lock = Lock()

    def take(self, worker: int) -> Sequence[str]:
        """The next commits for a worker; none when all are taken."""
        with self._lock:
            mine = self._stretches[worker]
            if mine[0] == mine[1]:
                most = max(self._stretches, key=lambda stretch: stretch[1] - stretch[0])
                mine[:] = [most[1] - (most[1] - most[0]) // 2, most[1]]
                most[1] = mine[0]
            begin, mine[0] = mine[0], min(mine[1], mine[0] + _AT_ONCE)
            return self._shas[begin : mine[0]]


def _wait(jobs: list["Future[ParsedDiffs]"], readers: list[DiffReader], progress: Progress) -> None:
    told = 0
    pending = set(jobs)
    while pending:
        done, pending = wait(pending, timeout=0.2, return_when=FIRST_COMPLETED)
        for job in done:
            job.result()  # the first failure ends the build
        seen = sum(len(reader.parsed.commits) for reader in readers)
        progress.advance(seen - told)
        told = seen


class _StoppedError(Exception):
    """Another worker failed or the user pressed Ctrl-C."""


def _read_share(
    repository: Repository,
    command: Sequence[str],
    work: _Work,
    worker: int,
    reader: DiffReader,
    stop: Event,
) -> ParsedDiffs:
    """What one git process says of the commits this worker gets. It has two portions at a time, so
    that it need not wait for us; what it was given is answered when the mark behind it comes back."""
    while shas := work.take(worker):
        given = reader.parsed.marks
        most = given + _PORTIONS
        with repository.dialogue(*command, config=_CONFIG) as git:
            while True:
                while shas and given < min(most, reader.parsed.marks + 2):
                    git.say("\n".join(shas).encode() + b"\n" + MARK)
                    given += 1
                    shas = work.take(worker) if given < most else ()
                if given == reader.parsed.marks:
                    git.end()
                block = _block(git)
                if not block:
                    break
                if stop.is_set():
                    raise _StoppedError
                reader.feed(block)
    return reader.close()


def _block(git: Dialogue) -> bytes:
    """What git says, up to a mark or as much as is worth reading at once; nothing at its end."""
    block = bytearray()
    while len(block) < _BLOCK and not block.endswith(MARK):
        part = git.hear()
        if not part:
            break
        block += part
    return bytes(block)


def _assemble(old: Index | None, shas: Hashes, messages: Messages, segments: Sequence[ParsedDiffs]) -> Index:
    """The index of ``old`` and these commits, in this order, whoever read which of them."""
    path_numbers: dict[str, int] = {path: n for n, path in enumerate(old.paths)} if old else {}
    commit_of, path, old_path, size, keys = [], [], [], [], []
    for segment in segments:
        table = _numbered(segment, path_numbers)
        numbers = shas.places_of(Hashes.of(sha.decode() for sha in segment.commits))
        keys += [_numbered_tokens(block, numbers) for block in segment.tokens]
        commit_of.append(numbers[_array(segment.file_commit)])
        path.append(table[_array(segment.file_path)])
        old_path.append(table[np.minimum(_array(segment.file_old_path), len(table) - 1)])
        size.append(np.diff(_array(segment.file_start), append=segment.lines))
    lines = [block for segment in segments for block in segment.hashes]
    tokens = merge_sides(np.concatenate(keys)) if keys else np.empty(0, np.uint64)
    having = (tokens >> np.uint64(32)).astype(np.int64)
    owner = _joined(commit_of)
    order = np.argsort(owner, kind="stable")
    gathered, sizes = spans(starts_of(_joined(size)), order)
    index = Index(
        lines=np.concatenate(lines)[gathered] if lines else np.empty(0, np.uint64),
        rarity=np.empty(0, np.uint8),
        file_lines=starts_of(sizes).astype(np.uint64),
        file_path=_joined(path)[order].astype(np.uint32),
        file_old_path=_joined(old_path)[order].astype(np.uint32),
        commit_files=starts_of(np.bincount(owner, minlength=len(shas))).astype(np.uint32),
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


def _numbered_tokens(block: NDArray[np.uint64], numbers: _I64) -> NDArray[np.uint64]:
    """Tokens of a segment under the numbers their commits have in the index."""
    commits = numbers.astype(np.uint64)[block >> np.uint64(32)]
    keys: NDArray[np.uint64] = commits << np.uint64(32) | (block & np.uint64(0xFFFFFFFF))
    return keys


def _numbered(segment: ParsedDiffs, numbers: dict[str, int]) -> _I64:
    """The number in the whole table of each path of a segment; the last one is that of none."""
    used = np.zeros(len(segment.paths), dtype=bool)  # a rename is first read as a path that is none
    for column in (segment.file_path, segment.file_old_path):
        named = _array(column)
        used[named[named != NO_PATH]] = True
    table = [
        numbers.setdefault(name, len(numbers)) if is_used else NO_PATH
        for name, is_used in zip(segment.paths, used.tolist(), strict=True)
    ]
    return np.array([*table, NO_PATH], dtype=np.int64)


def _array(column: "array[int]") -> _I64:
    return np.array(column, dtype=np.int64)


def _joined(parts: Sequence[_I64]) -> _I64:
    return np.concatenate(parts) if parts else np.empty(0, np.int64)
