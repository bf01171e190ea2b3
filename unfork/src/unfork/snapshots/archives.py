"""The members of tar and zip archives, read in one direction and counted while they are inflated."""

import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from unfork.errors import InputError
from unfork.packages import Counted, inflated
from unfork.snapshots.members import LINK, Member, mode_of, most_bytes, shown

_BLOCK = 1 << 20
_EXTENSIONS = frozenset(
    {
        tarfile.XHDTYPE,
        tarfile.XGLTYPE,
        tarfile.SOLARIS_XHDTYPE,
        tarfile.GNUTYPE_LONGNAME,
        tarfile.GNUTYPE_LONGLINK,
    }
)
_LONGEST_HEAD = 1 << 20  # bytes; paths end at 4,096, and nobody has so many attributes
_SPECIAL = "a device or a pipe, expected files and links"


class _Head(tarfile.TarInfo):
    """A member's head. What extends one (long names, PAX records) is read into memory as a whole."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "_Head":
        """As tarfile does; refuses an extension that is larger than any name."""
        head = super().frombuf(buf, encoding, errors)
        if head.type in _EXTENSIONS and head.size > _LONGEST_HEAD:
            raise tarfile.ReadError(f"a head of {head.size:,} bytes")
        return head


@contextmanager
def archive_members(path: Path) -> Iterator[Iterator[Member]]:
    """The members of an archive, by the ending of its name."""
    if path.suffix.lower() in (".zip", ".whl"):
        with _zip(path) as members:
            yield members
    else:
        with _tar(path) as members:
            yield members


@contextmanager
def _tar(path: Path) -> Iterator[Iterator[Member]]:
    with inflated(path) as file:
        counted = Counted(file, most_bytes(path.stat().st_size), str(path))
        stream = cast("IO[bytes]", counted)
        try:
            with tarfile.open(fileobj=stream, mode="r|", encoding="utf-8", tarinfo=_Head) as archive:
                yield _tar_members(archive, stream, str(path))
        except tarfile.TarError as error:
            raise _damaged(error, path) from error


def _tar_members(archive: tarfile.TarFile, stream: IO[bytes], where: str) -> Iterator[Member]:
    while (member := archive.next()) is not None:
        archive.members = []  # type: ignore[attr-defined] # tarfile keeps all of them otherwise
        if not member.isdir():
            yield _tar_member(archive, member)
    # tarfile takes a damaged header for the end: what comes after the end must be padding.
    while rest := stream.read(_BLOCK):
        if rest.strip(b"\0"):
            raise InputError("the archive is damaged: it goes on after its end", where=where)


def _tar_member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Member:
    if member.issym():
        target = member.linkname.encode("utf-8", "surrogateescape")
        return Member(member.name, LINK, len(target), lambda: target)
    if member.islnk():
        return Member(member.name, mode_of(member.mode), 0, bytes, same_as=member.linkname)
    if not member.isreg():
        return Member(member.name, "", 0, bytes, problem=_SPECIAL)

    def read() -> bytes:
        content = archive.extractfile(member)
        data = content.read() if content is not None else b""
        if len(data) != member.size:
            raise tarfile.ReadError(f"{shown(member.name)} is cut short")
        return data

    return Member(member.name, mode_of(member.mode), member.size, read)


@contextmanager
def _zip(path: Path) -> Iterator[Iterator[Member]]:
    try:
        with zipfile.ZipFile(path) as archive:
            whole = sum(info.file_size for info in archive.infolist())
            most = most_bytes(path.stat().st_size)
            if whole > most:
                raise InputError(
                    f"the archive inflates to more than {most // 2**20} MB, expected source code",
                    where=str(path),
                )
            yield (_zip_member(archive, info, path) for info in archive.infolist() if not info.is_dir())
    except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, zlib.error) as error:
        raise _damaged(error, path) from error


def _zip_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path) -> Member:
    if info.flag_bits & 1:
        raise InputError("the archive is encrypted", where=str(path), hint="unpack it, and name the folder")
    bits = info.external_attr >> 16
    kind = stat.S_IFMT(bits)
    if kind not in (0, stat.S_IFREG, stat.S_IFLNK):
        return Member(info.filename, "", 0, bytes, problem=_SPECIAL)
    mode = LINK if kind == stat.S_IFLNK else mode_of(bits)
    return Member(info.filename, mode, info.file_size, lambda: archive.read(info))


def _damaged(error: Exception, path: Path) -> InputError:
    return InputError(f"the archive cannot be read: {error}", where=str(path), hint="get it again")
