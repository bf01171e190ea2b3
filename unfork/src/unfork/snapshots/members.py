"""What is in an archive or a directory, file by file, and what is not let in.

Nothing is unpacked to disk: the files go from the archive into a git repository of ours, so a path
that leads out has nowhere to go. Such an archive was made to harm all the same, and is refused.
"""

import posixpath
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from unfork.errors import InputError

# Generous for source code (the Linux kernel is 90,000 files and 1.6 GB), small for a disk.
MOST_FILES = 500_000
MOST_BYTES = 4 * 2**30
LARGEST_FILE = 256 * 2**20  # bytes; larger ones are left out, they are no source code
_RATIO = 200  # source code packs to a tenth or a twentieth; deflate gives a thousand at most
_ALWAYS = 64 * 2**20  # bytes that any archive may become

_LONGEST_LINK = 4096  # bytes, PATH_MAX

LINK = "120000"
_FILE = "100644"
_PROGRAM = "100755"


@dataclass(frozen=True, slots=True)
class Member:
    """One file or link. ``read`` is valid until the next one is asked for."""

    path: str  # as written in the archive
    mode: str  # git's
    size: int
    read: Callable[[], bytes]  # contents; of a symbolic link where it leads
    same_as: str | None = None  # a hard link: the path of an earlier member
    problem: str | None = None  # what it is when it is neither file nor link


Members = Callable[[], AbstractContextManager[Iterator[Member]]]


@dataclass(slots=True)
class Outline:
    """What a first pass over the members found: all are safe, and these are left out."""

    files: int = 0
    size: int = 0
    top: str = ""  # the one directory that holds all, as release archives have it; "": none
    left_out: list[str] = field(default_factory=list)  # paths and why, in words


def mode_of(bits: int) -> str:
    """Git's mode for a file's permission bits."""
    return _PROGRAM if bits & 0o100 else _FILE


def most_bytes(packed: int) -> int:
    """What an archive of this size may become, in bytes."""
    return min(MOST_BYTES, max(_ALWAYS, _RATIO * packed))


def outline(members: Iterable[Member], where: str, *, foreign: bool = True) -> Outline:
    """Look at every member; raises ``InputError`` for one that has no place in a source tree.

    ``foreign``: from an archive; a link that leads out is refused. In a directory of the user's it is
    kept as a link.
    """
    found = Outline()
    tops: set[str] = set()
    seen: set[str] = set()
    flat = False
    for member in members:
        path = safe_path(member.path, where)
        found.files += 1
        if found.files > MOST_FILES:
            raise InputError(f"the archive has more than {MOST_FILES:,} files", where=where)
        if member.problem:
            raise InputError(f"{shown(path)} is {member.problem}", where=where, hint=_WHAT_TO_DO)
        if member.mode == LINK and member.size > _LONGEST_LINK:
            raise InputError(
                f"{shown(path)} is a link of {member.size:,} bytes", where=where, hint=_WHAT_TO_DO
            )
        if foreign and member.mode == LINK:
            _check_link(path, member.read().decode("utf-8", "surrogateescape"), where)
        if member.same_as is not None and safe_path(member.same_as, where) not in seen:
            raise InputError(
                f"{shown(path)} is a link to {shown(member.same_as)}, which is not before it in the archive",
                where=where,
                hint=_WHAT_TO_DO,
            )
        found.size += member.size
        if (reason := left_out(path, member.size)) is not None:
            found.left_out.append(f"{path}: {reason}")
        else:
            seen.add(path)
        head, slash, _ = path.partition("/")
        tops.add(head)
        flat = flat or not slash
    if not seen:
        raise InputError("there is no file in it", where=where, hint="is it a release of the upstream?")
    found.top = tops.pop() if len(tops) == 1 and not flat else ""
    return found


_WHAT_TO_DO = "it is not read at all: get the archive from a place you trust"


def safe_path(path: str, where: str) -> str:
    """The path without "./"; raises ``InputError`` for one that is absolute or leads out."""
    parts = path.split("/")
    if path.startswith("/") or ".." in parts or "\0" in path:
        raise InputError(f"the path {shown(path)} leads out of the archive", where=where, hint=_WHAT_TO_DO)
    kept = "/".join(part for part in parts if part not in ("", "."))
    if not kept:
        raise InputError("a file in it has no name", where=where, hint=_WHAT_TO_DO)
    return kept


def left_out(path: str, size: int) -> str | None:
    """Why a member is not taken over, in words; ``None`` when it is."""
    if any(part.lower() in (".git", ".hg", ".svn", ".bzr") for part in path.split("/")):
        return "belongs to a version control system"
    if size > LARGEST_FILE:
        return f"larger than {LARGEST_FILE // 2**20} MB"
    return None


def _check_link(path: str, target: str, where: str) -> None:
    end = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    if target.startswith("/") or end == ".." or end.startswith("../"):
        raise InputError(
            f"the link {shown(path)} leads out of the archive, to {shown(target)}",
            where=where,
            hint=_WHAT_TO_DO,
        )


def shown(path: str) -> str:
    """A path for a message: quoted, and not too long for one line."""
    return repr(path if len(path) <= 100 else path[:97] + "...")
