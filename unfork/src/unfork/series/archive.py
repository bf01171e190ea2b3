"""The patches inside a downloaded Debian source package, without unpacking or running anything.

``.debian.tar.*`` is read member by member, ``.diff.gz`` through our own parser. Everything is
counted while it is inflated: a small archive that wants to become a huge one is refused.
"""

import posixpath
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import IO, cast

from unfork.errors import InputError
from unfork.model import Patch
from unfork.packages.inflate import Counted, inflated
from unfork.series.folder import MemoryFolder
from unfork.series.identity import change_id
from unfork.series.parse import LIMIT, parse_patch

INFLATED = 1024 * 2**20  # bytes an archive may become
_PATCHES = "debian/patches"


def read_debian_tar(path: Path, limit: int = INFLATED) -> MemoryFolder:
    """The files below ``debian/patches`` of a ``.debian.tar.*``."""
    files: dict[str, bytes] = {}
    links: dict[str, str] = {}
    with inflated(path) as file:
        counted = Counted(file, limit, str(path))
        try:
            with tarfile.open(fileobj=cast("IO[bytes]", counted), mode="r|") as archive:
                for member in archive:
                    inside = _inside(member.name)
                    if inside is None:
                        continue
                    if member.issym():
                        links[inside] = posixpath.normpath(
                            posixpath.join(posixpath.dirname(inside), member.linkname)
                        )
                    elif member.isreg() and (content := archive.extractfile(member)) is not None:
                        files[inside] = content.read(LIMIT + 1)
        except tarfile.TarError as error:
            raise InputError(f"the archive is damaged: {error}", where=str(path)) from error
    # A link to another patch of the archive is that patch; any other has nothing to give.
    files |= {name: files[target] for name, target in links.items() if target in files}
    return MemoryFolder(f"{path.name}:{_PATCHES}", files)


def read_diff_gz(path: Path) -> tuple[MemoryFolder, Patch | None]:
    """The patches a format 1.0 ``.diff.gz`` adds, and the changes it makes outside ``debian/``."""
    with inflated(path) as file:
        data = Counted(file, LIMIT, str(path)).read()
    whole = parse_patch(data, path.name)
    if whole.error is not None:
        raise InputError(f"the Debian diff cannot be read: {whole.error}", where=str(path))
    files: dict[str, bytes] = {}
    for change in whole.files:
        inside = _inside(change.path)
        if inside is not None:
            files[inside] = _contents(change.hunks[0].lines if change.hunks else ())
    direct = tuple(change for change in whole.files if not change.path.startswith("debian/"))
    patch = None
    if direct:
        subject = f"Changes outside debian/ in {path.name}"
        patch = replace(whole, files=direct, subject=subject, id=change_id(direct))
    return MemoryFolder(f"{path.name}:{_PATCHES}", files), patch


def _contents(lines: tuple[bytes, ...]) -> bytes:
    """A new file's bytes from its only hunk."""
    if lines and lines[-1].startswith(b"\\"):
        return b"".join(line[1:] for line in lines[:-1]).removesuffix(b"\n")
    return b"".join(line[1:] for line in lines)


def _inside(name: str) -> str | None:
    """The path below ``debian/patches``, or ``None`` for any other member."""
    path = posixpath.normpath(name)
    return path[len(_PATCHES) + 1 :] if path.startswith(f"{_PATCHES}/") else None
