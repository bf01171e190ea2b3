"""Snapshots in the cache: each is a bare git repository of our own with one commit, whole or not there."""

import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from filelock import FileLock

from unfork.errors import GitError, InputError
from unfork.git import Repository
from unfork.git_write import NewCommit, Stored, Workshop
from unfork.snapshots.members import Member, Members, Outline, left_out, outline, safe_path, shown

FORMAT = 1  # part of the key: raise it when the same archive would give another tree
_NAMED = 3  # members named in a warning
_ABOUT = "about.json"
_REPOSITORY = "repository"
_DAY = 24 * 3600
_NOBODY = "unfork <unfork@localhost>"


@dataclass(frozen=True, slots=True)
class Part:
    """An archive or a directory that makes up a tree, or a part of it."""

    members: Members
    where: str  # for messages
    below: str = ""  # the directory of the tree it goes to; "": the tree itself
    strip: bool = True  # leave out the one directory that holds all
    only: frozenset[str] = frozenset()  # paths to take; empty: all
    foreign: bool = True


class About(msgspec.Struct, frozen=True):
    """What is kept beside a repository."""

    commit: str
    top: str
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """A snapshot in the cache."""

    repository: Repository
    commit: str
    top: str  # name of the directory that held all, as "nova-16.0.0"
    warnings: tuple[str, ...]


def keep(cache: Path, key: str, parts: Sequence[Part]) -> Kept:
    """The snapshot of this key, made when it is not there.

    All members are looked at before anything is written. What is written gets its name when it is
    whole; what a killed process left is removed by the next one.
    """
    folder = cache / "snapshots"
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / key
    with FileLock(f"{place}.lock"):
        if not place.exists():
            _sweep(folder, key)
            unfinished = Path(tempfile.mkdtemp(dir=folder, prefix=f"unfinished-{key}-"))
            try:
                _make(unfinished, parts)
                unfinished.rename(place)
            finally:
                shutil.rmtree(unfinished, ignore_errors=True)
    return _read(place)


def find(cache: Path, key: str) -> Kept | None:
    """The snapshot of this key, when it is there."""
    place = cache / "snapshots" / key
    return _read(place) if place.exists() else None


def _read(place: Path) -> Kept:
    try:
        about = msgspec.json.decode((place / _ABOUT).read_bytes(), type=About)
    except (OSError, msgspec.DecodeError) as error:
        raise InputError(
            "the snapshot in the cache is damaged", where=str(place), hint="remove this folder"
        ) from error
    return Kept(Repository(place / _REPOSITORY), about.commit, about.top, about.warnings)


def _make(folder: Path, parts: Sequence[Part]) -> None:
    outlines = []
    for part in parts:
        with part.members() as members:
            outlines.append(outline(_wanted(part, members), part.where, foreign=part.foreign))
    workshop = Workshop(folder / _REPOSITORY)
    workshop.create()
    new = NewCommit("master", (), _NOBODY, _NOBODY, 0, 0, "A snapshot without history\n", {})
    try:
        with workshop.importing() as importer:
            commit = importer.commit_files(new, _files(parts, outlines))
    except GitError as error:
        raise InputError(f"git cannot keep it: {error.what}", where=parts[0].where) from error
    about = About(commit, outlines[0].top, tuple(_warnings(outlines)))
    (folder / _ABOUT).write_bytes(msgspec.json.encode(about))


def _wanted(part: Part, members: Iterator[Member]) -> Iterator[Member]:
    return (member for member in members if not part.only or member.path in part.only)


def _files(parts: Sequence[Part], outlines: Sequence[Outline]) -> Iterator[tuple[bytes, Stored | bytes]]:
    for part, found in zip(parts, outlines, strict=True):
        strip = f"{found.top}/" if part.strip and found.top else ""
        with part.members() as members:
            for member in _wanted(part, members):
                path = safe_path(member.path, part.where)
                if left_out(path, member.size) is not None:
                    continue
                name = _named(part, path.removeprefix(strip))
                if member.same_as is not None:
                    first = safe_path(member.same_as, part.where)
                    yield name, _named(part, first.removeprefix(strip))
                else:
                    yield name, Stored(member.mode, member.read())


def _named(part: Part, path: str) -> bytes:
    return (f"{part.below}/{path}" if part.below else path).encode("utf-8", "surrogateescape")


def _warnings(outlines: Sequence[Outline]) -> Iterator[str]:
    out = [said for found in outlines for said in found.left_out]
    if out:
        named = ", ".join(shown(each) for each in out[:_NAMED])
        more = f" and {len(out) - _NAMED} more" if len(out) > _NAMED else ""
        yield f"left out of the snapshot: {named}{more}"


def _sweep(folder: Path, key: str) -> None:
    """Remove what killed processes left: ours, whose lock we hold, and what is days old."""
    now = time.time()
    for left in folder.glob("unfinished-*"):
        if left.name.startswith(f"unfinished-{key}-") or now - left.stat().st_mtime > _DAY:
            shutil.rmtree(left, ignore_errors=True)
