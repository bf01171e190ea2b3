"""The pairwise look: do two changes sit in the same surroundings?

Small changes of few, common words (a decorator added, a requirement raised) occur again and
again; what tells them apart is the code around them. Only the few best candidates are looked at.
"""

import numpy as np
from numpy.typing import NDArray

from unfork.history import WideDiff, WideFile, among, hash_texts
from unfork.matching.settings import Search
from unfork.model import Patch


def wide_of_patch(patch: Patch) -> WideDiff:
    """A carried patch in the form ``read_wide`` gives for upstream commits."""
    parts = [
        [line for hunk in change.hunks for line in hunk.lines if not line.startswith(b"\\")]
        for change in patch.files
    ]
    lines, ink = hash_texts([line for part in parts for line in part])
    ends = np.cumsum([len(part) for part in parts])
    return {
        change.path: WideFile(lines[end - len(part) : end], ink[end - len(part) : end])
        for change, part, end in zip(patch.files, parts, ends.tolist(), strict=True)
    }


def same_patch_id(ours: WideDiff, theirs: WideDiff) -> bool:
    """Whether ``git patch-id --stable`` would give both the same id: the same files with the same
    lines and context in the same order, white space aside. Changes without any line have none."""
    if is_blank(ours):
        return False
    return (
        bool(ours)
        and ours.keys() == theirs.keys()
        and all(np.array_equal(ours[path].lines, theirs[path].lines) for path in ours)
    )


def shared_surroundings(ours: WideDiff, theirs: WideDiff) -> float:
    """Jaccard of all lines with context, changed lines included, over all files together."""
    mine, other = _all(ours), _all(theirs)
    union = len(np.union1d(mine, other))
    return len(np.intersect1d(mine, other)) / union if union else 0.0


def _all(wide: WideDiff) -> NDArray[np.uint64]:
    return (
        np.unique(np.concatenate([each.lines for each in wide.values()])) if wide else np.empty(0, np.uint64)
    )


def is_blank(wide: WideDiff) -> bool:
    """Whether a change has no line at all: modes and binary contents have no context either."""
    return not any(len(each.lines) for each in wide.values())


def anchored_lines(
    ours: WideDiff, theirs: WideDiff, shared: NDArray[np.uint64], search: Search
) -> NDArray[np.uint64]:
    """Which of the changed lines two changes share (sorted) stand in the same place of both.

    A line does when near it both have the same line that neither of them shares as a change, and
    that says something: ``return`` and ``}`` stand everywhere. What stands in one piece with such a
    line does too. The files may have other names.
    """
    if not len(shared):
        return shared
    known = set(shared.tolist())
    beside: dict[int, set[int]] = {}
    for file in theirs.values():
        for place, line in _places(file, shared):
            beside.setdefault(line, set()).update(_near(file, place, known, search))
    found: set[int] = set()
    for file in ours.values():
        piece: list[int] = []
        held = False
        last = -2
        for place, line in _places(file, shared):
            if place != last + 1:
                found.update(piece if held else ())
                piece, held = [], False
            piece.append(line)
            last = place
            near = beside.get(line)
            held = held or (near is not None and not near.isdisjoint(_near(file, place, known, search)))
        found.update(piece if held else ())
    return np.array(sorted(found), dtype=np.uint64)


def _places(file: WideFile, shared: NDArray[np.uint64]) -> list[tuple[int, int]]:
    """Where a file's diff has shared lines (sorted), and which."""
    places = np.flatnonzero(among(file.lines, shared))
    return list(zip(places.tolist(), file.lines[places].tolist(), strict=True))


def _near(file: WideFile, place: int, shared: set[int], search: Search) -> list[int]:
    """The lines near a place that say something and are not shared changes themselves."""
    near = slice(max(0, place - search.near), place + search.near + 1)
    lines, ink = file.lines[near].tolist(), file.ink[near].tolist()
    return [
        line for line, size in zip(lines, ink, strict=True) if size >= search.telling and line not in shared
    ]
