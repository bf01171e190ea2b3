"""Make carried patches whose upstream commits are known out of backports: damaged, joined, cut.

The operations are those people do to patches (drop lines, add foreign ones, reword the subject,
squash several into one, take a piece), by amounts drawn with a fixed seed and without asking the
matcher how alike anything is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from unfork.history import WideDiff, hash_words, subject_words
from unfork.matching import Query, Truth

MOVED = 0.1  # share of the made patches whose files have other names


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A patch that was made, and the upstream commits that are in it."""

    kind: str
    query: Query
    wide: WideDiff
    parts: tuple[frozenset[int], ...]  # for each original the commits that count as it

    @property
    def relatives(self) -> frozenset[int]:
        """Every commit that may rightly be named."""
        return frozenset().union(*self.parts)


def plain(truth: Truth, *, message: bool) -> list[Made]:
    """The backports as they are."""
    return [
        Made("plain", query, wide, (row.relatives,))
        for row, query, wide in zip(truth.rows, truth.queries(message=message), truth.wide, strict=True)
    ]


def damaged(made: Sequence[Made], rng: np.random.Generator) -> list[Made]:
    """Each with lines lost and foreign lines added, often another subject and author."""
    return [_damage(each, made[int(rng.integers(len(made)))], rng) for each in made]


def _damage(made: Made, stranger: Made, rng: np.random.Generator) -> Made:
    query, other = made.query, stranger.query
    keep = rng.random(len(query.lines)) < rng.uniform(0.4, 1.0)
    foreign = other.lines[rng.random(len(other.lines)) < rng.uniform(0, 0.6)][: len(query.lines)]
    lost = set(query.lines[~keep].tolist())
    surrounding = rng.uniform(0.3, 1.0)
    wide = {
        path: np.array(
            [each for each in block.tolist() if each not in lost and rng.random() < surrounding],
            dtype=np.uint64,
        )
        for path, block in made.wide.items()
    }
    changed = replace(
        query,
        lines=np.concatenate([query.lines[keep], foreign]),
        line_paths=np.concatenate([query.line_paths[keep], np.zeros(len(foreign), dtype=np.int64)]),
    )
    chance = rng.random()
    if query.subject and chance < 0.4:
        changed = replace(changed, subject=other.subject, words=other.words)
    elif chance < 0.7:
        changed = _shorten(changed, rng)
    if query.author and rng.random() < 0.5:
        changed = replace(changed, author=other.author, email=other.email)
    return Made("damaged", _move(changed, other, rng), wide, made.parts)


def joined(made: Sequence[Made], rng: np.random.Generator) -> list[Made]:
    """Squashes of two to four that lie near each other in history; the message is that of one."""
    answers = []
    for place in range(len(made)):
        count = int(rng.integers(2, 5))
        places = {place}
        while len(places) < min(count, len(made)):
            places.add(int(np.clip(place + rng.integers(-30, 31), 0, len(made) - 1)))
        parts = [made[each] for each in sorted(places)]
        query = _join([each.query for each in parts], parts[int(rng.integers(len(parts)))].query)
        stranger = made[int(rng.integers(len(made)))].query
        parted = tuple(part for each in parts for part in each.parts)
        answers.append(Made("split", _reword(query, stranger, rng), {}, parted))
    return answers


def mixed(made: Sequence[Made], rng: np.random.Generator) -> list[Made]:
    """Some of one, with lines that never went upstream, or with a piece of another that did."""
    answers = []
    for each in made:
        stranger = made[int(rng.integers(len(made)))]
        ours = _piece(each.query, rng, 0.2, 1.0)
        other = _piece(stranger.query, rng, 0.15, 1.0)
        parts = (*each.parts, *stranger.parts)
        if rng.random() < 0.6:  # the vendor's own code
            unheard = rng.integers(1, 2**63, size=len(other.lines), dtype=np.uint64)
            other, parts = replace(other, lines=unheard), each.parts
        query = _reword(_join([ours, other], each.query), stranger.query, rng)
        answers.append(Made("mixed", query, {}, parts))
    return answers


def pieces(made: Sequence[Made], rng: np.random.Generator) -> list[Made]:
    """A stretch of one: the larger upstream commit holds the patch and more."""
    answers = []
    for each in made:
        stranger = made[int(rng.integers(len(made)))].query
        query = _reword(_piece(each.query, rng, 0.05, 0.8), stranger, rng)
        answers.append(Made("piece", query, {}, each.parts))
    return answers


def _join(queries: Sequence[Query], named: Query) -> Query:
    offsets = np.cumsum([0, *(len(query.paths) for query in queries)])
    return replace(
        named,
        lines=np.concatenate([query.lines for query in queries]),
        line_paths=np.concatenate(
            [query.line_paths + offset for query, offset in zip(queries, offsets, strict=False)]
        ),
        paths=tuple(path for query in queries for path in query.paths),
    )


def _piece(query: Query, rng: np.random.Generator, low: float, high: float) -> Query:
    count = len(query.lines)
    if count < 4:
        return query
    size = max(3, int(count * rng.uniform(low, high)))
    start = int(rng.integers(0, count - size + 1))
    part = slice(start, start + size)
    return replace(query, lines=query.lines[part], line_paths=query.line_paths[part])


def _move(query: Query, stranger: Query, rng: np.random.Generator) -> Query:
    """Now and then in files of other names: upstream moved the code, or the vendor did."""
    if rng.random() >= MOVED or not stranger.paths:
        return query
    paths = tuple(stranger.paths[place % len(stranger.paths)] for place in range(len(query.paths)))
    return replace(query, paths=paths)


def _reword(query: Query, stranger: Query, rng: np.random.Generator) -> Query:
    """The vendor's own subject, or the one it had in fewer words, or none, or just that."""
    chance = rng.random()
    if chance < 0.2:
        query = _shorten(query, rng)
    elif chance < 0.5:
        query = replace(query, subject=stranger.subject, words=stranger.words)
        if rng.random() < 0.5:
            query = replace(query, author=stranger.author, email=stranger.email)
    elif chance < 0.7:
        query = replace(query, subject="", words=query.words[:0])
    return _move(query, stranger, rng)


def _shorten(query: Query, rng: np.random.Generator) -> Query:
    """The subject without a few of its words."""
    kept = " ".join(word for word in query.subject.split() if rng.random() < 0.75)
    return replace(query, subject=kept, words=hash_words(subject_words(kept)))
