"""Opens compressed archives and counts what comes out: a small one that becomes huge is refused."""

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, cast

from unfork.errors import InputError

_OPENERS: dict[str, Callable[..., object]] = {
    ".gz": gzip.open,
    ".tgz": gzip.open,
    ".bz2": bz2.open,
    ".tbz2": bz2.open,
    ".xz": lzma.open,
    ".txz": lzma.open,
    ".lzma": lzma.open,
    ".tar": open,
}


class Counted(io.RawIOBase):
    """A file that refuses to give more than ``limit`` bytes."""

    def __init__(self, file: IO[bytes], limit: int, where: str) -> None:
        self._file = file
        self._left = limit
        self._where = where
        self._limit = limit

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes; ``InputError`` when the limit is passed or the archive is damaged."""
        wanted = self._left + 1 if size < 0 else min(size, self._left + 1)
        try:
            data = self._file.read(wanted)
        except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
            raise InputError(f"the archive is damaged: {error}", where=self._where) from error
        self._left -= len(data)
        if self._left < 0:
            raise InputError(
                f"the archive inflates to more than {self._limit // 2**20} MB, expected a source package",
                where=self._where,
            )
        return data


def inflated(path: Path) -> IO[bytes]:
    """The archive's contents, by the ending of its name."""
    opener = _OPENERS.get(path.suffix)
    if opener is None:
        raise InputError(
            f"the archive ends in {path.suffix!r}, expected one of {', '.join(_OPENERS)}", where=str(path)
        )
    return cast("IO[bytes]", opener(path, "rb"))
