"""Copies of the same commits in several repositories: one was split out of another, with its past.

Tools that split a repository (``git filter-branch``, ``git filter-repo``, ``git subtree split``) keep
author, date and message, and of a change what lies in the part that was split out.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from unfork.history.index import Index

# Of the lines of the smaller of two: a copy has a part of its original's, but where a file moved
# into the part that was split out, the copy adds all of it.
_ALIKE = 0.5

Place = tuple[int, int]  # number of a history, and the place of a commit in what is searched of it


def find_copies(histories: Sequence[Index]) -> dict[Place, Place]:
    """The commits that an earlier history has too, each with its original there: same author, time
    and subject, and the lines do not say otherwise. Within one history there are no
    copies."""
    originals: dict[tuple[str, int, str], list[Place]] = {}
    copies: dict[Place, Place] = {}
    for at, index in enumerate(histories):
        own: dict[tuple[str, int, str], list[Place]] = {}
        for place, info in enumerate(index.infos):
            key = (info.email, info.author_time, info.subject)
            for other in originals.get(key, ()):
                if _alike(_lines(index, place), _lines(histories[other[0]], other[1])):
                    copies[at, place] = other
                    break
            else:
                own.setdefault(key, []).append((at, place))
        for key, places in own.items():
            originals.setdefault(key, []).extend(places)
    return copies


def _lines(index: Index, number: int) -> NDArray[np.uint64]:
    first, last = index.file_lines[index.commit_files[number : number + 2]].tolist()
    return np.unique(index.lines[first:last])


def _alike(ours: NDArray[np.uint64], theirs: NDArray[np.uint64]) -> bool:
    smaller = min(len(ours), len(theirs))
    return len(np.intersect1d(ours, theirs, assume_unique=True)) >= _ALIKE * smaller
