"""The messages of many commits as the index keeps them."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from unfork.git import Repository
from unfork.history.commits import Infos, read_commits
from unfork.history.identifiers import only, plain_subject, subject_words
from unfork.history.lines import hash_words

_AT_ONCE = 4096  # commits whose messages are held as text


@dataclass(frozen=True, slots=True, eq=False)
class Messages:
    """What an index says of messages; see there."""

    infos: Infos
    words: NDArray[np.uint64]
    commit_words: NDArray[np.int64]
    subjects: NDArray[np.uint64]
    ids: NDArray[np.uint64]
    commit_ids: NDArray[np.int64]
    reverting: NDArray[np.bool_]


def read_messages(repository: Repository, shas: Sequence[str]) -> Messages:
    """The messages of the commits named, in the order named."""
    packed = bytearray()
    sizes: list[int] = []
    words: list[NDArray[np.uint64]] = []
    subjects: list[NDArray[np.uint64]] = []
    ids: list[NDArray[np.uint64]] = []
    word_counts: list[int] = []
    id_counts: list[int] = []
    reverting: list[bool] = []
    encode = msgspec.msgpack.Encoder().encode
    infos = read_commits(repository, shas)
    while some := list(itertools.islice(infos, _AT_ONCE)):
        for info in some:
            record = encode(info)
            packed += record
            sizes.append(len(record))
            reverting.append(bool(only(info.ids, "reverts")))
        named = [subject_words(info.subject) for info in some]
        word_counts += map(len, named)
        words.append(_hashed(named))
        ids.append(_hashed([info.ids for info in some]))
        id_counts += [len(info.ids) for info in some]
        subjects.append(hash_words([plain_subject(info.subject) for info in some]))
    return Messages(
        infos=Infos(memoryview(packed), starts_of(sizes).astype(np.uint64)),
        words=_joined(words),
        commit_words=starts_of(word_counts),
        subjects=_joined(subjects),
        ids=_joined(ids),
        commit_ids=starts_of(id_counts),
        reverting=np.array(reverting, dtype=np.bool_),
    )


def starts_of(sizes: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each of some things of these sizes begins, and where the last one ends."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(np.asarray(sizes, dtype=np.int64))])


def _hashed(texts: Iterable[Sequence[str]]) -> NDArray[np.uint64]:
    return hash_words([text for each in texts for text in each])


def _joined(parts: Sequence[NDArray[np.uint64]]) -> NDArray[np.uint64]:
    return np.concatenate(parts) if parts else np.empty(0, np.uint64)
