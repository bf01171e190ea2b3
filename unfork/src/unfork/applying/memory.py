"""Answers kept from one run to the next, one file for each target tree.

An answer depends on the patch and the tree alone (in the series also on the patches before),
so it never grows old. A file that cannot be read is as good as none.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from unfork.applying.answer import Answer
from unfork.errors import InputError
from unfork.files import new_file_mode
from unfork.model import Patch

VERSION = 2  # raise it whenever an answer could come out otherwise
_MOST = 20_000  # answers of each kind in one file; beyond that only this run's are kept


def digest(*parts: str) -> str:
    """A key made of several texts."""
    joined = "\0".join(parts).encode("utf-8", "surrogateescape")
    return hashlib.blake2b(joined, digest_size=16).hexdigest()


def fingerprint(patch: Patch, *others: str) -> str:
    """A key for a patch as git sees it: its id does not count line numbers, places and bases do."""
    places = [
        (
            change.old_path,
            change.new_path,
            change.old_blob,
            change.new_blob,
            [(hunk.old_start, hunk.new_start) for hunk in change.hunks],
        )
        for change in patch.files
    ]
    return digest(patch.id, patch.error or "", repr(places), *others)


def chained(keys: Iterable[str]) -> list[str]:
    """For each key the hash of it and all those before it."""
    chain: list[str] = []
    last = ""
    for key in keys:
        last = digest(last, key)
        chain.append(last)
    return chain


@dataclass(slots=True)
class _Content:
    version: int
    tree: str
    alone: dict[str, Answer] = field(default_factory=dict)
    series: dict[str, Answer] = field(default_factory=dict)


class Memory:
    """The answers kept for one target tree."""

    def __init__(self, folder: Path, tree: str) -> None:
        self._path = folder / f"states-{tree}.json"
        self._tree = tree
        self._content = self._read()

    def _read(self) -> _Content:
        empty = _Content(VERSION, self._tree)
        try:
            content = msgspec.json.decode(self._path.read_bytes(), type=_Content)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return empty  # none yet, damaged, or of another version: it is made again
        if (content.version, content.tree) != (VERSION, self._tree):
            return empty
        return content

    def alone(self, keys: Sequence[str]) -> dict[int, Answer]:
        """Kept answers of patches alone, by position in ``keys``."""
        return _pick(self._content.alone, keys)

    def series(self, chain: Sequence[str]) -> dict[int, Answer]:
        """Kept answers of patches in series, by position in ``chain``."""
        return _pick(self._content.series, chain)

    def keep(self, alone: Mapping[str, Answer], series: Mapping[str, Answer]) -> None:
        """Add answers and write the file: to a temporary name, then renamed.

        Raises ``InputError`` when it cannot be written.
        """
        content = _Content(
            VERSION, self._tree, _merge(self._content.alone, alone), _merge(self._content.series, series)
        )
        try:
            _write(self._path, msgspec.json.encode(content))
        except OSError as error:
            raise InputError(
                f"cannot keep the states: {error.strerror}",
                where=str(self._path),
                hint="free some space, or name another cache directory",
            ) from error
        self._content = content


def _pick(kept: Mapping[str, Answer], keys: Sequence[str]) -> dict[int, Answer]:
    return {at: kept[key] for at, key in enumerate(keys) if key in kept}


def _merge(old: Mapping[str, Answer], new: Mapping[str, Answer]) -> dict[str, Answer]:
    lasting = {key: answer for key, answer in new.items() if answer.lasting}
    return lasting if len(old) + len(lasting) > _MOST else {**old, **lasting}


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".tmp")
    made = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        made.chmod(new_file_mode())
        made.replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            made.unlink()
        raise
