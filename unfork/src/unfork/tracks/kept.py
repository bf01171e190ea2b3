"""Where tracks are kept: one folder a track, with its record, its journal and its worktree.

The folder is of this machine, like the store of scans: it names absolute paths and changes at every
step, so it is no text for a plan's reviewers. What a team shares (resolutions) is in the plan's folder.
"""

import hashlib
import os
import re
from pathlib import Path

import msgspec

from unfork.errors import InputError
from unfork.files import write_atomically
from unfork.git import Repository
from unfork.model.track import Track

TRACKS_VARIABLE = "UNFORK_TRACKS"
RECORD = "track.json"
WORKTREE = "tree"
FORMAT = 1
# What git takes for a part of a ref, a file system for a folder, and a shell for a word.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


class _Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The record's file."""

    format: int
    track: Track


def tracks_root(given: Path | None = None) -> Path:
    """The folder of all tracks: ``given``, else ``$UNFORK_TRACKS``, else in the user's data folder."""
    if given is not None:
        return given.absolute()
    if os.environ.get(TRACKS_VARIABLE):
        return Path(os.environ[TRACKS_VARIABLE]).absolute()
    from platformdirs import user_data_path

    return user_data_path("unfork", appauthor=False) / "tracks"


def place_of(root: Path, repository: Repository, name: str) -> Path:
    """The folder of a track, there or not; raises ``InputError`` for a name that cannot be one."""
    if not _NAME.fullmatch(name) or ".." in name or name.endswith((".lock", ".")):
        raise InputError(
            f"a track cannot be called {name!r}",
            hint="letters, digits, '-', '_' and '.', beginning with a letter or a digit",
        )
    return shelf_of(root, repository) / name


def save_track(folder: Path, track: Track) -> None:
    """Write the record of a track, whole or not at all; the folder is made when it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot make the track's folder: {error.strerror}", where=str(folder)) from error
    data = msgspec.json.format(msgspec.json.encode(_Kept(FORMAT, track)), indent=2)
    write_atomically(folder / RECORD, data + b"\n")


def load_track(folder: Path) -> Track:
    """The track of a folder; raises ``InputError`` when there is none, or its record cannot be read."""
    path = folder / RECORD
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=_Kept)
    except FileNotFoundError as error:
        near = sorted(each.parent.name for each in folder.parent.glob(f"*/{RECORD}"))
        raise InputError(
            f"there is no track {folder.name!r}",
            hint=f"there are {', '.join(near)}" if near else "unfork track new makes one",
        ) from error
    except OSError as error:
        raise InputError(f"cannot read: {error.strerror}", where=str(path)) from error
    except msgspec.DecodeError as error:
        raise InputError(
            f"not a track's record: {error}",
            where=str(path),
            hint="unfork of another version wrote it, or it was changed by hand",
        ) from error
    if kept.format != FORMAT:
        raise InputError(
            f"format {kept.format}, this unfork knows {FORMAT}", where=str(path), hint="use the newer unfork"
        )
    return kept.track


def find_tracks(root: Path, repository: Repository | None = None) -> tuple[Track, ...]:
    """All tracks, or those of one repository, by name."""
    pattern = f"{shelf_of(root, repository).name}/*/{RECORD}" if repository is not None else f"*/*/{RECORD}"
    found = [load_track(path.parent) for path in root.glob(pattern)]
    return tuple(sorted(found, key=lambda track: (track.name, track.repository)))


def shelf_of(root: Path, repository: Repository) -> Path:
    """The folder of all tracks of a repository, the same for each of its worktrees."""
    common = repository.objects_dir.parent
    name = common.parent.name if common.name in (".git", "repo") else common.name.removesuffix(".git")
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", name)[:60] or "repository"
    return root / f"{plain}-{hashlib.sha256(os.fsencode(common)).hexdigest()[:10]}"
