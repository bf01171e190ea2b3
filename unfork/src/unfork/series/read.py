"""One door for all carriers."""

from dataclasses import replace
from pathlib import Path

from unfork.errors import InputError
from unfork.git import Repository
from unfork.model import Series
from unfork.series.detect import Place, detect
from unfork.series.folder import DiskFolder, TreeFolder
from unfork.series.load import load


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
    if place.carrier == "quilt" and not (place.path / "series").is_file():
        raise InputError(
            "there is no series file, expected one for the carrier 'quilt'",
            where=str(place.path),
            hint="the carrier 'directory' takes the order of names",
        )
    return load(DiskFolder(place.path), place.carrier, spec)


def _tree(place: Place, spec: str) -> Series:
    """A directory in a commit: patches in it, or a source tree or quilt folder that has them."""
    repository = Repository(place.path)
    folder = TreeFolder(repository, place.revision, place.directory)
    for inner in ("debian/patches", "patches"):
        if f"{inner}/series" in folder.entries(inner) and "series" not in folder.entries(""):
            directory = f"{place.directory}/{inner}".lstrip("/")
            folder = TreeFolder(repository, place.revision, directory)
            break
    return replace(load(folder, "tree", spec), carrier="tree")
