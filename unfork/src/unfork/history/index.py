"""The index on disk: one file, written once, read by memory map.

Layout: magic, format number, length and CRC-32 of a JSON table of sections, the table, then the
sections, each on a 64-byte boundary with its own CRC-32. Arrays are little-endian and used as they lie.
Lines are kept in the order of history, eight bytes each, with no inverted list: to look up the
few ten thousand lines of a series, one pass over all lines through a bit table is faster than the
sort an inverted list needs, costs no space, and makes adding commits an append.
"""

import json
import mmap
import os
import struct
import tempfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from unfork.errors import InputError
from unfork.files import new_file_mode
from unfork.history.commits import Infos
from unfork.history.hashes import Hashes

FORMAT: Final = 6
_MAGIC: Final = b"UNFORKIX"
_HEAD: Final = struct.Struct("<8sIII")
_ALIGN: Final = 64
NO_PATH: Final = 0xFFFFFFFF

_DTYPES: Final[dict[str, np.dtype[Any]]] = {
    "lines": np.dtype("<u8"),  # hash of each changed line, commit after commit, file after file
    "rarity": np.dtype("u1"),  # 16*log2 of the number of commits that have the line
    "file_lines": np.dtype("<u8"),  # first line of each changed file, and one more at the end
    "file_path": np.dtype("<u4"),
    "file_old_path": np.dtype("<u4"),  # NO_PATH unless renamed or copied
    "commit_files": np.dtype("<u4"),  # first changed file of each commit, and one more
    "words": np.dtype("<u8"),  # hashes of the subject's words
    "commit_words": np.dtype("<u4"),
    "tokens": np.dtype("<u4"),  # names in each commit's changed lines: see history.tokens
    "commit_tokens": np.dtype("<u4"),
    "subjects": np.dtype("<u8"),  # hash of each commit's plain subject
    "ids": np.dtype("<u8"),  # hashes of the identifiers in the messages
    "commit_ids": np.dtype("<u4"),
    "reverting": np.dtype("?"),  # whether a commit says that it reverts another
    "info_starts": np.dtype("<u8"),
}
_BLOBS: Final = ("shas", "infos", "paths")


class DamagedError(Exception):
    """The file is not a whole index of this format; it is built again."""


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """Upstream commits as arrays. Numbers of commits, files and lines are positions in these."""

    lines: NDArray[np.uint64]
    rarity: NDArray[np.uint8]
    file_lines: NDArray[np.uint64]
    file_path: NDArray[np.uint32]
    file_old_path: NDArray[np.uint32]
    commit_files: NDArray[np.uint32]
    words: NDArray[np.uint64]
    commit_words: NDArray[np.uint32]
    tokens: NDArray[np.uint32]
    commit_tokens: NDArray[np.uint32]
    subjects: NDArray[np.uint64]
    ids: NDArray[np.uint64]
    commit_ids: NDArray[np.uint32]
    reverting: NDArray[np.bool_]
    shas: Hashes
    infos: Infos
    paths: list[str]

    def __len__(self) -> int:
        return len(self.shas)

    @property
    def info_starts(self) -> NDArray[np.uint64]:
        """Where each of ``infos`` begins, and where the last one ends."""
        return self.infos.starts

    def commit_of_lines(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """The commit each line belongs to."""
        starts = self.commit_line_starts()
        return np.searchsorted(starts, numbers, side="right") - 1

    def commit_line_starts(self) -> NDArray[np.int64]:
        """First line of each commit, and the number of lines at the end."""
        return self.file_lines[self.commit_files].astype(np.int64)


def write_index(path: Path, index: Index) -> None:
    """Write to a temporary name beside ``path`` and rename: there is never half an index. Nobody waits
    for the disk: after a power cut the checksums tell, and it is built again."""
    index = replace(index, infos=index.infos.compact())
    blobs = {
        "shas": index.shas.raw,
        "infos": index.infos.packed,
        "paths": "\0".join(index.paths).encode("utf-8", "surrogateescape"),
    }
    sections: dict[str, memoryview] = {}
    for name, kind in _DTYPES.items():
        array: NDArray[Any] = np.ascontiguousarray(getattr(index, name), dtype=kind)
        if len(array):
            sections[name] = array.data.cast("B")
    sections |= {name: memoryview(blob) for name, blob in blobs.items()}
    table: dict[str, list[int]] = {}
    offset = 0
    for name, data in sections.items():
        table[name] = [offset, data.nbytes, zlib.crc32(data)]
        offset += -(-data.nbytes // _ALIGN) * _ALIGN
    header = json.dumps(table).encode()
    start = -(-(_HEAD.size + len(header)) // _ALIGN) * _ALIGN
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(
                (_HEAD.pack(_MAGIC, FORMAT, len(header), zlib.crc32(header)) + header).ljust(start, b"\0")
            )
            for data in sections.values():
                out.write(data)
                out.write(b"\0" * (-data.nbytes % _ALIGN))
        Path(name).chmod(new_file_mode())
        Path(name).replace(path)
    except OSError as error:
        raise InputError(
            f"the index cannot be written: {error.strerror}",
            where=str(path),
            hint="free some space, or name another place with --cache-dir",
        ) from error
    finally:
        Path(name).unlink(missing_ok=True)


def read_index(path: Path) -> Index:
    """Map the file. Raises ``DamagedError`` when it is short, torn, or of another format."""
    with path.open("rb") as file:
        try:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError as error:  # an empty file cannot be mapped
            raise DamagedError("it is empty") from error
    table, start = _read_table(mapped)
    view = memoryview(mapped)
    parts: dict[str, memoryview] = {}
    for name, (offset, size, crc) in table.items():
        part = view[start + offset : start + offset + size]
        if part.nbytes != size or zlib.crc32(part) != crc:
            raise DamagedError(f"its section {name!r} is torn")
        parts[name] = part
    return _assemble(parts)


def _read_table(mapped: mmap.mmap) -> tuple[Mapping[str, tuple[int, int, int]], int]:
    if len(mapped) < _HEAD.size:
        raise DamagedError("it is too short")
    magic, number, length, crc = _HEAD.unpack_from(mapped)
    if magic != _MAGIC or number != FORMAT:
        raise DamagedError("it was made by another version")
    header = mapped[_HEAD.size : _HEAD.size + length]
    if len(header) != length or zlib.crc32(header) != crc:
        raise DamagedError("its table is torn")
    table: dict[str, tuple[int, int, int]] = json.loads(header)
    return table, -(-(_HEAD.size + length) // _ALIGN) * _ALIGN


def _assemble(parts: Mapping[str, memoryview]) -> Index:
    if any(name not in parts for name in _BLOBS):
        raise DamagedError("a section is missing")
    arrays: dict[str, Any] = {
        name: np.frombuffer(parts.get(name, b""), dtype=kind) for name, kind in _DTYPES.items()
    }
    starts = arrays.pop("info_starts")
    commits = len(arrays["subjects"])
    if len(starts) != commits + 1:
        raise DamagedError("its sections do not fit together")
    shas = Hashes(parts["shas"], parts["shas"].nbytes // max(1, commits) or 20)
    joined = bytes(parts["paths"]).decode("utf-8", "surrogateescape")
    infos = Infos(parts["infos"], starts)
    return Index(**arrays, shas=shas, infos=infos, paths=joined.split("\0") if joined else [])
