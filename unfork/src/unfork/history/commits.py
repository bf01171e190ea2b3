"""What the message of an upstream commit says, for many commits in one git process."""

from collections.abc import Iterator, Sequence

import msgspec

from unfork.git import Repository
from unfork.history.identifiers import identifiers

# NUL is the one byte that no message and no name can hold.
_FIELDS = ("%H", "%an", "%ae", "%at", "%ct", "%s", "%b")
_FORMAT = "%x00".join(_FIELDS) + "%x00"


class CommitInfo(msgspec.Struct, frozen=True, array_like=True):
    """Message features of one commit, as they are kept in the index."""

    sha: str
    author: str
    email: str
    author_time: int  # seconds since the epoch
    commit_time: int
    subject: str
    ids: tuple[str, ...]  # see identifiers()


def read_commits(repository: Repository, shas: Sequence[str]) -> Iterator[CommitInfo]:
    """The features of the commits named, in the order named."""
    if not shas:
        return
    out = repository.run(
        "log", "--no-walk=unsorted", "--stdin", "--encoding=UTF-8", f"--format={_FORMAT}",
        stdin=("\n".join(shas) + "\n").encode(),
    )  # fmt: skip
    fields = out.decode("utf-8", "replace").split("\0")
    for at in range(0, len(fields) - len(_FIELDS), len(_FIELDS)):
        sha, author, email, author_time, commit_time, subject, body = fields[at : at + len(_FIELDS)]
        yield CommitInfo(
            sha=sha.lstrip("\n"),  # the end of the record before
            author=author,
            email=email,
            author_time=int(author_time or 0),
            commit_time=int(commit_time or 0),
            subject=subject,
            ids=identifiers(body),
        )
