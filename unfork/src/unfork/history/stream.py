"""Read the output of ``git diff-tree --stdin -p`` into arrays, block by block.

A line inside a hunk begins with ``+``, ``-``, a space or ``\\``; every other line is structure
(commit, file header, ``@@``). ``---`` and ``+++`` of a file header are told from changed
lines by the structure line before them: a changed line follows an ``@@``. So no line has to be
looked at one by one, and the state carried from block to block is small.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from unfork.history.index import NO_PATH
from unfork.history.lines import I64, U64, Text
from unfork.history.tokens import IN_ADDED, IN_REMOVED, merge_sides, read_tokens

# A line that is no hash: ``git diff-tree --stdin`` prints it when it has done all that came before.
MARK = b"\x02\n"
_HEADER_HEADS = np.frombuffer(b"onBG", dtype=np.uint8)
_PLUS, _MINUS, _SPACE, _BACKSLASH, _AT = b"+- \\@"
_COMMIT = 1  # the byte that _DIFF's format puts before a commit's hash


@dataclass(frozen=True, slots=True)
class FileDiff:
    """One changed file of one commit: its names and where its lines begin."""

    commit: int  # number of the commit in this stream
    path: str
    old_path: str | None  # set when the file was renamed or copied
    start: int  # number of its first line among all lines of the stream


@dataclass(slots=True)
class ParsedDiffs:
    """What a stream held; numbers side by side, for a long history changes a million files."""

    commits: list[bytes] = field(default_factory=list)  # hex hashes, in order
    paths: dict[str, int] = field(default_factory=dict)  # every path with its number
    hashes: list[U64] = field(default_factory=list)  # blocks; concatenated by the caller
    ink: list[I64] = field(default_factory=list)  # with context: bytes of each line, white space aside
    tokens: list[U64] = field(default_factory=list)  # without: commit << 32 | token, sorted in a block
    lines: int = 0
    marks: int = 0
    # Of each changed file what ``FileDiff`` says, paths by number.
    file_commit: "array[int]" = field(default_factory=lambda: array("I"))
    file_path: "array[int]" = field(default_factory=lambda: array("I"))
    file_old_path: "array[int]" = field(default_factory=lambda: array("I"))
    file_start: "array[int]" = field(default_factory=lambda: array("Q"))

    def number(self, path: str) -> int:
        """The number of a path."""
        return self.paths.setdefault(path, len(self.paths))

    @property
    def files(self) -> list[FileDiff]:
        """The changed files, where there are few."""
        names = list(self.paths)
        columns = (self.file_commit, self.file_path, self.file_old_path, self.file_start)
        return [
            FileDiff(commit, names[path], None if old == NO_PATH else names[old], start)
            for commit, path, old, start in zip(*columns, strict=True)
        ]


class DiffReader:
    """Feed it blocks of bytes; ask for ``parsed`` after ``close``.

    Without context it keeps the changed lines that are not blank, and the tokens in them: what an
    index holds. With ``context`` it keeps every line of a hunk: what a patch-id is made of.
    """

    def __init__(self, *, context: bool = False) -> None:
        self.parsed = ParsedDiffs()
        self._context = context
        self._rest = b""
        self._in_hunk = False
        self._last_header = 0  # hash of the last header line of the block before

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
        text = Text.of(np.frombuffer(data, dtype=np.uint8))
        starts = text.starts
        first = text.buffer[starts]
        signed = (first == _PLUS) | (first == _MINUS) | (first == _SPACE)
        structure = np.flatnonzero(~signed & (first != _BACKSLASH))
        opens_hunk = first[structure] == _AT
        # For each signed line, the last structure line before it; -1 is the state carried over.
        before = np.searchsorted(structure, np.flatnonzero(signed)) - 1
        in_hunk = np.append(opens_hunk, self._in_hunk)[before]
        changed = np.flatnonzero(signed)[in_hunk]
        if len(structure):
            self._in_hunk = bool(opens_hunk[-1])

        hashes = text.hashes()
        headers = structure[~opens_hunk]
        if self._context:
            kept, values = changed, hashes[changed]
            self.parsed.ink.append(text.ink[changed])
        else:
            self._read_tokens(text, headers, changed)
            filled = changed[text.ink[changed] > 1]  # of a blank line only the sign is left
            kept, values = self._with_header_changes(data, starts, headers, hashes, filled)
        self._read_structure(data, starts, headers, kept)
        self.parsed.hashes.append(values)
        self.parsed.lines += len(kept)

    def _read_tokens(self, text: Text, headers: I64, changed: I64) -> None:
        """The tokens of the changed lines, by the commit they are in."""
        signs = text.buffer[text.starts[changed]]
        sides = np.zeros(len(text.starts), dtype=np.uint8)
        sides[changed] = (signs == _PLUS) * IN_ADDED | (signs == _MINUS) * IN_REMOVED
        places, tokens = read_tokens(text, sides)
        commits = headers[text.buffer[text.starts[headers]] == _COMMIT]
        before = len(self.parsed.commits) - 1
        owners = np.searchsorted(text.starts[commits], places) + before
        self.parsed.tokens.append(merge_sides(owners.astype(np.uint64) << np.uint64(32) | tokens))

    def _with_header_changes(
        self, data: bytes, starts: I64, headers: I64, hashes: U64, kept: I64
    ) -> tuple[I64, U64]:
        """Count as changed lines what a header says and no hunk does: modes, and for binary files
        the line that names both contents. Patches are read the same way (``header_changes``)."""
        places: list[int] = []
        values: list[int] = []
        heads = np.frombuffer(data, dtype=np.uint8)[starts[headers]]
        for at in np.flatnonzero(np.isin(heads, _HEADER_HEADS)).tolist():
            number = int(headers[at])
            begin = int(starts[number])
            if data.startswith((b"old mode ", b"new mode "), begin):
                values.append(int(hashes[number]))
            elif data.startswith((b"Binary files ", b"GIT binary patch"), begin):
                values.append(int(hashes[headers[at - 1]]) if at else self._last_header)
            else:
                continue
            places.append(number)
        if len(headers):
            self._last_header = int(hashes[headers[-1]])
        if not places:
            return kept, hashes[kept]
        merged = np.concatenate([kept, np.array(places, dtype=np.int64)])
        order = np.argsort(merged, kind="stable")
        return merged[order], np.concatenate([hashes[kept], np.array(values, dtype=np.uint64)])[order]

    def _read_structure(self, data: bytes, starts: I64, headers: I64, kept: I64) -> None:
        """Commits and file headers: few lines, read one by one."""
        parsed = self.parsed
        ends = np.append(starts[1:], len(data))
        begins = starts[headers].tolist()
        stops = ends[headers].tolist()
        line_numbers = (parsed.lines + np.searchsorted(kept, headers)).tolist()
        for begin, stop, number in zip(begins, stops, line_numbers, strict=True):
            head = data[begin : min(begin + 3, stop)]
            if head == b"dif":
                parsed.file_commit.append(len(parsed.commits) - 1)
                parsed.file_path.append(parsed.number(_path_of(data[begin + 11 : stop - 1])))
                parsed.file_old_path.append(NO_PATH)
                parsed.file_start.append(number)
            elif head[:1] == b"\x01":
                parsed.commits.append(data[begin + 1 : stop - 1])
            elif head == MARK:
                parsed.marks += 1
            elif head in (b"ren", b"cop"):
                _note_rename(parsed, data[begin : stop - 1])


def header_changes(header: Sequence[bytes], *, binary: bool) -> list[bytes]:
    """The lines of a patch's file header that count as changed lines; see ``DiffReader``."""
    counted: tuple[bytes, ...] = (b"old mode ", b"new mode ")
    return [line for line in header if line.startswith((*counted, b"index ") if binary else counted)]


def _path_of(names: bytes) -> str:
    """The path out of ``a/PATH b/PATH``; a rename's paths come from its own lines later."""
    # Unless it is a rename both names are the same but for a/ and b/, and so are their quotes. To
    # look for the space between them instead would fall for names that hold spaces and quotes.
    return unquote(names[len(names) // 2 + 1 :])[2:]


def _note_rename(parsed: ParsedDiffs, line: bytes) -> None:
    """Take the names of ``rename from``, ``rename to``, ``copy from`` and ``copy to``."""
    for word in (b"rename ", b"copy "):
        if line.startswith(word + b"from "):
            parsed.file_old_path[-1] = parsed.number(unquote(line[len(word) + 5 :]))
        elif line.startswith(word + b"to "):
            parsed.file_path[-1] = parsed.number(unquote(line[len(word) + 3 :]))


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
