"""The changed lines of each patch of a series as numbers, net of what a patch only moves or indents."""

import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from unfork.history import ADDED, hash_texts
from unfork.model import Patch


class Line(NamedTuple):
    """One changed line."""

    key: int  # of its text without white space and its file's name without folders
    added: bool
    weight: float  # 0..1, by its length
    run: int  # changed lines with no context between them are one run


@dataclass(frozen=True, slots=True)
class PatchLines:
    """A patch's changed lines; lines that it takes away here and adds there are left out."""

    lines: tuple[Line, ...]
    counts: Counter[tuple[int, bool]]
    total: float  # weight of all lines
    run_weight: dict[int, float]
    run_removed: dict[int, float]  # of these the lines that are taken away


def lines_of_series(patches: Sequence[Patch], long: int) -> list[PatchLines]:
    """The lines of every patch; ``long`` is the length from which a line weighs 1."""
    texts: list[bytes] = []
    places: list[tuple[int, int, bool, int]] = []  # patch, salt of the file, added, run
    run = 0
    for number, patch in enumerate(patches):
        for change in patch.files:
            # Folders are left out: a port to another release finds its files in other places.
            salt = zlib.crc32(change.path.rsplit("/", 1)[-1].encode("utf-8", "surrogateescape")) << 20
            for hunk in change.hunks:
                run += 1
                for line in hunk.lines:
                    sign = line[:1]
                    if sign in (b"+", b"-"):
                        texts.append(line[1:])
                        places.append((number, salt, sign == b"+", run))
                    elif sign != b"\\":
                        run += 1
    # One call for the whole series: a hash costs little, a call much.
    hashes, ink = hash_texts(texts)
    # The lowest bit of a hash tells added lines apart, by a first byte that is gone here.
    keys = (hashes | ADDED).tolist()
    found: list[list[Line]] = [[] for _ in patches]
    for (number, salt, added, at), key, size in zip(places, keys, ink.tolist(), strict=True):
        if size:
            found[number].append(Line(key ^ salt, added, min(size, long) / long, at))
    return [_net(lines) for lines in found]


def _net(lines: Sequence[Line]) -> PatchLines:
    counts = Counter((line.key, line.added) for line in lines)
    spare: dict[tuple[int, bool], int] = {}
    for (key, added), number in counts.items():
        other = counts.get((key, not added), 0)
        if other:
            spare[key, added] = min(number, other)
    kept = []
    runs: dict[int, float] = {}
    removed: dict[int, float] = {}
    for line in lines:
        key, added, weight, run = line
        if spare and spare.get((key, added), 0):
            spare[key, added] -= 1
            counts[key, added] -= 1
            continue
        kept.append(line)
        runs[run] = runs.get(run, 0.0) + weight
        if not added:
            removed[run] = removed.get(run, 0.0) + weight
    return PatchLines(
        lines=tuple(kept),
        counts=+counts,
        total=sum(runs.values()),
        run_weight=runs,
        run_removed=removed,
    )
