"""How much of a patch a commit explains, and how much of a commit a patch is."""

import numpy as np

from unfork.history import Index
from unfork.matching.query import Query


def shared_lines(index: Index, query: Query, number: int) -> int:
    """Changed lines both have; a line counts as often as both have it. Blank lines never count."""
    starts = index.file_lines[index.commit_files[number : number + 2]].astype(np.int64)
    ours, our_counts = np.unique(query.lines, return_counts=True)
    theirs, their_counts = np.unique(index.lines[starts[0] : starts[1]], return_counts=True)
    _, mine, other = np.intersect1d(ours, theirs, assume_unique=True, return_indices=True)
    return int(np.minimum(our_counts[mine], their_counts[other]).sum())


def covering(index: Index, query: Query, number: int) -> float:
    """Share of a commit's changed lines that a patch has."""
    starts = index.file_lines[index.commit_files[number : number + 2]].astype(np.int64)
    size = int(starts[1] - starts[0])
    return shared_lines(index, query, number) / size if size else 0.0
