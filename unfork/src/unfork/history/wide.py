"""Diffs of a few commits with their context: what a pairwise look needs and the index leaves out."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unfork.git import Repository
from unfork.history.names import path_of, unquote
from unfork.history.stream import Block, DiffReader

_FEWEST = 100  # commits a git process is given: each has to warm its cache of delta bases again
_MOST = 4  # processes at a time
# A larger cache saves little here, and these processes run beside two of Python.
_CONFIG = {"core.deltaBaseCacheLimit": "64m"}


@dataclass(frozen=True, slots=True, eq=False)
class WideFile:
    """What one file's hunks hold, hunk after hunk, context too."""

    lines: NDArray[np.uint64]  # hashes
    ink: NDArray[np.int64]  # bytes of each line that are not white space, the sign among them


WideDiff = dict[str, WideFile]  # by the file's path

_DIFF = (
    "diff-tree", "--stdin", "--root", "-r", "-p", "-U3", "-M", "--no-color", "--no-ext-diff",
    "--no-textconv", "--src-prefix=a/", "--dst-prefix=b/", "--format=%x01%H",
)  # fmt: skip


def read_wide(repository: Repository, shas: Sequence[str]) -> dict[str, WideDiff]:
    """The three-line-context diff of each commit named, by its hash; large requests by several git
    processes at a time."""
    workers = max(1, min(os.cpu_count() or 1, _MOST, len(shas) // _FEWEST))
    size = -(-len(shas) // workers)
    shares = [shas[at : at + size] for at in range(0, len(shas), size or 1)]
    with ThreadPoolExecutor(max_workers=workers) as pool:
        wide: dict[str, WideDiff] = {}
        for part in pool.map(lambda share: _read(repository, share), shares):
            wide |= part
    return wide


def _read(repository: Repository, shas: Sequence[str]) -> dict[str, WideDiff]:
    reader = WideReader()
    with repository.stream(*_DIFF, stdin=("\n".join(shas) + "\n").encode(), config=_CONFIG) as out:
        while block := out.read(1 << 20):
            reader.feed(block)
    reader.close()
    lines = np.concatenate(reader.hashes) if reader.hashes else np.empty(0, np.uint64)
    ink = np.concatenate(reader.ink) if reader.ink else np.empty(0, np.int64)
    ends = [*(file.start for file in reader.files), len(lines)][1:]
    wide: dict[str, WideDiff] = {sha: {} for sha in shas}  # git is silent about an empty commit
    for file, end in zip(reader.files, ends, strict=True):
        span = slice(file.start, end)
        wide[file.commit][file.path] = WideFile(lines[span], ink[span])
    return wide


@dataclass(slots=True)
class _File:
    commit: str
    path: str
    start: int  # number of its first line among all lines of the stream


class WideReader(DiffReader):
    """Keeps every line of a hunk."""

    def __init__(self) -> None:
        super().__init__()
        self.hashes: list[NDArray[np.uint64]] = []
        self.ink: list[NDArray[np.int64]] = []
        self.files: list[_File] = []
        self._commit = ""
        self._lines = 0

    def take(self, block: Block) -> None:
        """Keep the lines, and which file of which commit they are of."""
        numbers = (self._lines + np.searchsorted(block.changed, block.headers)).tolist()
        for (begin, end), number in zip(block.header_spans(), numbers, strict=True):
            line = block.data[begin:end]
            if line.startswith(b"diff --git "):
                self.files.append(_File(self._commit, path_of(line[11:]), number))
            elif line.startswith(b"\x01"):
                self._commit = line[1:].decode()
            elif line.startswith(b"rename to "):
                self.files[-1].path = unquote(line.removeprefix(b"rename to "))
        self.hashes.append(block.hashes[block.changed])
        self.ink.append(block.text.ink[block.changed])
        self._lines += len(block.changed)
