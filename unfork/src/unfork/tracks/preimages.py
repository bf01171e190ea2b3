"""What the files of each patch were before it: the base of a three-way merge.

A patch's index line names the blob it was made on. Where the repository has it, it is that. Otherwise the
series is walked once on its base, and what each patch makes there is what the next one was made on.
"""

import hashlib
from collections.abc import Iterable, Sequence

from unfork.git import Repository
from unfork.model import ChangeKind, FileChange, Patch
from unfork.tracks.files import REGULAR, SUBMODULE, File, Files, paths_of
from unfork.tracks.text import place_hunks

_SHORT = 7  # hex digits of a blob's name that tell it apart well enough, git's own least


class Preimages:
    """Asked patch by patch; reads and walks only when it is asked."""

    def __init__(self, repository: Repository, base: str, patches: Sequence[Patch]) -> None:
        self._repository = repository
        self._base = base
        self._patches = patches
        self._names: dict[str, str] | None = None  # as in the index lines -> full hash
        self._walked: dict[tuple[int, str], File | None] | None = None

    def of(self, place: int, change: FileChange) -> File | None:
        """The old file of a change of the patch at ``place``; ``None`` when it is not known."""
        if change.old_path is None:
            return None
        name = self._full_name(change.old_blob)
        if name is not None:
            (data,) = self._repository.blobs([name])
            if data is not None and _fits(change, data):
                return File(change.old_mode or REGULAR, data)
        return self._walk().get((place, change.old_path))

    def _full_name(self, blob: str | None) -> str | None:
        if blob is None or len(blob) < _SHORT:
            return None
        if self._names is None:
            changes = (change for patch in self._patches for change in patch.files)
            self._names = known_blobs(self._repository, {c.old_blob for c in changes if c.old_blob})
        return self._names.get(blob)

    def _walk(self) -> dict[tuple[int, str], File | None]:
        if self._walked is None:
            self._walked = {}
            files = Files(self._repository, self._base)
            files.prefetch(paths_of(self._patches))
            for place, patch in enumerate(self._patches):
                made: dict[str, File | None] = {}
                for change in patch.files:
                    self._step(files, place, change, made)
                files.change(made)
        return self._walked

    def _step(self, files: Files, place: int, change: FileChange, made: dict[str, File | None]) -> None:
        assert self._walked is not None  # noqa: S101 - for the type checker
        old = files.get(change.old_path) if change.old_path is not None else File(REGULAR, b"")
        if old is not None and change.old_path is not None:
            if not _is_named(old, change.old_blob) and not _fits(change, old.data):
                old = None  # the series lacks a patch that changed this file
            self._walked[place, change.old_path] = old
        if old is None:
            return
        new = after(change, old)
        if change.old_path is not None and change.kind in (ChangeKind.DELETE, ChangeKind.RENAME):
            made[change.old_path] = None
        if change.new_path is not None and new is not None:
            made[change.new_path] = new


def after(change: FileChange, old: File) -> File | None:
    """What a change makes of the file it was made on; ``None`` when it goes or its hunks do not fit."""
    if change.kind is ChangeKind.DELETE or change.binary:
        return None
    mode = change.new_mode or old.mode
    if change.kind is ChangeKind.ADD:
        return File(mode, new_content(change))
    placed = place_hunks(old.data, change.hunks, strict=False)
    return None if placed.failed else File(mode, placed.data)


def new_content(change: FileChange) -> bytes:
    """The content of a file that a patch makes."""
    return place_hunks(b"", change.hunks, strict=False).data


def known_blobs(repository: Repository, names: Iterable[str]) -> dict[str, str]:
    """The full names of blobs that the repository has; an abbreviation of several is not known."""
    asked = sorted(names)
    if not asked:
        return {}
    text = "".join(f"{name}\n" for name in asked).encode()
    said = repository.run("cat-file", "--batch-check=%(objectname) %(objecttype)", stdin=text).decode()
    full = [line.split(" ")[0] for line in said.splitlines() if line.endswith(" blob")]
    heads = {size: {name[:size]: name for name in full} for size in {len(name) for name in asked}}
    return {name: heads[len(name)][name] for name in asked if name in heads[len(name)]}


def _is_named(file: File, blob: str | None) -> bool:
    if blob is None or len(blob) < _SHORT or file.mode == SUBMODULE:
        return False
    return blob_name(file.data, sha256=len(blob) == 64).startswith(blob)


def blob_name(data: bytes, *, sha256: bool = False) -> str:
    """The name git gives a blob."""
    head = b"blob %d\0" % len(data)
    return (hashlib.sha256 if sha256 else hashlib.sha1)(head + data).hexdigest()


def _fits(change: FileChange, data: bytes) -> bool:
    return not change.binary and not place_hunks(data, change.hunks, strict=False).failed
