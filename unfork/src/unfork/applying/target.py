"""The tree a series is asked about: its files, which lines they hold, where files moved."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from functools import cached_property
from posixpath import basename, dirname

from unfork.git import Repository, TreeEntry
from unfork.model import FileChange, Patch

_FILE_MODES = frozenset({"100644", "100755", "120000"})
_WHITE_BUT_LF = b" \t\r\v\f"
_WHITE = _WHITE_BUT_LF + b"\n"
_SHORT = 7  # hex digits of a blob name that tell it apart well enough, git's own least
_TOO_COMMON = frozenset({"__init__.py", "Makefile", "README", "README.md", "README.rst", "index.rst"})


def squeeze(line: bytes) -> bytes:
    """A line without any white space."""
    return line.translate(None, _WHITE)


def is_telling(squeezed: bytes) -> bool:
    """Whether a line says something by itself: not blank, not just a bracket or a comment sign."""
    return len(squeezed) >= 4 and any(byte > 127 or chr(byte).isalnum() for byte in squeezed)


class Target:
    """The files of one tree, and the contents of those a series touches."""

    def __init__(self, tree: Mapping[str, TreeEntry]) -> None:
        self.tree = tree
        self._contents: dict[str, bytes | None] = {}  # by blob; None: the object is missing
        self._lines: dict[str, frozenset[bytes]] = {}

    @classmethod
    def read(cls, git: Repository, tree: Mapping[str, TreeEntry], patches: Iterable[Patch]) -> "Target":
        """Read the contents of the files that ``patches`` touch, in one process."""
        target = cls(tree)
        changes = [change for patch in patches for change in patch.files]
        paths = {path for c in changes for path in (c.old_path, c.new_path, target._trace(c)) if path}
        entries = (tree[path] for path in paths if path in tree)
        blobs = sorted({entry.sha for entry in entries if entry.mode in _FILE_MODES})
        target._contents.update(zip(blobs, git.blobs(blobs), strict=True))
        return target

    def readable(self) -> list[str]:
        """The blobs whose contents were read."""
        return [blob for blob, content in self._contents.items() if content is not None]

    def missing(self, paths: Iterable[str]) -> list[tuple[str, str]]:
        """Path and hash of files whose contents the repository lacks (a partial clone)."""
        held = ((path, self.tree[path].sha) for path in paths if path in self.tree)
        return [(path, sha) for path, sha in held if sha in self._contents and self._contents[sha] is None]

    def has(self, path: str) -> bool:
        """Whether there is something at the path."""
        return path in self.tree

    def mode(self, path: str) -> str | None:
        """The mode of what is at the path."""
        entry = self.tree.get(path)
        return entry.mode if entry else None

    def lines(self, path: str) -> frozenset[bytes] | None:
        """The squeezed lines of a file; ``None`` when it is not there or is no file."""
        entry = self.tree.get(path)
        content = self._contents.get(entry.sha) if entry else None
        if entry is None or content is None:
            return None
        if entry.sha not in self._lines:
            self._lines[entry.sha] = frozenset(content.translate(None, _WHITE_BUT_LF).split(b"\n"))
        return self._lines[entry.sha]

    @cached_property
    def _directories(self) -> frozenset[str]:
        found: set[str] = set()
        for path in self.tree:
            above = dirname(path)
            while above and above not in found:
                found.add(above)
                above = dirname(above)
        return frozenset(found)

    @cached_property
    def _by_name(self) -> Mapping[str, list[str]]:
        named = defaultdict(list)
        for path in self.tree:
            named[basename(path)].append(path)
        return named

    @cached_property
    def _by_blob(self) -> Mapping[str, list[str]]:
        held = defaultdict(list)
        for path, entry in self.tree.items():
            held[entry.sha[:_SHORT]].append(path)
        return held

    def in_the_way(self, path: str, removed: Set[str]) -> str | None:
        """Why a new file cannot be made at ``path`` although nothing has that very name.

        ``removed`` are the files that the same patch takes away.
        """
        below = path + "/"
        if path in self._directories and not any(gone.startswith(below) for gone in removed):
            return f"{path}: is a directory in the target"
        above = dirname(path)
        while above:
            if above in self.tree and above not in removed:
                return f"{path}: {above} is no directory in the target"
            above = dirname(above)
        return None

    def moved_to(self, change: FileChange) -> str | None:
        """Where the file a change wants has gone, if it is gone and a trace is left.

        The trace is the very content the patch was made on, or else the only file of that name
        which holds at least half of the telling lines the change builds on.
        """
        to = self._trace(change)
        if to is None or self._has_blob(to, change.old_blob):
            return to
        lines = (squeeze(line[1:]) for hunk in change.hunks for line in hunk.lines if line[0] in b"- ")
        telling = [line for line in lines if is_telling(line)]
        held = self.lines(to) or frozenset()
        return to if telling and 2 * sum(line in held for line in telling) >= len(telling) else None

    def _has_blob(self, path: str, blob: str | None) -> bool:
        return blob is not None and len(blob) >= _SHORT and self.tree[path].sha.startswith(blob)

    def _trace(self, change: FileChange) -> str | None:
        path = change.old_path
        if path is None or path in self.tree:
            return None
        for held in self._by_blob.get((change.old_blob or "")[:_SHORT], ()):
            if self._has_blob(held, change.old_blob):
                return held
        name = basename(path)
        same = self._by_name.get(name, [])
        return same[0] if len(same) == 1 and name not in _TOO_COMMON else None
