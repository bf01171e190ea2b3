"""The members of a directory. Links are kept as links and never followed."""

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from unfork.errors import InputError
from unfork.snapshots.members import LINK, Member, left_out, mode_of


@contextmanager
def folder_members(root: Path) -> Iterator[Iterator[Member]]:
    """Every file below a directory, in the order of names; devices and pipes are not there."""
    yield _members(root)


def fingerprint(root: Path) -> str:
    """A hash that changes when a file below a directory does, by size and time as git looks at it."""
    digest = hashlib.sha256(os.fsencode(root.resolve()))
    for path, status in _walk(root):
        facts = (status.st_mode, status.st_size, status.st_mtime_ns, status.st_ino)
        digest.update(os.fsencode(path) + b"\0" + repr(facts).encode() + b"\n")
    return digest.hexdigest()


def _members(root: Path) -> Iterator[Member]:
    for path, status in _walk(root):
        full = root / path
        if stat.S_ISLNK(status.st_mode):
            target = os.fsencode(os.readlink(full))  # noqa: PTH115 - the bytes, not a Path made of them
            yield Member(path, LINK, len(target), lambda target=target: target)  # type: ignore[misc]
        else:
            yield Member(path, mode_of(status.st_mode), status.st_size, lambda full=full: _read(full))  # type: ignore[misc]


def _walk(root: Path, inside: str = "") -> Iterator[tuple[str, os.stat_result]]:
    try:
        with os.scandir(root / inside) as listed:
            entries = sorted(listed, key=lambda entry: entry.name)
    except OSError as error:
        raise InputError(
            f"the directory cannot be read: {error.strerror}", where=str(root / inside)
        ) from error
    for entry in entries:
        path = f"{inside}/{entry.name}" if inside else entry.name
        if left_out(path, 0) is not None:
            continue
        status = entry.stat(follow_symlinks=False)
        if stat.S_ISDIR(status.st_mode):
            yield from _walk(root, path)
        elif stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode):
            yield path, status


def _read(path: Path) -> bytes:
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            return file.read()
    except OSError as error:
        raise InputError(f"the file cannot be read: {error.strerror}", where=str(path)) from error
