"""The carrier ``edits``: what the commands of Dockerfiles, image recipes and shell scripts change.

An edit without a diff is a patch without files that has its ``edit``. A patch file that a command
applies, and the folder has, is read as a patch like any other.
"""

import fnmatch
import hashlib
import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from unfork.model import Edit, Patch
from unfork.series.commands import Applied, Found, find_edit
from unfork.series.detect import is_dockerfile
from unfork.series.dockerfile import read_dockerfile
from unfork.series.folder import Entry, Folder
from unfork.series.load import read_all, shown
from unfork.series.order import natural
from unfork.series.parse import parse_patch, unusable
from unfork.series.recipe import RecipeRead
from unfork.series.shell import Script, read_script

_LARGEST = 2**20  # bytes of a script; a person's is far below
_LARGEST_COPY = 8 * 2**20
_MOST_COPIED = 1000  # files of a directory that one COPY puts over installed ones
_SUBJECT = 200  # characters


def read_edits(folder: Folder, path: str, files: Mapping[str, Entry] | None = None) -> RecipeRead:
    """The edits of one script, in its order. ``files`` are those of the folder, where they are known.

    Never raises for what the script holds: what is no shell is left out with a warning.
    """
    known = folder.files() if files is None else files
    entry = known.get(path, Entry(0, problem="is not there"))
    if entry.problem or entry.size > _LARGEST:
        why = entry.problem or f"has more than {_LARGEST} bytes, expected a script that people wrote"
        return RecipeRead((unusable(path, f"1: {why}"),))
    data = folder.read([path], _LARGEST)[0]
    if b"\0" in data:
        return RecipeRead((unusable(path, "1: is binary, expected a script"),))
    package: str | None = None
    base: str | None = None
    if is_dockerfile(path):
        dockerfile = read_dockerfile(data)
        script, base = dockerfile.script, dockerfile.base
    else:
        script = read_script(data)
        package, base = _image_base(data)
    reading = _Reading(folder, path, known)
    patches = [
        patch for command in script.commands for found in find_edit(command) for patch in reading.of(found)
    ]
    return RecipeRead(tuple(patches), frozenset(reading.named), package, base, warnings=_unread(path, script))


def patches_of(found: Found, folder: Folder, path: str, files: Mapping[str, Entry]) -> Sequence[Patch]:
    """The patches that one command of a recipe stands for."""
    return _Reading(folder, path, files).of(found)


def _image_base(data: bytes) -> tuple[str | None, str | None]:
    """Project and revision of an image recipe for loci, the builder of OpenStack's images."""
    words = dict(re.findall(rb"^(PROJECT|PROJECT_REF)=[\"']?([^\s\"']+)", data, re.MULTILINE))
    name, revision = (words.get(key, b"").decode("utf-8", "replace") for key in (b"PROJECT", b"PROJECT_REF"))
    return name or None, revision or None


def _unread(path: str, script: Script) -> tuple[str, ...]:
    if not script.unread:
        return ()
    lines = shown(str(line) for line in sorted(set(script.unread)))
    return (f"{path}: is no shell in line {lines}: what stands there was not read",)


class _Reading:
    """Edits into patches; collects which of the folder's files they name."""

    def __init__(self, folder: Folder, path: str, files: Mapping[str, Entry]) -> None:
        self._folder = folder
        self._path = path
        self._files = files
        self.named: set[str] = set()

    def of(self, found: Found) -> Sequence[Patch]:
        """The patches one command stands for."""
        edit = found.edit
        if edit is None:
            return ()
        name = f"{self._path}:{found.command.line}"
        if found.applied:
            return [patch for applied in found.applied for patch in self._diffs(found, applied, edit, name)]
        if found.copied is not None:
            return self._copies(found.copied, found.below, edit, name)
        return [_patch(edit, name)]

    def _diffs(self, found: Found, applied: Applied, edit: Edit, name: str) -> list[Patch]:
        if found.command.here is not None and not applied.name.text:
            patches = [parse_patch(found.command.here, name, strip=applied.strip)]
        else:
            paths = self._find(applied.name.text)
            if not paths:
                unknown = f"the folder has no file {applied.name.text!r} to apply"
                return [_patch(replace(edit, unknown=unknown), name)]
            self.named.update(paths)
            patches = read_all(
                self._folder, [(path, applied.strip, self._files[path], None) for path in paths]
            )
        if applied.is_reversed:
            why = f"{name}: the option -R is not supported, expected a patch that applies forward; reverse it"
            patches = [replace(patch, error=why, files=()) for patch in patches]
        return patches

    def _copies(self, source: str, below: str, edit: Edit, name: str) -> list[Patch]:
        start = posixpath.normpath(source).lstrip("./")
        inside = sorted(path for path in self._files if path.startswith(f"{start}/")) if start else []
        if inside:
            return [
                self._copy(
                    path, replace(edit, targets=(posixpath.join(below, path[len(start) + 1 :]),)), name
                )
                for path in inside[:_MOST_COPIED]
            ]
        paths = self._find(source)
        if len(paths) != 1:
            unknown = f"the folder has no file {source!r}: what is put there is not known"
            return [_patch(replace(edit, unknown=unknown), name)]
        return [self._copy(paths[0], edit, name)]

    def _copy(self, path: str, edit: Edit, name: str) -> Patch:
        entry = self._files[path]
        self.named.add(path)
        if entry.problem or entry.size > _LARGEST_COPY:
            why = entry.problem or f"has more than {_LARGEST_COPY} bytes"
            return _patch(replace(edit, unknown=f"{path} {why}"), name)
        return _patch(replace(edit, content=self._folder.read([path], _LARGEST_COPY)[0]), name)

    def _find(self, name: str) -> list[str]:
        """The folder's files that a path in the image means: by the whole of it, else by its end.

        Where in the image a file of the folder goes is not followed: its name is what is left of it.
        """
        near = posixpath.dirname(self._path)
        for exact in (posixpath.normpath(posixpath.join(near, name)), posixpath.normpath(name).lstrip("/")):
            if exact in self._files:
                return [exact]
        base = posixpath.basename(name)
        if not base or base == "*" or "$" in base:
            return []
        same = [path for path in self._files if fnmatch.fnmatchcase(posixpath.basename(path), base)]
        if re.search(r"[*?\[]", base) or len(same) < 2:
            folder = posixpath.basename(posixpath.dirname(name))
            closer = [path for path in same if posixpath.basename(posixpath.dirname(path)) == folder]
            return sorted(closer or same, key=natural)
        return []


def _patch(edit: Edit, name: str) -> Patch:
    parts = (edit.kind, edit.command, *edit.targets, *edit.sed)
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape"))
    digest.update(b"\0" + (edit.content or b""))
    subject = edit.command if len(edit.command) <= _SUBJECT else f"{edit.command[: _SUBJECT - 1]}…"
    return Patch(name=name, id=digest.hexdigest()[:40], subject=subject, edit=edit)
