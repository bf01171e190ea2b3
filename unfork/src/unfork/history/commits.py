"""What the message of an upstream commit says, for many commits in one git process."""

from collections.abc import Iterator, Sequence

import msgspec

from unfork.git import Repository
from unfork.history.identifiers import identifiers

_FORMAT = "%x01%H%x00%an%x00%ae%x00%at%x00%ct%x00%s%x00%b"


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
    for record in out.decode("utf-8", "replace").split("\x01")[1:]:
        sha, author, email, author_time, commit_time, subject, body = record.split("\0", 6)
        yield CommitInfo(
            sha=sha,
            author=author,
            email=email,
            author_time=int(author_time or 0),
            commit_time=int(commit_time or 0),
            subject=subject,
            ids=identifiers(body),
        )
