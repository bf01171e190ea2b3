"""The pairwise look: do two changes sit in the same surroundings?

Small changes of few, common words (a decorator added, a requirement raised) occur again and
again; what tells them apart is the code around them. Only the few best candidates are looked at.
"""

import numpy as np
from numpy.typing import NDArray

from unfork.history import WideDiff, hash_texts
from unfork.model import Patch


def wide_of_patch(patch: Patch) -> WideDiff:
    """A carried patch in the form ``read_wide`` gives for upstream commits."""
    parts = [
        [line for hunk in change.hunks for line in hunk.lines if not line.startswith(b"\\")]
        for change in patch.files
    ]
    lines, _ = hash_texts([line for part in parts for line in part])
    ends = np.cumsum([len(part) for part in parts])
    return {
        change.path: lines[end - len(part) : end]
        for change, part, end in zip(patch.files, parts, ends.tolist(), strict=True)
    }


def same_patch_id(ours: WideDiff, theirs: WideDiff) -> bool:
    """Whether ``git patch-id --stable`` would give both the same id: the same files with the same
    lines and context in the same order, white space aside. Changes without any line have none."""
    if not any(len(lines) for lines in ours.values()):
        return False
    return (
        bool(ours)
        and ours.keys() == theirs.keys()
        and all(np.array_equal(ours[path], theirs[path]) for path in ours)
    )


def shared_surroundings(ours: WideDiff, theirs: WideDiff) -> float:
    """Jaccard of all lines with context, changed lines included, over all files together."""
    mine, other = _all(ours), _all(theirs)
    union = len(np.union1d(mine, other))
    return len(np.intersect1d(mine, other)) / union if union else 0.0


def _all(wide: WideDiff) -> NDArray[np.uint64]:
    return np.unique(np.concatenate(list(wide.values()))) if wide else np.empty(0, np.uint64)
