"""Cut, join and count indexes: what is done to whole arrays of commits."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unfork.history.index import Index
from unfork.history.messages import starts_of

_I64 = NDArray[np.int64]
_AT_ONCE = 1 << 20  # lines that are sorted together: more at a time are slower a line, and need room


def join(old: Index | None, new: Index) -> Index:
    """The commits of ``old``, then those of ``new``, whose paths continue the table of ``old``."""
    if old is None:
        return new
    return Index(
        lines=np.concatenate([old.lines, new.lines]),
        rarity=new.rarity,
        file_lines=_go_on(old.file_lines, new.file_lines),
        file_path=np.concatenate([old.file_path, new.file_path]),
        file_old_path=np.concatenate([old.file_old_path, new.file_old_path]),
        commit_files=_go_on(old.commit_files, new.commit_files),
        words=np.concatenate([old.words, new.words]),
        commit_words=_go_on(old.commit_words, new.commit_words),
        tokens=np.concatenate([old.tokens, new.tokens]),
        commit_tokens=_go_on(old.commit_tokens, new.commit_tokens),
        subjects=np.concatenate([old.subjects, new.subjects]),
        ids=np.concatenate([old.ids, new.ids]),
        commit_ids=_go_on(old.commit_ids, new.commit_ids),
        reverting=np.concatenate([old.reverting, new.reverting]),
        shas=old.shas + new.shas,
        infos=old.infos + new.infos,
        paths=new.paths,
    )


def _go_on(old: NDArray[Any], new: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate([old[:-1], new + old[-1]])


def with_rarity(index: Index) -> Index:
    """Count in how many commits each line occurs; some lines at a time, by their highest bits."""
    commits = np.repeat(np.arange(len(index), dtype=np.uint32), np.diff(index.commit_line_starts()))
    rarity = np.empty(len(commits), dtype=np.uint8)
    bits = max(0, (len(commits) // _AT_ONCE).bit_length())
    parts = (index.lines >> np.uint64(64 - bits)).astype(np.uint16) if bits else np.zeros(1, np.uint16)
    for part in range(1 << bits):
        places = np.flatnonzero(parts == part) if bits else np.arange(len(commits))
        rarity[places] = _rarity(index.lines[places], commits[places])
    return replace(index, rarity=rarity)


def _rarity(lines: NDArray[np.uint64], commits: NDArray[np.uint32]) -> NDArray[np.uint8]:
    order = np.argsort(lines, kind="stable")  # lines of one commit stay together
    lines, owner = lines[order], commits[order]
    new_line = np.ones(len(lines), dtype=bool)
    new_line[1:] = lines[1:] != lines[:-1]
    new_owner = new_line.copy()
    new_owner[1:] |= owner[1:] != owner[:-1]
    group = np.cumsum(new_line) - 1
    frequency = np.bincount(group, weights=new_owner)
    scaled = np.minimum(255, np.rint(16 * np.log2(np.maximum(frequency, 1)))).astype(np.uint8)
    rarity = np.empty(len(lines), dtype=np.uint8)
    rarity[order] = scaled[group]
    return rarity


def select_commits(index: Index, numbers: _I64) -> Index:
    """An index of these commits alone, in this order: what a line weighs must not depend on what
    else the cache happens to hold."""
    return with_rarity(cut_out(index, numbers))


def cut_out(index: Index, numbers: _I64) -> Index:
    """``select_commits``, before the lines are counted."""
    files, file_counts = spans(index.commit_files.astype(np.int64), numbers)
    lines, line_counts = spans(index.file_lines.astype(np.int64), files)
    words, word_counts = spans(index.commit_words.astype(np.int64), numbers)
    tokens, token_counts = spans(index.commit_tokens.astype(np.int64), numbers)
    ids, id_counts = spans(index.commit_ids.astype(np.int64), numbers)
    return Index(
        lines=index.lines[lines],
        rarity=index.rarity[:0],
        file_lines=starts_of(line_counts).astype(np.uint64),
        file_path=index.file_path[files],
        file_old_path=index.file_old_path[files],
        commit_files=starts_of(file_counts).astype(np.uint32),
        words=index.words[words],
        commit_words=starts_of(word_counts).astype(np.uint32),
        tokens=index.tokens[tokens],
        commit_tokens=starts_of(token_counts).astype(np.uint32),
        subjects=index.subjects[numbers],
        ids=index.ids[ids],
        commit_ids=starts_of(id_counts).astype(np.uint32),
        reverting=index.reverting[numbers],
        shas=index.shas.select(numbers),
        infos=index.infos.select(numbers),
        paths=index.paths,
    )


def spans(starts: _I64, numbers: _I64) -> tuple[_I64, _I64]:
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
