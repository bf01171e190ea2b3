"""Is a hunk in the target? What the two trees say, as numbers between 0 and 1.

A change shows in three ways: lines it adds are there, lines it removes are gone, and lines that it
parts or joins stand otherwise (pairs of neighbours). What the base had already, or lacked already,
tells nothing; without a base the hunk's own context and removed lines stand for it.
"""

from collections import Counter
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, fields
from itertools import pairwise
from math import log2
from typing import TypeVar

from unfork.applying import is_telling, squeeze
from unfork.comparing.files import Text, Tree
from unfork.model import ChangeKind, FileChange, Hunk, Patch

_Key = TypeVar("_Key", bound=Hashable)
_MANY = 32  # telling pieces from which more make no hunk surer
_NEAR = 1  # lines of context that count as the place


@dataclass(frozen=True, slots=True)
class HunkFeatures:
    """What is seen of one hunk. A share of nothing is 0 and its ``has_`` is 0 too."""

    added: float  # share of the new lines that the file in the target holds
    has_added: float
    joined: float  # share of the new pairs of neighbours that it holds
    has_joined: float
    gone: float  # share of the removed lines that it holds no longer
    has_gone: float
    parted: float  # share of the old pairs of neighbours that it holds no longer
    has_parted: float
    after: float  # the hunk's new side stands there with its context
    after_near: float  # with one line of context
    before: float  # the hunk's old side stands there with its context
    before_near: float
    file_gone: float  # the file it changes is not there
    file_new: float  # the hunk makes a file
    file_there: float  # a file it makes is there
    matter: float  # how much there is to see
    based: float  # there is a base to compare with


FEATURES = tuple(field.name for field in fields(HunkFeatures))


@dataclass(frozen=True, slots=True)
class Seen:
    """One hunk with what is seen of it."""

    path: str
    hunk: Hunk
    weight: int  # its changed lines that say something, at least 1
    features: HunkFeatures
    left: int  # of these, how many the target does not have as the hunk leaves them

    @property
    def is_missing(self) -> bool:
        """Whether the target is seen to lack it: the old code stands there."""
        seen = self.features
        return bool(seen.before or (seen.before_near and seen.has_gone and not seen.after_near))

    @property
    def is_judged(self) -> bool:
        """Whether there is anything to see. That a file is not there tells nothing: releases leave out
        tests, and notes on news that went into the changelog."""
        seen = self.features
        return not seen.file_gone and not (seen.file_new and not seen.file_there)


def see(patch: Patch, target: Tree, base: Tree | None) -> list[Seen]:
    """Every hunk of a patch."""
    return [_see(change, hunk, target, base) for change, hunk in _hunks(patch)]


def _hunks(patch: Patch) -> Iterator[tuple[FileChange, Hunk]]:
    for change in patch.files:
        for hunk in change.hunks:
            yield change, hunk


def _see(change: FileChange, hunk: Hunk, target: Tree, base: Tree | None) -> Seen:
    new, old = _side(hunk, b" +"), _side(hunk, b" -")
    added, removed = _changed(hunk, b"+"), _changed(hunk, b"-")
    there = target.text(change.new_path) or (target.text(change.old_path) if change.new_path else None)
    if change.new_path is None:
        there = target.text(change.old_path)
    now = there or Text(())
    before = _before(change, old, base)
    lines_in = _more(added, Counter(old) if base is None else before.counts)
    pairs_in = _more(Counter(pairwise(new)), Counter(pairwise(old)))
    pairs_out = _more(Counter(pairwise(old)), Counter(pairwise(new)))
    if base is not None:
        pairs_in = Counter({pair: n for pair, n in pairs_in.items() if not before.pairs[pair]})
        pairs_out = Counter({pair: n for pair, n in pairs_out.items() if before.pairs[pair]})
        removed = Counter({line: n for line, n in removed.items() if before.counts[line]})
    had = before.counts if base is not None else Counter[bytes]()
    found = _found(lines_in, now.counts, had)
    lost = sum(min(n, _lost(line, n, now.counts, had)) for line, n in removed.items())
    joined = _found(pairs_in, now.pairs, before.pairs if base is not None else Counter())
    parted = sum(n for pair, n in pairs_out.items() if not now.pairs[pair])
    if there is None and change.new_path is not None:
        # Nothing of the file is there: that lines are gone with it says nothing of the hunk.
        removed, pairs_out = Counter(), Counter()
        lost = parted = 0
    pieces = sum(lines_in.values()) + sum(removed.values())
    features = HunkFeatures(
        added=_share(found, lines_in),
        has_added=float(bool(lines_in)),
        joined=_share(joined, pairs_in),
        has_joined=float(bool(pairs_in)),
        gone=_share(lost, removed),
        has_gone=float(bool(removed)),
        parted=_share(parted, pairs_out),
        has_parted=float(bool(pairs_out)),
        after=float(now.holds(new)),
        after_near=float(now.holds(_core(hunk, b" +"))),
        before=float(_crosses(hunk) and now.holds(old)),
        before_near=float(_crosses(hunk) and now.holds(_core(hunk, b" -"))),
        file_gone=float(there is None and change.kind is not ChangeKind.ADD),
        file_new=float(change.old_path is None),
        file_there=float(there is not None and change.old_path is None),
        matter=log2(1 + min(_MANY, pieces)) / log2(1 + _MANY),
        based=float(base is not None),
    )
    weight = max(1, pieces)
    left = sum(lines_in.values()) - found + sum(removed.values()) - lost
    return Seen(change.path, hunk, weight, features, left)


def _before(change: FileChange, old: list[bytes], base: Tree | None) -> Text:
    """The file as it was, or what the hunk says of it."""
    if base is None:
        return Text(tuple(old))
    return base.text(change.old_path or change.new_path) or Text(())


def _side(hunk: Hunk, signs: bytes) -> list[bytes]:
    return [line for each in hunk.lines if each[0] in signs and (line := squeeze(each[1:]))]


def _crosses(hunk: Hunk) -> bool:
    """Whether the old side says anything: it holds removed lines, or what an addition parts. The old side
    of lines put at an end stands there afterwards too."""
    signs = [line[:1] for line in hunk.lines if line[:1] in (b" ", b"+", b"-")]
    return b"-" in signs or (signs[:1] == [b" "] and signs[-1:] == [b" "])


def _core(hunk: Hunk, signs: bytes) -> list[bytes]:
    """One side with only the nearest line of context at each end."""
    lines = [line for line in hunk.lines if line[:1] != b"\\" and squeeze(line[1:])]
    places = [at for at, line in enumerate(lines) if line[0] in b"+-"]
    if not places:
        return []
    inside = lines[max(0, places[0] - _NEAR) : places[-1] + _NEAR + 1]
    return [squeeze(line[1:]) for line in inside if line[0] in signs]


def _changed(hunk: Hunk, sign: bytes) -> Counter[bytes]:
    lines = (squeeze(line[1:]) for line in hunk.lines if line[:1] == sign)
    return Counter(line for line in lines if is_telling(line))


def _more(ours: Counter[_Key], theirs: Counter[_Key]) -> Counter[_Key]:
    """What is in the first more often than in the second."""
    return Counter({key: count for key, count in ours.items() if count > 0 and not theirs[key]})


def _found(wanted: Counter[_Key], now: Counter[_Key], had: Counter[_Key]) -> int:
    return sum(min(count, max(0, now[key] - had[key])) for key, count in wanted.items())


def _lost(line: bytes, count: int, now: Counter[bytes], had: Counter[bytes]) -> int:
    """How many of the removed occurrences are gone: all when the file has none, else by how much fewer."""
    if not now[line]:
        return count
    return max(0, had[line] - now[line]) if had else 0


def _share(part: int, whole: Counter[_Key]) -> float:
    total = sum(whole.values())
    return part / total if total else 0.0
