"""What a downstream carries: a series of patches, each a list of file changes with hunks.

Text is kept as the bytes that were read: a patch is emitted exactly as it came.
Paths and header texts are ``str`` decoded as UTF-8 with ``surrogateescape``, so that
names in any encoding survive a round trip.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from unfork.model.edit import Edit


class ChangeKind(StrEnum):
    """What happens to one file."""

    MODIFY = "modify"
    ADD = "add"
    DELETE = "delete"
    RENAME = "rename"
    COPY = "copy"
    MODE = "mode"  # only the mode changes


@dataclass(frozen=True, slots=True)
class Hunk:
    """One ``@@`` section. Counts are those of the body, also where the header was wrong."""

    header: bytes  # the "@@ -1,2 +3,4 @@ def f():\n" line as read
    old_start: int
    old_count: int
    new_start: int
    new_count: int
    lines: tuple[bytes, ...]  # each with its sign (" ", "+", "-", "\\") and its line end

    @property
    def section(self) -> bytes:
        """The text after the second ``@@``: usually the enclosing function."""
        return self.header.split(b"@@", 2)[-1].strip()

    def changed(self) -> list[bytes]:
        """The added and removed lines, with their sign."""
        return [line for line in self.lines if line[:1] in (b"+", b"-")]


@dataclass(frozen=True, slots=True)
class FileChange:
    """What a patch does to one file."""

    kind: ChangeKind
    old_path: str | None  # None: the file is new
    new_path: str | None  # None: the file is deleted
    header: tuple[bytes, ...]  # raw lines from "diff --git" to "+++", as read
    hunks: tuple[Hunk, ...] = ()
    old_mode: str | None = None  # "100644", "100755", "120000" (symlink), "160000" (submodule)
    new_mode: str | None = None
    old_blob: str | None = None  # from the index line; may be abbreviated
    new_blob: str | None = None
    binary: tuple[bytes, ...] = ()  # raw "GIT binary patch" or "Binary files differ" lines

    @property
    def path(self) -> str:
        """The name people know the file by: the new one, or the old one of a deleted file."""
        path = self.new_path if self.new_path is not None else self.old_path
        if path is None:
            raise ValueError("a file change needs a path")
        return path


@dataclass(frozen=True, slots=True)
class Person:
    """An author as mail and git write it."""

    name: str
    email: str

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>" if self.email else self.name


@dataclass(frozen=True, slots=True)
class Patch:
    """One carried change."""

    name: str  # file name in the series, or the full hash in a git range
    id: str  # hash of the change itself: same change, same id, whatever the file is called
    subject: str
    message: str = ""  # body without the subject, trailers included
    author: Person | None = None
    date: int | None = None  # author date, seconds since the epoch
    trailers: tuple[tuple[str, str], ...] = ()  # in order, keys as written; DEP-3 fields too
    files: tuple[FileChange, ...] = ()
    sha: str | None = None  # the commit it came from ("From <sha>", or the range's commit)
    strip: int = 1  # leading path parts to remove (quilt -pN); paths above are already stripped
    warnings: tuple[str, ...] = ()
    error: str | None = None  # why it could not be read; then files is empty or incomplete
    edit: Edit | None = None  # a command in place of a diff; then files is empty

    @property
    def changed_lines(self) -> int:
        """Number of added and removed lines."""
        return sum(len(hunk.changed()) for change in self.files for hunk in change.hunks)


@dataclass(frozen=True, slots=True)
class Series:
    """The ordered patches a downstream carries."""

    carrier: str  # "range", "directory", "mailbox", "tree", "quilt", "debian", "apt", "rpm", "yocto", "edits"
    location: str  # as the user named it
    patches: tuple[Patch, ...]
    base: str | None = None  # full hash of the base where the carrier knows it (range)
    base_repository: str | None = None  # repository that holds base and blobs (range)
    warnings: tuple[str, ...] = field(default=())
