"""One door for all carriers."""

import posixpath
from dataclasses import replace
from pathlib import Path

from unfork.errors import InputError
from unfork.git import Repository
from unfork.model import Series
from unfork.series.detect import Place, detect, recipe_carrier, recipe_root
from unfork.series.folder import DiskFolder, Folder, TreeFolder
from unfork.series.load import load
from unfork.series.recipes import recipe_reader


def read_series(spec: str, *, carrier: str | None = None, cache_dir: Path | None = None) -> Series:
    """Read the series a spec names: a path, ``REPO:BASE..TIP``, ``REPO@REV:DIR`` or ``apt:NAME``.

    The carrier is found out; ``carrier`` forces it. ``cache_dir`` is where ``apt:`` keeps what it
    downloads (default: the user's cache). A patch that cannot be read is in the series with its
    ``error``; a series that cannot be read raises ``InputError``.
    """
    place = detect(spec, carrier)
    if place.carrier == "apt":
        from unfork.series.apt import read_apt

        return read_apt(place.package, spec, cache_dir)
    if place.carrier == "range":
        from unfork.series.commits import read_range

        return read_range(Repository(place.path), place.base, place.tip, spec)
    if place.carrier == "tree":
        return _tree(place, spec)
    if place.carrier == "mailbox":
        from unfork.series.mailbox import read_mailbox

        if not place.path.is_file():
            raise InputError("is no file, expected a mailbox or a patch", where=str(place.path))
        return read_mailbox(place.path, spec)
    if not place.path.is_dir():
        raise InputError(
            f"there is no such directory, expected one for the carrier {place.carrier!r}",
            where=str(place.path),
            hint="check the path, or give another carrier",
        )
    if place.carrier in ("rpm", "yocto", "edits"):
        return _recipes(DiskFolder(place.path), place.file, place.carrier, spec)
    if place.carrier == "quilt" and not (place.path / "series").is_file():
        raise InputError(
            "there is no series file, expected one for the carrier 'quilt'",
            where=str(place.path),
            hint="the carrier 'directory' takes the order of names",
        )
    return load(DiskFolder(place.path), place.carrier, spec)


def _recipes(folder: Folder, file: str, carrier: str, spec: str) -> Series:
    """The patches of one file that says how something is built, or of all below a folder."""
    files = [file] if file else [path for path in folder.files() if recipe_carrier(path) == carrier]
    if not files:
        raise InputError(f"there is no file in it for the carrier {carrier!r}", where=spec)
    read = recipe_reader(carrier)
    known = folder.files()
    found = [read(folder, path, known).as_series(carrier, spec) for path in files]
    patches = tuple(patch for series in found for patch in series.patches)
    warnings = tuple(text for series in found for text in series.warnings)
    if not patches:
        raise InputError(
            "there is no patch in it: it names no patch file and edits nothing that somebody else wrote",
            where=spec,
            hint="unfork series FOLDER lists what there is",
        )
    return Series(carrier, spec, patches, warnings=warnings)


def _tree(place: Place, spec: str) -> Series:
    """A directory in a commit: patches in it, or a source tree or quilt folder that has them."""
    repository = Repository(place.path)
    carrier = recipe_carrier(place.directory)
    if carrier is not None and _kind(repository, place.revision, place.directory) == b"blob":

        def is_file(path: str) -> bool:
            return _kind(repository, place.revision, path) == b"blob"

        root = recipe_root(place.directory, is_file)
        file = posixpath.relpath(place.directory, root) if root else place.directory
        return _recipes(TreeFolder(repository, place.revision, root), file, carrier, spec)
    folder = TreeFolder(repository, place.revision, place.directory)
    for inner in ("debian/patches", "patches"):
        if f"{inner}/series" in folder.entries(inner) and "series" not in folder.entries(""):
            directory = f"{place.directory}/{inner}".lstrip("/")
            folder = TreeFolder(repository, place.revision, directory)
            break
    return replace(load(folder, "tree", spec), carrier="tree")


def _kind(repository: Repository, revision: str, path: str) -> bytes:
    found = repository.try_run("cat-file", "-t", f"{repository.resolve(revision)}:{path}")
    return found.out.strip()
