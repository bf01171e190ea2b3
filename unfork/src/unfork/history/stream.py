"""Read diffs as git prints them into arrays, block by block.

A line inside a hunk begins with ``+``, ``-``, a space or ``\\``; every other line is structure
(commit, file header, ``@@``). ``---`` and ``+++`` of a file header are told from changed
lines by the structure line before them: a changed line follows an ``@@``. So no line has to be
looked at one by one, and the state carried from block to block is small.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from unfork.history.lines import I64, U64, Text

_PLUS, _MINUS, _SPACE, _BACKSLASH, _AT = b"+- \\@"


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Whole lines of a stream, told apart."""

    data: bytes
    text: Text
    hashes: U64  # of each line
    changed: I64  # numbers of the lines inside of hunks
    headers: I64  # numbers of the structure lines that open no hunk

    def header_spans(self) -> Iterator[tuple[int, int]]:
        """Where each header line begins, and where its line end is."""
        ends = np.append(self.text.starts[1:], len(self.data)) - 1
        return zip(self.text.starts[self.headers].tolist(), ends[self.headers].tolist(), strict=True)


class DiffReader(ABC):
    """Feed it blocks of bytes of any size, then close it."""

    def __init__(self) -> None:
        self._rest = b""
        self._in_hunk = False

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the stream; the last, unfinished line waits for the next call."""
        end = data.rfind(b"\n") + 1
        if not end:
            self._rest += data
            return
        whole = self._rest + data[:end] if self._rest else data[:end]
        self._rest = data[end:]
        self._read(whole)

    def close(self) -> None:
        """The stream is at its end."""
        if self._rest:
            self._read(self._rest + b"\n")
            self._rest = b""

    @abstractmethod
    def take(self, block: Block) -> None:
        """Keep what is wanted of these lines."""

    def _read(self, data: bytes) -> None:
        text = Text.of(np.frombuffer(data, dtype=np.uint8))
        first = text.buffer[text.starts]
        signed = (first == _PLUS) | (first == _MINUS) | (first == _SPACE)
        structure = np.flatnonzero(~signed & (first != _BACKSLASH))
        opens_hunk = first[structure] == _AT
        # For each signed line, the last structure line before it; -1 is the state carried over.
        before = np.searchsorted(structure, np.flatnonzero(signed)) - 1
        in_hunk = np.append(opens_hunk, self._in_hunk)[before]
        if len(structure):
            self._in_hunk = bool(opens_hunk[-1])
        self.take(Block(data, text, text.hashes(), np.flatnonzero(signed)[in_hunk], structure[~opens_hunk]))


def header_changes(header: Sequence[bytes], *, binary: bool) -> list[bytes]:
    """The lines of a patch's file header that count as changed lines; see ``PairReader``."""
    counted: tuple[bytes, ...] = (b"old mode ", b"new mode ")
    return [line for line in header if line.startswith((*counted, b"index ") if binary else counted)]
