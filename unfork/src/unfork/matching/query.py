"""What a patch is looked up by: its changed lines as hashes, its files, and what its message says."""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from unfork.history import (
    Index,
    hash_texts,
    hash_words,
    header_changes,
    identifiers,
    merge_sides,
    subject_words,
    tokens_by_line,
)
from unfork.model import Hunk, Patch


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """One change, be it a carried patch or (in an evaluation) an upstream commit."""

    lines: NDArray[np.uint64]  # hash of each changed line that is not blank
    line_paths: NDArray[np.int64]  # the place in ``paths`` of each line's file
    tokens: NDArray[np.uint32]  # names in the changed lines, as an index has them
    paths: tuple[str, ...]
    subject: str  # empty when unknown
    words: NDArray[np.uint64]
    author: str
    email: str
    ids: tuple[str, ...]
    hashes: tuple[str, ...] = ()  # anything in the message that looks like a commit hash
    message: str = ""  # its body, where known
    header_only: bool = False  # it changes modes and binary contents alone
    pieces: NDArray[np.int64] | None = None  # which run of changed lines each is in, where known
    named: tuple[NDArray[np.int64], NDArray[np.uint64]] | None = (
        None  # places in ``lines`` and the tokens there
    )

    @property
    def text(self) -> str:
        """All that it says."""
        return f"{self.subject}\n{self.message}" if self.message else self.subject

    def some(self, places: NDArray[np.int64]) -> "Query":
        """A query of the lines in these places (sorted) alone."""
        pieces = None if self.pieces is None else self.pieces[places]
        left = replace(self, lines=self.lines[places], line_paths=self.line_paths[places], pieces=pieces)
        if self.named is None:
            return left
        at, tokens = self.named
        return replace(left, tokens=_as_set(tokens[np.isin(at, places)]), named=None)


_HASH = re.compile(r"\b[0-9a-f]{7,40}\b")


def query_of_patch(patch: Patch) -> Query:
    """The query of a carried patch."""
    text = "\n".join([patch.message, *(f"{key}: {value}" for key, value in patch.trailers)])
    lines = query_of_lines(
        [
            (
                change.path,
                [
                    header_changes(change.header, binary=bool(change.binary)),
                    *(run for hunk in change.hunks for run in _runs(hunk)),
                ],
            )
            for change in patch.files
        ]
    )
    return replace(
        lines,
        header_only=not any(change.hunks for change in patch.files),
        subject=patch.subject,
        message=patch.message,
        words=hash_words(subject_words(patch.subject)),
        author=patch.author.name if patch.author else "",
        email=patch.author.email if patch.author else "",
        ids=identifiers(text),
        # Subject too: "7f39026 Support live migration" names a commit; digits alone are no hash.
        hashes=tuple(sorted({found for found in _HASH.findall(text) if not found.isdigit()})),
    )


def _runs(hunk: Hunk) -> Iterator[list[bytes]]:
    """The changed lines of a hunk, in pieces where context parts them."""
    for changed, lines in itertools.groupby(hunk.lines, lambda line: line[:1] in (b"+", b"-", b"\\")):
        if changed:
            yield [line for line in lines if line[:1] != b"\\"]


def query_of_lines(files: Sequence[tuple[str, list[list[bytes]]]]) -> Query:
    """The query of changed lines, file by file and hunk by hunk, with nothing known of a message."""
    hunks = [hunk for _, parts in files for hunk in parts]
    text = [line for hunk in hunks for line in hunk]
    lines, ink = hash_texts(text)
    sizes = [sum(len(hunk) for hunk in parts) for _, parts in files]
    filled = ink > 1  # as in the index: a blank line says nothing
    at, tokens = tokens_by_line(text)
    places = np.cumsum(filled) - 1
    return Query(
        lines=lines[filled],
        line_paths=np.repeat(np.arange(len(files), dtype=np.int64), sizes)[filled],
        tokens=_as_set(tokens),
        named=(places[at], tokens),
        paths=tuple(path for path, _ in files),
        subject="",
        words=hash_words([]),
        author="",
        email="",
        ids=(),
        pieces=np.repeat(np.arange(len(hunks), dtype=np.int64), [len(hunk) for hunk in hunks])[filled],
    )


def _as_set(tokens: NDArray[np.uint64]) -> NDArray[np.uint32]:
    return merge_sides(tokens).astype(np.uint32)


def query_of_commit(index: Index, number: int, *, message: bool, ids: Sequence[str] = ()) -> Query:
    """The query of an indexed commit, with its subject and author (``message``) or without."""
    first, last = int(index.commit_files[number]), int(index.commit_files[number + 1])
    bounds = index.file_lines[first : last + 1].astype(np.int64)
    info = index.infos[number]
    words = index.words[index.commit_words[number] : index.commit_words[number + 1]]
    return Query(
        lines=index.lines[bounds[0] : bounds[-1]],
        line_paths=np.repeat(np.arange(last - first, dtype=np.int64), np.diff(bounds)),
        tokens=index.tokens[index.commit_tokens[number] : index.commit_tokens[number + 1]],
        paths=tuple(index.paths[path] for path in index.file_path[first:last]),
        subject=info.subject if message else "",
        words=words if message else words[:0],
        author=info.author if message else "",
        email=info.email if message else "",
        ids=tuple(ids),
    )
