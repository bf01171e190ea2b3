"""Read the output of ``git diff-tree --stdin -p`` into arrays, block by block.

A line inside a hunk begins with ``+``, ``-``, a space or ``\\``; every other line is structure
(commit, file header, ``@@``). ``---`` and ``+++`` of a file header are told from changed
lines by the structure line before them: a changed line follows an ``@@``. So no line has to be
looked at one by one, and the state carried from block to block is small.
"""

from dataclasses import dataclass, field

import numpy as np

from unfork.history.lines import I64, U64, hash_lines, line_starts

_PLUS, _MINUS, _SPACE, _BACKSLASH, _AT = b"+- \\@"


@dataclass(slots=True)
class FileDiff:
    """One changed file of one commit: its names and where its lines begin."""

    commit: int  # number of the commit in this stream
    path: str
    old_path: str | None  # set when the file was renamed or copied
    start: int  # number of its first line among all lines of the stream


@dataclass(slots=True)
class ParsedDiffs:
    """What a stream held."""

    commits: list[bytes] = field(default_factory=list)  # hex hashes, in order
    files: list[FileDiff] = field(default_factory=list)
    hashes: list[U64] = field(default_factory=list)  # blocks; concatenated by the caller
    lines: int = 0


class DiffReader:
    """Feed it blocks of bytes; ask for ``parsed`` after ``close``.

    Without context it keeps the changed lines that are not blank: what an index holds. With
    ``context`` it keeps every line of a hunk: what a patch-id is made of.
    """

    def __init__(self, *, context: bool = False) -> None:
        self.parsed = ParsedDiffs()
        self._least = 0 if context else 1  # of a blank line only the sign is left
        self._rest = b""
        self._in_hunk = False

    def feed(self, block: bytes) -> None:
        """Take the next bytes of the stream; the last, unfinished line waits for the next call."""
        end = block.rfind(b"\n") + 1
        if not end:
            self._rest += block
            return
        data = self._rest + block[:end] if self._rest else block[:end]
        self._rest = block[end:]
        self._read(data)

    def close(self) -> ParsedDiffs:
        """The stream is at its end."""
        if self._rest:
            self._read(self._rest + b"\n")
            self._rest = b""
        return self.parsed

    def _read(self, data: bytes) -> None:
        buffer = np.frombuffer(data, dtype=np.uint8)
        starts = line_starts(buffer)
        first = buffer[starts]
        signed = (first == _PLUS) | (first == _MINUS) | (first == _SPACE)
        structure = np.flatnonzero(~signed & (first != _BACKSLASH))
        opens_hunk = first[structure] == _AT
        # For each signed line, the last structure line before it; -1 is the state carried over.
        before = np.searchsorted(structure, np.flatnonzero(signed)) - 1
        in_hunk = np.append(opens_hunk, self._in_hunk)[before]
        changed = np.flatnonzero(signed)[in_hunk]
        if len(structure):
            self._in_hunk = bool(opens_hunk[-1])

        hashes, lengths = hash_lines(buffer, starts)
        kept = changed[lengths[changed] > self._least] if self._least else changed
        self._read_structure(data, starts, structure[~opens_hunk], kept)
        self.parsed.hashes.append(hashes[kept])
        self.parsed.lines += len(kept)

    def _read_structure(self, data: bytes, starts: I64, headers: I64, kept: I64) -> None:
        """Commits and file headers: few lines, read one by one."""
        parsed = self.parsed
        ends = np.append(starts[1:], len(data))
        begins = starts[headers].tolist()
        stops = ends[headers].tolist()
        line_numbers = (parsed.lines + np.searchsorted(kept, headers)).tolist()
        for begin, stop, number in zip(begins, stops, line_numbers, strict=True):
            head = data[begin : begin + 3]
            if head == b"dif":
                parsed.files.append(
                    FileDiff(
                        commit=len(parsed.commits) - 1,
                        path=_path_of(data[begin + 11 : stop - 1]),
                        old_path=None,
                        start=number,
                    )
                )
            elif head[:1] == b"\x01":
                parsed.commits.append(data[begin + 1 : stop - 1])
            elif head in (b"ren", b"cop"):
                _note_rename(parsed.files[-1], data[begin : stop - 1])


def _path_of(names: bytes) -> str:
    """The path out of ``a/PATH b/PATH``; a rename's paths come from its own lines later."""
    # Unless it is a rename both names are the same but for a/ and b/, and so are their quotes. To
    # look for the space between them instead would fall for names that hold spaces and quotes.
    return unquote(names[len(names) // 2 + 1 :])[2:]


def _note_rename(file: FileDiff, line: bytes) -> None:
    """Take the names of ``rename from``, ``rename to``, ``copy from`` and ``copy to``."""
    for word in (b"rename ", b"copy "):
        if line.startswith(word + b"from "):
            file.old_path = unquote(line[len(word) + 5 :])
        elif line.startswith(word + b"to "):
            file.path = unquote(line[len(word) + 3 :])


_ESCAPES = {
    ord("a"): 7, ord("b"): 8, ord("t"): 9, ord("n"): 10, ord("v"): 11, ord("f"): 12, ord("r"): 13,
    ord('"'): 34, ord("\\"): 92,
}  # fmt: skip


def unquote(name: bytes) -> str:
    """A file name out of git's C-style quotes (or as it is when it has none)."""
    if not (name.startswith(b'"') and name.endswith(b'"') and len(name) > 1):
        return name.decode("utf-8", "surrogateescape")
    out = bytearray()
    body = name[1:-1]
    at = 0
    while at < len(body):
        byte = body[at]
        if byte != 92:
            out.append(byte)
            at += 1
        elif body[at + 1 : at + 2].isdigit():
            out.append(int(body[at + 1 : at + 4], 8) & 255)
            at += 4
        else:
            out.append(_ESCAPES.get(body[at + 1], body[at + 1]) if at + 1 < len(body) else 92)
            at += 2
    return out.decode("utf-8", "surrogateescape")
