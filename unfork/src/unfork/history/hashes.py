"""Many object names in little room: as strings in a dictionary half a million need 100 MB."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

_SHA1 = 20  # bytes of a name; SHA-256 has 32


class Hashes(Sequence[str]):
    """Full hashes in a given order, each kept as its bytes and found by binary search."""

    def __init__(self, raw: "bytes | memoryview", width: int = _SHA1) -> None:
        """``raw`` has names of ``width`` bytes one after the other."""
        self.raw = raw
        self.width = width

    @classmethod
    def of(cls, names: Iterable[str]) -> "Hashes":
        """Names as git prints them."""
        return cls.read(" ".join(names))

    @classmethod
    def read(cls, text: str) -> "Hashes":
        """Names out of a text that holds nothing else, with white space between them."""
        first = text[:65].split(None, 1)
        return cls(bytes.fromhex(text), len(first[0]) // 2 if first else _SHA1)

    def __len__(self) -> int:
        return len(self.raw) // self.width

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> "Hashes": ...
    def __getitem__(self, at: "int | slice") -> "str | Hashes":
        if isinstance(at, slice):
            return self.select(np.arange(len(self))[at])
        place = range(len(self))[at]
        return self.raw[place * self.width : (place + 1) * self.width].hex()

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and len(name) == 2 * self.width and self.find(name) is not None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Hashes) and (self.width, self.raw) == (other.width, other.raw)

    def __hash__(self) -> int:
        return hash((self.width, len(self)))

    def find(self, name: str) -> int | None:
        """The place of a hash, or of the first one an abbreviated hash fits; ``None``: of none."""
        key = bytes.fromhex(name + "0" * (len(name) % 2))
        at = int(np.searchsorted(self._sorted, np.bytes_(key)))
        if at == len(self):
            return None
        place = int(self._order[at])
        return place if self[place].startswith(name) else None

    def places_of(self, others: "Hashes") -> NDArray[np.int64]:
        """The place here of each of the others; -1 where there is none."""
        if not len(self) or self.width != others.width:
            return np.full(len(others), -1, dtype=np.int64)
        if self == others:
            return np.arange(len(self))
        # Sorted look-ups stay near each other in memory: four times faster.
        at = np.searchsorted(self._sorted, others._sorted)
        at[at == len(self)] = 0
        found = np.where(self._sorted[at] == others._sorted, self._order[at], -1)
        places = np.empty(len(others), dtype=np.int64)
        places[others._order] = found
        return places

    def select(self, places: NDArray[np.int64]) -> "Hashes":
        """Some of them, in the order asked."""
        return Hashes(self._table[places].tobytes(), self.width)

    def __add__(self, others: "Hashes") -> "Hashes":
        width = self.width if len(self) else others.width
        return Hashes(bytes(self.raw) + bytes(others.raw), width)

    # numpy takes trailing NULs off a value it shows, and compares as if they were there: of values
    # of one width none is taken for another.
    @cached_property
    def _table(self) -> NDArray[Any]:
        return np.frombuffer(self.raw, dtype=f"S{self.width}")

    @cached_property
    def _order(self) -> NDArray[np.int64]:
        return np.argsort(self._table, kind="stable")

    @cached_property
    def _sorted(self) -> NDArray[Any]:
        return self._table[self._order]
