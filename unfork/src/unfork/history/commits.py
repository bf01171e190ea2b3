"""What the message of an upstream commit says, for many commits in one git process."""

from collections.abc import Iterator, Sequence
from typing import overload

import msgspec
import numpy as np
from numpy.typing import NDArray

from unfork.git import Repository
from unfork.history.identifiers import identifiers

# NUL is the one byte that no message and no name can hold.
_FIELDS = ("%H", "%an", "%ae", "%at", "%ct", "%s", "%b")
_FORMAT = "%x00".join(_FIELDS) + "%x00"
_BLOCK = 1 << 20
_AT_ONCE = 20_000  # commits a git process is asked for: it keeps all their messages until it ends


class CommitInfo(msgspec.Struct, frozen=True, array_like=True):
    """Message features of one commit, as they are kept in the index."""

    sha: str
    author: str
    email: str
    author_time: int  # seconds since the epoch
    commit_time: int
    subject: str
    ids: tuple[str, ...]  # see identifiers()


class Infos(Sequence[CommitInfo]):
    """Many commits as they are kept, read one by one when asked for: all at once they are 1 kB each."""

    _decoder = msgspec.msgpack.Decoder(CommitInfo)

    def __init__(self, packed: bytes | memoryview, starts: NDArray[np.uint64]) -> None:
        """``starts`` says where each begins in ``packed``, and where the last one ends."""
        self.packed = packed
        self.starts = starts
        self._picked: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.starts) - 1 if self._picked is None else len(self._picked)

    @overload
    def __getitem__(self, at: int) -> CommitInfo: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[CommitInfo]: ...
    def __getitem__(self, at: int | slice) -> CommitInfo | Sequence[CommitInfo]:
        if isinstance(at, slice):
            return [self[each] for each in range(len(self))[at]]
        place = range(len(self))[at] if self._picked is None else int(self._picked[at])
        return self._decoder.decode(self.packed[int(self.starts[place]) : int(self.starts[place + 1])])

    def select(self, places: NDArray[np.int64]) -> "Infos":
        """Some of them, in the order asked; nothing is copied."""
        chosen = Infos(self.packed, self.starts)
        chosen._picked = places if self._picked is None else self._picked[places]
        return chosen

    def compact(self) -> "Infos":
        """The same as bytes in this order, without what was left out."""
        if self._picked is None:
            return self
        places = self._picked
        sizes = np.diff(self.starts.astype(np.int64))[places]
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)]).astype(np.uint64)
        begins = self.starts[places].astype(np.int64).tolist()
        pairs = zip(begins, sizes.tolist(), strict=True)
        return Infos(b"".join(self.packed[begin : begin + size] for begin, size in pairs), starts)

    def __add__(self, others: "Infos") -> "Infos":
        ours, theirs = self.compact(), others.compact()
        starts = np.concatenate([ours.starts[:-1], theirs.starts + ours.starts[-1]])
        return Infos(bytes(ours.packed) + bytes(theirs.packed), starts)


def read_commits(repository: Repository, shas: Sequence[str]) -> Iterator[CommitInfo]:
    """The features of the commits named, in the order named."""
    for begin in range(0, len(shas), _AT_ONCE):
        yield from _read_some(repository, shas[begin : begin + _AT_ONCE])


def _read_some(repository: Repository, shas: Sequence[str]) -> Iterator[CommitInfo]:
    fields: list[bytes] = []
    rest = b""
    with repository.stream(
        "log", "--no-walk=unsorted", "--stdin", "--encoding=UTF-8", f"--format={_FORMAT}",
        stdin=("\n".join(shas) + "\n").encode(),
    ) as out:  # fmt: skip
        while block := out.read(_BLOCK):
            *whole, rest = (rest + block).split(b"\0")
            fields += whole
            ready = len(fields) - len(fields) % len(_FIELDS)
            for at in range(0, ready, len(_FIELDS)):
                yield _info(*(each.decode("utf-8", "replace") for each in fields[at : at + len(_FIELDS)]))
            del fields[:ready]


def _info(
    sha: str, author: str, email: str, author_time: str, commit_time: str, subject: str, body: str
) -> CommitInfo:
    return CommitInfo(
        sha=sha.lstrip("\n"),  # the end of the record before
        author=author,
        email=email,
        author_time=int(author_time or 0),
        commit_time=int(commit_time or 0),
        subject=subject,
        ids=identifiers(body),
    )
