"""The files of a tree that changes patch by patch, in memory."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from unfork.errors import InputError
from unfork.git import Repository
from unfork.model import Patch

REGULAR, EXECUTABLE, SUBMODULE = "100644", "100755", "160000"
_SUBPROJECT = b"Subproject commit "  # how a diff shows a submodule


@dataclass(frozen=True, slots=True)
class File:
    """One file; of a submodule the data is what a diff shows of it."""

    mode: str
    data: bytes

    def submodule(self) -> str | None:
        """The commit of a submodule."""
        if self.mode != SUBMODULE:
            return None
        return self.data.removeprefix(_SUBPROJECT).strip().decode("ascii", "replace")


Changes = Mapping[str, File | None]  # None: the file goes


def paths_of(patches: Iterable[Patch]) -> set[str]:
    """Every path that patches name."""
    return {
        path
        for patch in patches
        for change in patch.files
        for path in (change.old_path, change.new_path)
        if path is not None
    }


class Files:
    """A revision's files with the changes put on it; contents are read when they are asked for."""

    def __init__(self, repository: Repository, revision: str) -> None:
        self.revision = revision
        self._repository = repository
        self._tree = repository.tree(revision)
        self._folders = {above for path in self._tree for above in _above(path)}
        self._read: dict[str, File] = {}
        self._changed: dict[str, File | None] = {}

    def prefetch(self, paths: Iterable[str]) -> None:
        """Read many files in one process."""
        wanted = [path for path in paths if path in self._tree and path not in self._read]
        blobs = [path for path in wanted if self._tree[path].mode != SUBMODULE]
        contents = self._repository.blobs(self._tree[path].sha for path in blobs)
        for path, data in zip(blobs, contents, strict=True):
            if data is None:
                raise InputError(
                    f"{path}: object {self._tree[path].sha} is missing from the repository",
                    where=str(self._repository.path),
                    hint="a partial clone lacks it: git fetch --refetch --no-filter",
                )
            self._read[path] = File(self._tree[path].mode, data)
        for path in set(wanted).difference(blobs):
            sha = self._tree[path].sha.encode()
            self._read[path] = File(SUBMODULE, _SUBPROJECT + sha + b"\n")

    def get(self, path: str) -> File | None:
        """The file as it is now."""
        if path in self._changed:
            return self._changed[path]
        if path not in self._tree:
            return None
        self.prefetch([path])
        return self._read[path]

    def before(self, path: str) -> File | None:
        """The file as it was in the revision."""
        if path not in self._tree:
            return None
        self.prefetch([path])
        return self._read[path]

    def blob(self, path: str) -> str | None:
        """The hash of a file that is as it was in the revision."""
        entry = self._tree.get(path)
        return entry.sha if entry is not None and path not in self._changed else None

    def change(self, changes: Changes) -> None:
        """Take over what a patch made."""
        self._changed.update(changes)
        self._folders.update(above for path, file in changes.items() if file for above in _above(path))

    def in_the_way(self, path: str, removed: Iterable[str]) -> str | None:
        """What keeps a new file from being made: a folder of its name, or a file where a folder has to be."""
        gone = set(removed)
        if path in self._folders and self._holds_below(path, gone):
            return f"{path} is a folder"
        for above in _above(path):
            if above not in gone and self.get(above) is not None:
                return f"{above} is no folder"
        return None

    def _holds_below(self, folder: str, gone: set[str]) -> bool:
        below = folder + "/"
        names = {*self._tree, *self._changed}
        return any(
            name.startswith(below) and name not in gone and self._changed.get(name, True) is not None
            for name in names
        )


def _above(path: str) -> Iterable[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path
