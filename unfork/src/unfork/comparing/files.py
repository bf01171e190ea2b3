"""The files of two trees as a patch sees them: lines without white space, and how often each occurs."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from unfork.applying import squeeze
from unfork.git import Repository, TreeEntry
from unfork.model import Patch

_FILES = frozenset({"100644", "100755", "120000"})


@dataclass(eq=False)
class Text:
    """The lines of one file, blank ones left out."""

    lines: tuple[bytes, ...]

    @classmethod
    def of(cls, content: bytes) -> "Text":
        """Split a file."""
        return cls(tuple(line for each in content.split(b"\n") if (line := squeeze(each))))

    @cached_property
    def counts(self) -> Counter[bytes]:
        """How often each line occurs."""
        return Counter(self.lines)

    @cached_property
    def pairs(self) -> Counter[tuple[bytes, bytes]]:
        """How often one line follows another."""
        return Counter(pairwise(self.lines))

    @cached_property
    def _joined(self) -> bytes:
        return b"\n" + b"\n".join(self.lines) + b"\n"

    def holds(self, run: Sequence[bytes]) -> bool:
        """Whether these lines stand one after the other."""
        return bool(run) and b"\n" + b"\n".join(run) + b"\n" in self._joined


class Tree:
    """The files of a snapshot that some patches touch."""

    def __init__(self, entries: dict[str, TreeEntry], contents: dict[str, bytes | None]) -> None:
        self.entries = entries
        self._contents = contents
        self._texts: dict[str, Text] = {}

    @classmethod
    def read(cls, repository: Repository, entries: dict[str, TreeEntry], patches: Iterable[Patch]) -> "Tree":
        """Read what the patches touch, in one git process."""
        paths = {path for patch in patches for c in patch.files for path in (c.old_path, c.new_path) if path}
        held = (entries[path] for path in paths if path in entries)
        blobs = sorted({entry.sha for entry in held if entry.mode in _FILES})
        return cls(entries, dict(zip(blobs, repository.blobs(blobs), strict=True)))

    def text(self, path: str | None) -> Text | None:
        """A file's lines; ``None`` when it is not there."""
        entry = self.entries.get(path) if path else None
        content = self._contents.get(entry.sha) if entry else None
        if entry is None or content is None:
            return None
        if entry.sha not in self._texts:
            self._texts[entry.sha] = Text.of(content)
        return self._texts[entry.sha]
