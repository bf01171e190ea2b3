"""Resolutions people made, kept as text beside the plan, so that a team resolves a conflict once.

Like git's rerere, but keyed by what the patch is (``Patch.id``) and by the text of the conflict, not by a
clone: a series that is imported again keeps them. What is kept is the diff from the file with its conflict
markers to the file as the person left it; it is used again only where all of it fits in one place each.
"""

import difflib
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from unfork.errors import InputError
from unfork.files import write_atomically
from unfork.series import parse_patch
from unfork.tracks.files import File
from unfork.tracks.merging import conflict_texts, has_markers
from unfork.tracks.onto import Conflict
from unfork.tracks.text import lines_of, place_hunks

FOLDER = "resolutions"
_HEAD = "unfork resolution, version 1"
_REMOVED = "Result: removed"
_CONTEXT = 3


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a person made of one file."""

    file: File | None  # None: it goes


def key_of(patch_id: str, conflict: Conflict) -> str:
    """The name of a conflict: the patch, the file, and what stands against what."""
    texts: Sequence[tuple[bytes, ...]] = conflict_texts(conflict.shown.data) if conflict.shown else []
    if not texts:
        texts = [
            tuple(side.data if side else b"\0" for side in (conflict.ours, conflict.base, conflict.theirs))
        ]
    seal = hashlib.sha256()
    for text in texts:
        for side in text:
            seal.update(hashlib.sha256(side).digest())
    path = hashlib.sha256(conflict.path.encode("utf-8", "surrogateescape"))
    seal.update(path.digest())
    return f"{patch_id[:16]}-{seal.hexdigest()[:16]}"


class Resolutions:
    """The folder of kept resolutions; without one nothing is found and nothing kept."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def find(self, patch_id: str, conflict: Conflict) -> Resolution | None:
        """What was made of the same conflict; ``None`` when nothing was kept or it does not fit."""
        if self._folder is None:
            return None
        path = self._folder / f"{key_of(patch_id, conflict)}.patch"
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise InputError(f"cannot read: {error.strerror}", where=str(path)) from error
        head, _, diff = data.partition(b"\n\n")
        lines = head.decode("utf-8", "replace").splitlines()
        if not lines or lines[0] != _HEAD:
            raise InputError(
                "not a kept resolution",
                where=f"{path}:1",
                hint="remove the file, the conflict comes up again",
            )
        if _REMOVED in lines:
            return Resolution(None)
        shown = conflict.shown
        if shown is None:
            return None
        patch = parse_patch(diff, path.name)
        hunks = patch.files[0].hunks if len(patch.files) == 1 and patch.error is None else ()
        placed = place_hunks(shown.data, hunks, strict=True)
        if not hunks or placed.failed or has_markers(placed.data):
            return None
        return Resolution(File(shown.mode, placed.data))

    def keep(
        self, patch_id: str, name: str, conflict: Conflict, result: File | None, *, target: str, on: date
    ) -> bool:
        """Write down what a person made of a conflict; false when it is nothing a text can hold."""
        if self._folder is None or (result is not None and conflict.shown is None):
            return False
        head = [
            _HEAD, f"Patch: {_one_line(name)}", f"Patch-Id: {patch_id}", f"File: {_one_line(conflict.path)}",
            f"Target: {_one_line(target)}", f"On: {on}",
        ]  # fmt: skip
        diff = b""
        if result is None:
            head.append(_REMOVED)
        else:
            assert conflict.shown is not None  # noqa: S101 - for the type checker: tested above
            if b"\0" in result.data or b"\0" in conflict.shown.data:
                return False
            diff = _diff(conflict.shown.data, result.data)
            if not diff:
                return False
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"cannot write: {error.strerror}", where=str(self._folder)) from error
        path = self._folder / f"{key_of(patch_id, conflict)}.patch"
        write_atomically(path, "\n".join(head).encode("utf-8", "surrogateescape") + b"\n\n" + diff)
        return True


def _diff(old: bytes, new: bytes) -> bytes:
    """A unified diff; the context grows until each hunk fits in one place."""
    for context in (_CONTEXT, 10, 30, 1 << 30):
        pieces = difflib.diff_bytes(
            difflib.unified_diff,
            lines_of(old),
            lines_of(new),
            b"a/file",
            b"b/file",
            n=context,
            lineterm=b"\n",
        )
        diff = b"".join(
            piece if piece.endswith(b"\n") else piece + b"\n\\ No newline at end of file\n"
            for piece in pieces
        )
        patch = parse_patch(diff, "resolution")
        if not patch.files or place_hunks(old, patch.files[0].hunks, strict=True).data == new:
            return diff
    return diff


def _one_line(text: str) -> str:
    return " ".join(text.split())
