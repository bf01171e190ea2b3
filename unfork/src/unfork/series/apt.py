"""``apt:NAME``: the patches of a Debian source package. Nothing of it is run."""

from dataclasses import replace
from pathlib import Path

from unfork.errors import InputError
from unfork.files import cache_root
from unfork.model import Series
from unfork.packages.apt import download_source
from unfork.series.archive import read_debian_tar, read_diff_gz
from unfork.series.load import load

_LARGEST = 256 * 2**20  # bytes of one downloaded archive


def read_apt(
    package: str, location: str, cache_dir: Path | None = None, *, system: Path = Path("/etc/apt")
) -> Series:
    """Read the patches of ``NAME``, ``NAME=VERSION`` or ``NAME/RELEASE``.

    Raises ``InputError`` when there is no apt, no such package, or no patch in it.
    """
    folder, warnings = download_source(
        package, location, cache_root(cache_dir), upstream=False, system=system
    )
    archives = sorted([*folder.glob("*.debian.tar.*"), *folder.glob("*.diff.gz")])
    if not archives:
        raise InputError(
            f"{package!r} is a native Debian package, it has no patches on an upstream",
            where=location,
            hint="nothing is to be done",
        )
    archive = archives[0]
    if archive.stat().st_size > _LARGEST:
        raise InputError(f"is larger than {_LARGEST // 2**20} MB, expected a smaller one", where=str(archive))
    series = _read(archive, location)
    return replace(series, carrier="apt", location=location, warnings=(*warnings, *series.warnings))


def _read(archive: Path, location: str) -> Series:
    if not archive.name.endswith(".diff.gz"):
        return load(read_debian_tar(archive), "apt", location)
    folder, direct = read_diff_gz(archive)
    if direct is None:
        return load(folder, "apt", location)
    if not folder.entries(""):
        return Series("apt", location, (direct,))
    series = load(folder, "apt", location)
    # dpkg-source applies the diff when it unpacks, before any of the patches in it.
    return replace(series, patches=(direct, *series.patches))
