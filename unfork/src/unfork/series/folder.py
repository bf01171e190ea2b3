"""Places where patch files lie: a directory, a directory in a commit, a downloaded archive.

All three look alike to the readers: list one level, then read the files that are wanted.
"""

import os
import posixpath
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from unfork.errors import GitError, InputError
from unfork.git import Repository

_MOST_FILES = 500_000  # twice what a Yocto checkout with all its layers has


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in a folder. ``problem`` says why it cannot be read, ``None`` for a good file."""

    size: int
    is_folder: bool = False
    problem: str | None = None


class Folder(Protocol):
    """What the readers need of a place. ``location`` names it in messages."""

    @property
    def location(self) -> str:
        """The folder as messages name it."""

    def entries(self, directory: str) -> dict[str, Entry]:
        """The names in one directory (``""`` is the folder itself), each with its whole path."""

    def read(self, paths: Iterable[str], limit: int) -> list[bytes]:
        """The contents of files, at most ``limit`` + 1 bytes of each."""

    def files(self) -> dict[str, Entry]:
        """All files, at any depth; links to directories are not followed, ``.git`` is left out."""


class DiskFolder:
    """A directory. Links that lead out of it are not followed, devices and pipes not opened."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._real = Path(os.path.realpath(root))

    @property
    def location(self) -> str:
        """The path as it was given."""
        return str(self._root)

    def entries(self, directory: str) -> dict[str, Entry]:
        """One level; an unknown directory is empty."""
        found: dict[str, Entry] = {}
        try:
            names = os.listdir(self._root / directory)  # noqa: PTH208 - names, not paths, are wanted
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except PermissionError as error:
            raise InputError(
                "the directory cannot be read",
                where=str(self._root / directory),
                hint="check its permissions",
            ) from error
        for name in names:
            path = posixpath.join(directory, name)
            found[path] = self._entry(path)
        return found

    def _entry(self, path: str) -> Entry:
        full = self._root / path
        try:
            status = full.stat()
        except OSError:
            return Entry(0, problem="is a link to nothing, expected a file")
        if not Path(os.path.realpath(full)).is_relative_to(self._real):
            return Entry(0, problem="is a link out of its folder, expected a file inside; copy it there")
        if stat.S_ISDIR(status.st_mode):
            return Entry(0, is_folder=True)
        if not stat.S_ISREG(status.st_mode):
            return Entry(0, problem="is a device or a pipe, expected a file")
        return Entry(status.st_size)

    def files(self) -> dict[str, Entry]:
        """All files; raises ``InputError`` when there are more than anybody keeps."""
        found: dict[str, Entry] = {}
        for at, folders, names in os.walk(self._root, followlinks=False):
            folders[:] = sorted(name for name in folders if name != ".git")
            inside = Path(at).relative_to(self._root).as_posix()
            for name in sorted(names):
                path = posixpath.normpath(posixpath.join(inside, name))
                found[path] = self._entry(path)
            if len(found) > _MOST_FILES:
                raise InputError(
                    f"there are more than {_MOST_FILES} files below it, expected a downstream's recipes",
                    where=str(self._root),
                    hint="name a folder further down",
                )
        return found

    def read(self, paths: Iterable[str], limit: int) -> list[bytes]:
        """Read files; one that cannot be opened ends the reading with ``InputError``."""
        contents: list[bytes] = []
        for path in paths:
            full = self._root / path
            try:
                with full.open("rb") as file:
                    contents.append(file.read(limit + 1))
            except OSError as error:
                raise InputError(
                    f"the file cannot be read: {error.strerror}",
                    where=str(full),
                    hint="check its permissions",
                ) from error
        return contents


class MemoryFolder:
    """Files that were read out of an archive."""

    def __init__(self, location: str, files: Mapping[str, bytes]) -> None:
        self._location = location
        self._files = files

    @property
    def location(self) -> str:
        """Where the files came from."""
        return self._location

    def entries(self, directory: str) -> dict[str, Entry]:
        """One level."""
        return one_level({path: Entry(len(data)) for path, data in self._files.items()}, directory)

    def files(self) -> dict[str, Entry]:
        """All files."""
        return {path: Entry(len(data)) for path, data in self._files.items()}

    def read(self, paths: Iterable[str], limit: int) -> list[bytes]:
        """The contents of files."""
        return [self._files[path][: limit + 1] for path in paths]


class TreeFolder:
    """A directory inside a commit: one ``git ls-tree`` lists it, one ``git cat-file`` reads it."""

    def __init__(self, repository: Repository, revision: str, directory: str) -> None:
        self._repository = repository
        self._location = f"{repository.path}@{revision}:{directory}"
        self._shas: dict[str, str] = {}
        self._all: dict[str, Entry] = {}
        commit = repository.resolve(revision)
        for record in _listed(repository, commit, revision, directory).split(b"\0"):
            if not record:
                continue
            meta, _, raw = record.partition(b"\t")
            mode, _, sha, size = meta.split()
            path = raw.decode("utf-8", "surrogateescape")
            self._shas[path] = sha.decode()
            problem = None if mode.startswith(b"100") else "is a link or a submodule, expected a file"
            if size == b"BAD":  # git's word for an object that the clone lacks
                problem = "is missing from this partial clone; fetch it"
            self._all[path] = Entry(int(size) if size.isdigit() else 0, problem=problem)

    @property
    def location(self) -> str:
        """``REPO@REV:DIR``."""
        return self._location

    def entries(self, directory: str) -> dict[str, Entry]:
        """One level."""
        return one_level(self._all, directory)

    def files(self) -> dict[str, Entry]:
        """All files."""
        return dict(self._all)

    def read(self, paths: Iterable[str], limit: int) -> list[bytes]:
        """The contents of files; a missing object ends the reading with ``InputError``."""
        asked = list(paths)
        found = self._repository.blobs(self._shas[path] for path in asked)
        contents: list[bytes] = []
        for path, data in zip(asked, found, strict=True):
            if data is None:
                raise InputError(
                    "the contents of a file are missing: this is a partial clone",
                    where=f"{self._location}/{path}",
                    hint=f"fetch them: git -C {self._repository.path} fetch --refetch --no-filter",
                )
            contents.append(data[: limit + 1])
        return contents


class InnerFolder:
    """A folder in a folder, without asking the outer one again for what it holds."""

    def __init__(self, outer: Folder, directory: str, files: Mapping[str, Entry]) -> None:
        self._outer = outer
        self._directory = directory
        start = f"{directory}/" if directory else ""
        self._files = {
            path.removeprefix(start): entry for path, entry in files.items() if path.startswith(start)
        }

    @property
    def location(self) -> str:
        """The outer folder's with the directory."""
        return posixpath.join(self._outer.location, self._directory)

    def entries(self, directory: str) -> dict[str, Entry]:
        """One level."""
        return one_level(self._files, directory)

    def files(self) -> dict[str, Entry]:
        """All files."""
        return self._files

    def read(self, paths: Iterable[str], limit: int) -> list[bytes]:
        """The contents of files."""
        return self._outer.read((posixpath.join(self._directory, path) for path in paths), limit)


def one_level(files: Mapping[str, Entry], directory: str) -> dict[str, Entry]:
    """Of a flat list of paths, the names in one directory."""
    start = f"{directory}/" if directory else ""
    found: dict[str, Entry] = {}
    for path, entry in files.items():
        if path.startswith(start):
            head, slash, _ = path[len(start) :].partition("/")
            found[start + head] = Entry(0, is_folder=True) if slash else entry
    return found


def _listed(repository: Repository, commit: str, revision: str, directory: str) -> bytes:
    spec = f"{commit}:{directory}" if directory else f"{commit}^{{tree}}"
    kind = repository.try_run("cat-file", "-t", spec)
    if kind.code or kind.out.strip() != b"tree":
        import difflib

        names = repository.run("ls-tree", "-r", "-d", "-z", "--name-only", "--full-tree", commit)
        known = [name.decode("utf-8", "surrogateescape") for name in names.split(b"\0") if name]
        near = difflib.get_close_matches(directory, known, n=3, cutoff=0.5)
        raise InputError(
            f"there is no directory {directory!r} in revision {revision!r}",
            where=str(repository.path),
            hint=f"nearest: {', '.join(near)}" if near else f"git ls-tree -rd --name-only {revision}",
        )
    try:
        return repository.run("ls-tree", "-r", "-l", "-z", "--full-tree", spec)
    except GitError as error:
        raise InputError(
            f"the directory {directory!r} cannot be listed: {error.what}", where=str(repository.path)
        ) from error
