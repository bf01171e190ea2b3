"""Open the upstream a user names: a repository on this machine, or an address that is cloned once."""

import hashlib
import re
import shutil
import tempfile
import time
from pathlib import Path

from filelock import FileLock

from unfork.errors import InputError
from unfork.git import Repository, clone, fetch
from unfork.history.hashes import Hashes
from unfork.progress import Progress

_ADDRESS = re.compile(r"^(?:https?|ssh|git|file)://|^[\w.-]+@[\w.-]+:")
_FAILED = "fetch-failed"  # beside the clone's own files: why the last refresh did not work
_FRESH = 3600  # seconds for which a clone is taken as up to date


def is_address(spec: str) -> bool:
    """Whether an upstream is named by a URL (or ``user@host:path``) and not by a path."""
    return bool(_ADDRESS.match(spec))


def has_upstream(spec: str, cache: Path) -> bool:
    """Whether an upstream is on this machine already, as a path or as a clone of its address."""
    return _place(spec, cache).exists() if is_address(spec) else Path(spec).exists()


def open_upstream(spec: str, cache: Path, progress: Progress) -> Repository:
    """The repository at a path, or a clone of an address kept below ``cache`` and refreshed hourly."""
    if not is_address(spec):
        repository = Repository(Path(spec))
        if not Path(spec).exists():
            raise InputError("there is no such repository", where=spec, hint="name a path or a URL to clone")
        _ = repository.git_dir
        return repository
    place = _place(spec, cache)
    place.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{place}.lock"):
        if not place.exists():
            _clone(spec, place, progress)
        elif time.time() - _fetched(place) > _FRESH:
            progress.start(f"fetching {without_secret(spec)}", None)
            try:
                fetch(place)
            except InputError as error:  # without a network what we have is better than nothing
                (place / _FAILED).write_text(error.what, encoding="utf-8")
            else:
                (place / _FAILED).unlink(missing_ok=True)
                (place / "fetched").touch()
            finally:
                progress.finish()
    return Repository(place)


def stale(repository: Repository) -> list[str]:
    """A warning when a clone of ours could not be refreshed."""
    failed = repository.path / _FAILED
    if not failed.exists():
        return []
    hours = (time.time() - _fetched(repository.path)) / 3600
    why = failed.read_text(encoding="utf-8")
    return [f"the upstream is as it was {hours:.0f} hours ago: it could not be refreshed ({why})"]


def without_secret(spec: str) -> str:
    """An address without the user name and password in it, as it may be shown."""
    return re.sub(r"(://)[^/@\s]+@", r"\1", spec)


def _place(address: str, cache: Path) -> Path:
    return cache / "clones" / hashlib.sha256(address.encode()).hexdigest()[:16]


def _clone(address: str, place: Path, progress: Progress) -> None:
    """Clone beside the place and rename, so that a clone cut short is never taken for a whole one."""
    for killed in place.parent.glob(f"unfinished-{place.name}-*"):  # ours: we hold the lock
        shutil.rmtree(killed, ignore_errors=True)
    unfinished = Path(tempfile.mkdtemp(dir=place.parent, prefix=f"unfinished-{place.name}-"))
    progress.start(f"cloning {without_secret(address)}", None)
    try:
        clone(address, unfinished / "repo")
        (unfinished / "repo" / "fetched").touch()
        (unfinished / "repo").rename(place)
    finally:
        progress.finish()
        shutil.rmtree(unfinished, ignore_errors=True)


def _fetched(place: Path) -> float:
    stamp = place / "fetched"
    return stamp.stat().st_mtime if stamp.exists() else 0.0


def check_complete(repository: Repository, shas: Hashes) -> None:
    """Refuse a history that was cut inside the commits to be searched: their diffs would be wrong."""
    inside = [sha for sha in sorted(repository.cut_commits()) if sha in shas]
    if inside:
        raise InputError(
            f"history is cut (a shallow clone): the commits before {inside[0][:12]} are missing",
            where=str(repository.path),
            hint=f"git -C {repository.path} fetch --unshallow",
        )
