"""Binary hunks: ``GIT binary patch`` blocks are checked, since git gives up on a damaged one."""

import base64
import re
import zlib
from collections.abc import Sequence

from unfork.series.damage import DamageError

MARK = b"GIT binary patch"
_DIFFER = re.compile(rb"(?:Binary )?[Ff]iles .* differ\s*$")
_PART = re.compile(rb"(?:literal|delta) (\d{1,12})\r?\n")
_LARGEST = 512 * 2**20  # bytes of one file; a small deflated block can claim any size


def is_differ(line: bytes) -> bool:
    """Whether a line is ``Binary files A and B differ``: a change without its data."""
    return _DIFFER.match(line) is not None


def read_block(lines: Sequence[bytes], at: int) -> int:
    """The index after the block that starts with the mark at ``at``; raises ``DamageError``."""
    start = at
    at = _part(lines, at + 1)
    if at == start + 1:
        raise _damaged(at, "expected 'literal SIZE' or 'delta SIZE'")
    return _part(lines, at)  # the way back; git diff --binary always writes it, nobody needs it


def has_data(block: Sequence[bytes]) -> bool:
    """Whether the raw binary lines of a file change carry its contents."""
    return any(line.startswith(MARK) for line in block)


def _part(lines: Sequence[bytes], at: int) -> int:
    """The index after one ``literal`` or ``delta`` part, or ``at`` itself when there is none."""
    found = _PART.fullmatch(lines[at]) if at < len(lines) else None
    if found is None:
        return at
    size = int(found[1])
    if size > _LARGEST:
        raise _damaged(at, f"it is {size} bytes large, expected at most {_LARGEST}")
    data = bytearray()
    at += 1
    while at < len(lines) and (line := lines[at].rstrip(b"\r\n")):
        data += _line(line, at)
        at += 1
    inflater = zlib.decompressobj()
    try:
        inflated = inflater.decompress(bytes(data), size + 1)
    except zlib.error as error:
        raise _damaged(at - 1, "its data cannot be inflated") from error
    if len(inflated) != size or not inflater.eof:
        raise _damaged(at - 1, f"it has {len(inflated)} bytes, expected {size}")
    return min(at + 1, len(lines))  # with the empty line


def _line(line: bytes, at: int) -> bytes:
    length = line[0] - 64 if 65 <= line[0] <= 90 else line[0] - 70 if 97 <= line[0] <= 122 else 0
    if length == 0 or len(line) != 1 + -(-length // 4) * 5:
        raise _damaged(at, "this line has not the length it says")
    try:
        return base64.b85decode(line[1:])[:length]
    except ValueError as error:
        raise _damaged(at, "this line is not in base 85") from error


def _damaged(at: int, why: str) -> DamageError:
    return DamageError(at, f"a binary hunk is damaged: {why}; make it again with git diff --binary")
