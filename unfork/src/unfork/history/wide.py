"""Diffs of a few commits with their context: what a pairwise look needs and the index leaves out."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from unfork.git import Repository
from unfork.history.stream import DiffReader

# The blocks of a change: one array of line hashes (context too) a file, by the file's path.
WideDiff = dict[str, NDArray[np.uint64]]

_DIFF = (
    "diff-tree", "--stdin", "--root", "-r", "-p", "-U3", "-M", "--no-color", "--no-ext-diff",
    "--no-textconv", "--src-prefix=a/", "--dst-prefix=b/", "--format=%x01%H",
)  # fmt: skip


def read_wide(repository: Repository, shas: Sequence[str]) -> dict[str, WideDiff]:
    """The three-line-context diff of each commit named, by its hash."""
    if not shas:
        return {}
    reader = DiffReader(context=True)
    with repository.stream(*_DIFF, stdin=("\n".join(shas) + "\n").encode()) as out:
        while block := out.read(1 << 20):
            reader.feed(block)
    parsed = reader.close()
    lines = np.concatenate(parsed.hashes) if parsed.hashes else np.empty(0, np.uint64)
    ends = [*parsed.file_start, parsed.lines][1:]
    wide: dict[str, WideDiff] = {sha: {} for sha in shas}  # git is silent about an empty commit
    for file, end in zip(parsed.files, ends, strict=True):
        wide[parsed.commits[file.commit].decode()][file.path] = lines[file.start : end]
    return wide
