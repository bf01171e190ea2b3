"""From a name to a snapshot: read, downloaded, or taken from the cache."""

import hashlib
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from unfork.errors import InputError
from unfork.git import Repository, TreeEntry
from unfork.packages import download_release, download_source, parse_requirement, read_pip_settings
from unfork.progress import Progress
from unfork.snapshots.about import version_of
from unfork.snapshots.archives import archive_members
from unfork.snapshots.folders import fingerprint, folder_members
from unfork.snapshots.records import Record, read_record, write_record
from unfork.snapshots.store import FORMAT, Kept, Part, find, keep
from unfork.upstream_spec import Kind, Spec


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """One tree of an upstream whose history is not at hand."""

    name: str  # as the user named it
    kind: Kind
    repository: Repository  # ours, with this one commit
    commit: str
    tree: dict[str, TreeEntry]
    version: str | None  # as its metadata says
    releases: tuple[str, ...] = ()  # all of its index, oldest first, where it comes from one
    warnings: tuple[str, ...] = field(default=())

    def read(self, path: str) -> bytes:
        """The contents of a file; empty for one that is not there."""
        if path not in self.tree:
            return b""
        (data,) = self.repository.blobs([self.tree[path].sha])
        return data or b""


def open_snapshot(spec: Spec, cache: Path, progress: Progress) -> Snapshot:
    """The snapshot that is named; raises ``InputError`` when it cannot be had."""
    progress.start(f"reading {spec.text}", None)
    try:
        if spec.kind is Kind.PYPI:
            return _looked_up(
                spec, cache, partial(_from_index, spec, cache, progress), pinned="==" in spec.rest
            )
        if spec.kind is Kind.APT:
            return _looked_up(spec, cache, partial(_from_apt, spec, cache), pinned="=" in spec.rest)
        if spec.kind is Kind.DIRECTORY:
            members = partial(folder_members, spec.path)
            key = _key(fingerprint(spec.path))
            part = Part(members, spec.text, strip=False, foreign=False)
            return _snapshot(spec, keep(cache, key, [part]), spec.path.resolve().name)
        kept = keep(cache, _key(_hash(spec.path)), [_archive(spec.path)])
        return _snapshot(spec, kept, spec.path.name)
    finally:
        progress.finish()


def commit_snapshot(repository: Repository, commit: str, name: str) -> Snapshot:
    """A commit of a repository as one tree: the base of a series that is a range."""
    return Snapshot(name, Kind.COMMIT, repository, commit, repository.tree(commit), None)


def _snapshot(spec: Spec, kept: Kept, file_name: str) -> Snapshot:
    tree = kept.repository.tree(kept.commit)
    version = version_of(kept.repository, tree, kept.top, file_name)
    return Snapshot(spec.text, spec.kind, kept.repository, kept.commit, tree, version, warnings=kept.warnings)


def _looked_up(
    spec: Spec, cache: Path, ask: Callable[[], tuple[Record, tuple[str, ...]]], *, pinned: bool
) -> Snapshot:
    """A snapshot from a registry: asked when the answer kept is not good any more."""
    record = read_record(cache, spec.text)
    kept = find(cache, record.key) if record else None
    warnings: tuple[str, ...] = ()
    if record is None or kept is None or not (pinned or record.fresh):
        try:
            record, warnings = ask()
            write_record(cache, record)
        except InputError as error:
            if record is None or kept is None:
                raise
            warnings = (record.stale(error.what),)
        kept = find(cache, record.key)
    assert kept is not None  # noqa: S101 - found, or made by what was asked
    found = _snapshot(spec, kept, "")
    return replace(
        found,
        version=record.version or found.version,
        releases=record.releases,
        warnings=(*warnings, *found.warnings),
    )


def _from_index(spec: Spec, cache: Path, progress: Progress) -> tuple[Record, tuple[str, ...]]:
    name, version = parse_requirement(spec.rest, spec.text)
    with _downloads(cache) as folder:
        release = download_release(name, version, Path(folder), read_pip_settings(), progress)
        key = _key(_hash(release.path))
        keep(cache, key, [_archive(release.path, spec.text)])
    return Record(spec.text, key, release.version, release.releases, time.time()), ()


def _from_apt(spec: Spec, cache: Path) -> tuple[Record, tuple[str, ...]]:
    """Upstream's archives of a Debian source package, with the changelog of its Debian part."""
    folder, warnings = download_source(spec.rest, spec.text, cache, upstream=True)
    whole = sorted(path for path in folder.iterdir() if ".tar." in path.name and path.suffix != ".asc")
    debian = [path for path in whole if ".debian.tar." in path.name]
    upstream = [path for path in whole if path not in debian]
    # The main archive first: "NAME_1.orig.tar.xz" before its components, "NAME_1.orig-docs.tar.xz".
    upstream.sort(key=lambda path: ".orig-" in path.name)
    if not upstream:
        raise InputError("the source package has no archive of the upstream", where=spec.text)
    parts = [
        replace(_archive(path, spec.text), below=path.name.partition(".orig-")[2].partition(".tar.")[0])
        for path in upstream
    ]
    parts += [
        replace(_archive(path, spec.text), strip=False, only=frozenset({"debian/changelog"}))
        for path in debian
    ]
    key = _key(*(_hash(path) for path in (*upstream, *debian)))
    kept = keep(cache, key, parts)
    version = version_of(kept.repository, {}, upstream[0].name)
    return Record(spec.text, key, version, (), time.time()), warnings


def _archive(path: Path, where: str | None = None) -> Part:
    return Part(partial(archive_members, path), where or str(path))


def _downloads(cache: Path) -> "tempfile.TemporaryDirectory[str]":
    folder = cache / "snapshots"
    folder.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(dir=folder, prefix="unfinished-download-")


def _key(*hashes: str) -> str:
    return hashlib.sha256(repr((FORMAT, hashes)).encode()).hexdigest()[:24]


def _hash(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"the archive cannot be read: {error.strerror}", where=str(path)) from error
