"""Which upstreams are snapshots: one tree without history. The choice is made here and nowhere else."""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from unfork.errors import UsageError
from unfork.git import Repository

_ARCHIVE = re.compile(
    r"\.(?:tar(?:\.(?:gz|bz2|xz|lzma))?|tgz|tbz2|txz|zip|whl)$", re.I
)  # what can be read; "tar.zst" needs a newer Python


class Kind(StrEnum):
    """The form a snapshot is named in."""

    PYPI = "pypi"  # pypi:NAME or pypi:NAME==VERSION
    APT = "apt"  # apt:NAME, apt:NAME=VERSION, apt:NAME/RELEASE
    ARCHIVE = "archive"
    DIRECTORY = "directory"
    COMMIT = "commit"  # a base only


@dataclass(frozen=True, slots=True)
class Spec:
    """A snapshot as it was named."""

    kind: Kind
    text: str  # as the user wrote it
    rest: str  # the package, or the path

    @property
    def path(self) -> Path:
        """Of an archive or a directory."""
        return Path(self.rest).expanduser()


def snapshot_spec(text: str) -> Spec | None:
    """The snapshot that is named; ``None``: it is (or should be) a repository with a history.

    A directory is a snapshot when git knows of no file in it: it may lie unpacked, and ignored,
    inside the repository of a package. An empty one is none.
    """
    for kind in (Kind.PYPI, Kind.APT):
        if text.startswith(f"{kind}:"):
            return Spec(kind, text, text.removeprefix(f"{kind}:"))
    path = Path(text).expanduser()
    if path.is_file() and _ARCHIVE.search(path.name):
        return Spec(Kind.ARCHIVE, text, text)
    if path.is_dir() and any(path.iterdir()) and not _is_repository(path):
        return Spec(Kind.DIRECTORY, text, text)
    return None


def _is_repository(path: Path) -> bool:
    if (path / ".git").exists():
        return True  # what is wrong with it git will say
    repository = Repository(path)
    inside = repository.try_run("rev-parse", "--is-inside-work-tree", "--show-prefix")
    if inside.code:
        # No repository, unless git says something else of it: that is for the caller to hear.
        return "not a git repository" not in inside.err
    answer, _, prefix = inside.out.decode("utf-8", "surrogateescape").partition("\n")
    if answer != "true" or not prefix.strip("\n"):
        return True  # bare, or the top of a work tree
    return bool(repository.try_run("ls-files", "-z", "--", ".").out)


def need_history(text: str, what: str) -> None:
    """Raise ``UsageError`` when what needs commits is asked of a snapshot."""
    if snapshot_spec(text) is not None:
        raise UsageError(
            f"{text} is a snapshot without history, and {what} needs commits",
            hint="name a git repository of the upstream",
        )
