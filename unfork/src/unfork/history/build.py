"""Build an index of upstream commits by streaming their diffs, and extend one by new commits."""

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from threading import Event

import numpy as np
from numpy.typing import NDArray

from unfork.git import Repository
from unfork.history.commits import CommitInfo, read_commits
from unfork.history.identifiers import subject_words
from unfork.history.index import NO_PATH, Index
from unfork.history.lines import hash_words
from unfork.history.stream import DiffReader, ParsedDiffs
from unfork.history.tokens import merge_sides
from unfork.progress import Progress

_I64 = NDArray[np.int64]

# The fewest commits a git process is given: each has to warm its cache of delta bases again.
_FEWEST = 500
_BLOCK = 1 << 19
# git's own default of 96 MB makes it unpack the same delta bases again and again: on nova
# 16.5 s against 10.4 s with 256 MB. Each worker has one, so this is what bounds our memory.
_CONFIG = {"core.deltaBaseCacheLimit": "128m", "core.bigFileThreshold": "16m"}
_DIFF = (
    "diff-tree", "--stdin", "--root", "-r", "-p", "-U0", "-M", "--full-index", "--no-color", "--no-ext-diff",
    "--no-textconv", "--src-prefix=a/", "--dst-prefix=b/", "--format=%x01%H",
)  # fmt: skip


def build_index(
    repository: Repository, shas: Sequence[str], progress: Progress, *, workers: int, old: Index | None = None
) -> Index:
    """Index the commits named, after those of ``old``; the repository is only read."""
    batches = list(_batches(shas, workers))
    progress.start("indexing upstream", len(shas))
    stop = Event()
    try:
        # The messages have a thread of their own: one more diff process would cost its memory.
        with ThreadPoolExecutor(max_workers=1) as beside, ThreadPoolExecutor(max_workers=workers) as pool:
            infos = beside.submit(lambda: list(read_commits(repository, shas)))
            readers = [DiffReader() for _ in batches]
            jobs = [
                pool.submit(_read_batch, repository, batch, reader, stop)
                for batch, reader in zip(batches, readers, strict=True)
            ]
            try:
                _wait(jobs, readers, progress)
                segments = [job.result() for job in jobs]
                described = infos.result()
            except BaseException:  # Ctrl-C too: the workers must end before we do
                stop.set()
                for job in jobs:
                    job.cancel()
                raise
    finally:
        progress.finish()
    return _assemble(old, described, segments)


def _batches(shas: Sequence[str], workers: int) -> Iterator[Sequence[str]]:
    """Long batches first and short ones last, so that git's caches pay and all workers end together
    (guided self-scheduling; Polychronopoulos and Kuck, 1987)."""
    at = 0
    while at < len(shas):
        size = max(_FEWEST, 2 * (len(shas) - at) // (3 * workers))
        yield shas[at : at + size]
        at += size


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


def _read_batch(repository: Repository, shas: Sequence[str], reader: DiffReader, stop: Event) -> ParsedDiffs:
    given = ("\n".join(shas) + "\n").encode()
    with repository.stream(*_DIFF, stdin=given, config=_CONFIG) as out:
        while block := out.read(_BLOCK):
            if stop.is_set():
                raise _StoppedError
            reader.feed(block)
    return reader.close()


def _assemble(old: Index | None, infos: list[CommitInfo], segments: list[ParsedDiffs]) -> Index:
    path_numbers: dict[str, int] = {path: n for n, path in enumerate(old.paths)} if old else {}
    commit_number = {info.sha: n for n, info in enumerate(infos)}
    file_count = np.zeros(len(infos), dtype=np.int64)
    file_path: list[int] = []
    file_old: list[int] = []
    file_size: list[int] = []
    for segment in segments:
        starts = [file.start for file in segment.files] + [segment.lines]
        numbers = [commit_number[sha.decode()] for sha in segment.commits]
        for number, file in enumerate(segment.files):
            file_path.append(path_numbers.setdefault(file.path, len(path_numbers)))
            old_path = file.old_path
            file_old.append(
                NO_PATH if old_path is None else path_numbers.setdefault(old_path, len(path_numbers))
            )
            file_size.append(starts[number + 1] - starts[number])
            file_count[numbers[file.commit]] += 1
    tokens, token_counts = _tokens(segments, commit_number)
    words = [subject_words(info.subject) for info in infos]
    lines = [block for segment in segments for block in segment.hashes]
    index = join(
        old,
        Index(
            lines=np.concatenate(lines) if lines else np.empty(0, np.uint64),
            rarity=np.empty(0, np.uint8),
            file_lines=_starts(np.asarray(file_size, dtype=np.int64)).astype(np.uint64),
            file_path=np.asarray(file_path, dtype=np.uint32),
            file_old_path=np.asarray(file_old, dtype=np.uint32),
            commit_files=_starts(file_count).astype(np.uint32),
            words=hash_words([word for subject in words for word in subject]),
            commit_words=_starts(np.asarray([len(each) for each in words], dtype=np.int64)).astype(np.uint32),
            tokens=tokens,
            commit_tokens=_starts(token_counts).astype(np.uint32),
            infos=infos,
            paths=list(path_numbers),
        ),
    )
    return with_rarity(index)


def _tokens(segments: list[ParsedDiffs], commit_number: dict[str, int]) -> tuple[NDArray[np.uint32], _I64]:
    """The tokens of all commits, each commit's sorted, and how many each has."""
    keys = []
    for segment in segments:
        numbers = np.array([commit_number[sha.decode()] for sha in segment.commits], dtype=np.uint64)
        for block in segment.tokens:
            tokens = block & np.uint64(0xFFFFFFFF)
            keys.append(numbers[block >> np.uint64(32)] << np.uint64(32) | tokens)
    merged = merge_sides(np.concatenate(keys)) if keys else np.empty(0, np.uint64)
    owners = (merged >> np.uint64(32)).astype(np.int64)
    return merged.astype(np.uint32), np.bincount(owners, minlength=len(commit_number))


def _starts(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each of some things of these sizes begins, and where the last one ends."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])


def join(old: Index | None, new: Index) -> Index:
    """The commits of ``old``, then those of ``new``, whose paths continue the table of ``old``."""
    if old is None:
        return new
    return Index(
        lines=np.concatenate([old.lines, new.lines]),
        rarity=new.rarity,
        file_lines=np.concatenate([old.file_lines[:-1], new.file_lines + old.file_lines[-1]]),
        file_path=np.concatenate([old.file_path, new.file_path]),
        file_old_path=np.concatenate([old.file_old_path, new.file_old_path]),
        commit_files=np.concatenate([old.commit_files[:-1], new.commit_files + old.commit_files[-1]]),
        words=np.concatenate([old.words, new.words]),
        commit_words=np.concatenate([old.commit_words[:-1], new.commit_words + old.commit_words[-1]]),
        tokens=np.concatenate([old.tokens, new.tokens]),
        commit_tokens=np.concatenate([old.commit_tokens[:-1], new.commit_tokens + old.commit_tokens[-1]]),
        infos=old.infos + new.infos,
        paths=new.paths,
    )


def with_rarity(index: Index) -> Index:
    """Count in how many commits each line occurs."""
    commits = np.repeat(np.arange(len(index), dtype=np.uint32), np.diff(index.commit_line_starts()))
    order = np.argsort(index.lines, kind="stable")  # lines of one commit stay together
    lines = index.lines[order]
    owner = commits[order]
    new_line = np.ones(len(lines), dtype=bool)
    new_line[1:] = lines[1:] != lines[:-1]
    new_owner = new_line.copy()
    new_owner[1:] |= owner[1:] != owner[:-1]
    group = np.cumsum(new_line) - 1
    frequency = np.bincount(group, weights=new_owner) if len(lines) else np.empty(0)
    scaled = np.minimum(255, np.rint(16 * np.log2(np.maximum(frequency, 1)))).astype(np.uint8)
    rarity = np.empty(len(lines), dtype=np.uint8)
    rarity[order] = scaled[group] if len(lines) else 0
    return Index(
        **{name: getattr(index, name) for name in Index.__slots__ if name != "rarity"}, rarity=rarity
    )


def select_commits(index: Index, numbers: NDArray[np.int64]) -> Index:
    """An index of these commits alone, in this order: what a line weighs must not depend on what
    else the cache happens to hold."""
    return with_rarity(cut_out(index, numbers))


def cut_out(index: Index, numbers: NDArray[np.int64]) -> Index:
    """``select_commits``, before the lines are counted."""
    files, file_counts = _spans(index.commit_files.astype(np.int64), numbers)
    lines, line_counts = _spans(index.file_lines.astype(np.int64), files)
    words, word_counts = _spans(index.commit_words.astype(np.int64), numbers)
    tokens, token_counts = _spans(index.commit_tokens.astype(np.int64), numbers)
    return Index(
        lines=index.lines[lines],
        rarity=index.rarity[:0],
        file_lines=_starts(line_counts).astype(np.uint64),
        file_path=index.file_path[files],
        file_old_path=index.file_old_path[files],
        commit_files=_starts(file_counts).astype(np.uint32),
        words=index.words[words],
        commit_words=_starts(word_counts).astype(np.uint32),
        tokens=index.tokens[tokens],
        commit_tokens=_starts(token_counts).astype(np.uint32),
        infos=[index.infos[number] for number in numbers.tolist()],
        paths=index.paths,
    )


def _spans(
    starts: NDArray[np.int64], numbers: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The places that belong to these numbers, span after span, and the length of each span."""
    counts = starts[numbers + 1] - starts[numbers]
    first = np.repeat(starts[numbers] - (np.cumsum(counts) - counts), counts)
    return first + np.arange(len(first)), counts


RAREST = 9.0  # weight of a line no other commit has: ln of 8,000, about the size the model knows


def idf(rarity: NDArray[np.uint8], commits: int) -> NDArray[np.float64]:
    """Weight of lines from their stored rarity: ln of commits over commits that have the line
    (inverse document frequency; Spärck Jones, 1972), on a scale where the rarest line weighs the
    same in a history of any size: in a small one fewer commits can be mistaken for each other."""
    whole = math.log(commits + 1)
    return np.maximum(whole - rarity.astype(np.float64) * (math.log(2) / 16), 0.01) * (RAREST / whole)
