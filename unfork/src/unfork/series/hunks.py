"""Reading one ``@@`` section.

The counts in its header are believed first. Where the body contradicts them (hand-edited
patches), the body is read by its signs instead, the counts are made from it, and a warning
says so: nothing is dropped in silence.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from unfork.model import Hunk
from unfork.series.damage import DamageError

_HEADER = re.compile(rb"@@ -(\d{1,15})(?:,(\d{1,15}))? \+(\d{1,15})(?:,(\d{1,15}))? @@")
_VERSION = re.compile(rb"\d+\.\d+|\s*$")
_SPACE, _PLUS, _MINUS, _BACKSLASH, _NEWLINE, _RETURN = b" +-\\\n\r"


@dataclass(frozen=True, slots=True)
class HunkRead:
    """A hunk, the index of the line after it, and what was wrong with it."""

    hunk: Hunk
    end: int
    warning: str | None = None
    truncated: bool = False


def is_header(line: bytes) -> bool:
    """Whether a line starts a hunk."""
    return line.startswith(b"@@ -") and _HEADER.match(line) is not None


def read_hunk(lines: Sequence[bytes], at: int) -> HunkRead:
    """Read the hunk whose header is at ``at``; raises ``DamageError`` when the header is no header."""
    found = _HEADER.match(lines[at])
    if found is None:
        raise DamageError(
            at, "a hunk header cannot be read, expected '@@ -LINE,COUNT +LINE,COUNT @@'; make the diff again"
        )
    old_start, old, new_start, new = (int(text) if text is not None else 1 for text in found.groups())
    end = _end_by_counts(lines, at + 1, old, new)
    if end is not None:
        body = tuple(lines[at + 1 : end])
        return HunkRead(Hunk(lines[at], old_start, old, new_start, new, body), end)
    return _read_by_signs(lines, at, (old_start, old, new_start, new))


def _read_by_signs(lines: Sequence[bytes], at: int, announced: tuple[int, int, int, int]) -> HunkRead:
    old_start, old, new_start, new = announced
    end = _end_by_signs(lines, at + 1)
    body = tuple(lines[at + 1 : end])
    signs = [line[0] for line in body]
    removed, added = signs.count(_MINUS), signs.count(_PLUS)
    context = len(signs) - removed - added - signs.count(_BACKSLASH)
    has_old, has_new = context + removed, context + added
    truncated = end >= len(lines) and (has_old < old or has_new < new)
    if truncated:
        warning = (
            f"the file ends inside a hunk: {has_old} of {old} old and {has_new} of {new} new lines"
            " are there; what is there is used, get the whole file"
        )
    else:
        warning = (
            f"the hunk header announces {old} old and {new} new lines, its body has"
            f" {has_old} and {has_new}; read by its body"
        )
    hunk = Hunk(lines[at], old_start, has_old, new_start, has_new, body)
    return HunkRead(hunk, end, warning, truncated)


def _end_by_counts(lines: Sequence[bytes], at: int, old: int, new: int) -> int | None:
    """Where the body ends when its counts are right; ``None`` when they cannot be."""
    size = len(lines)
    start = at
    while old > 0 or new > 0:
        if at >= size:
            return None
        sign = lines[at][0]
        if sign in (_SPACE, _NEWLINE):  # a context line that lost its space is still one
            old -= 1
            new -= 1
        elif sign == _PLUS:
            new -= 1
        elif sign == _MINUS:
            old -= 1
        elif sign == _RETURN and lines[at] == b"\r\n":
            old -= 1
            new -= 1
        elif sign != _BACKSLASH:
            return None
        at += 1
    if old < 0 or new < 0:
        return None
    if at < size and lines[at][0] == _BACKSLASH:
        at += 1
    if _goes_on(lines, at) or _swallowed(lines, start, at):
        return None
    return at


def _end_by_signs(lines: Sequence[bytes], at: int) -> int:
    """Where the body ends when only the signs of its lines are believed."""
    start = at
    while at < len(lines) and _is_body(lines, at):
        at += 1
    if at < len(lines) and lines[at].startswith(b"@@ -"):
        return at  # blank lines before the next hunk are context that lost its space
    while at > start and lines[at - 1] in (b"\n", b"\r\n"):
        at -= 1
    return at


def _goes_on(lines: Sequence[bytes], at: int) -> bool:
    """Whether signed lines follow although the announced counts are used up."""
    blank = at
    while blank < len(lines) and lines[blank] in (b"\n", b"\r\n"):
        blank += 1
    if blank > at:
        return blank < len(lines) and is_header(lines[blank])
    return at < len(lines) and lines[at][0] in (_SPACE, _PLUS, _MINUS) and _is_body(lines, at)


def _swallowed(lines: Sequence[bytes], start: int, at: int) -> bool:
    """Whether counts that are too large took in a mail signature or the next file's header."""
    if at >= len(lines) or at == start:
        return False
    last = lines[at - 1]
    if last in (b"-- \n", b"--\n") and re.match(rb"\d+\.\d+", lines[at]):
        return True
    return (
        last.startswith(b"+++ ")
        and at - 2 >= start
        and lines[at - 2].startswith(b"--- ")
        and is_header(lines[at])
        and any(line[0] == _SPACE for line in lines[start:at])  # never with -U0
    )


def _is_body(lines: Sequence[bytes], at: int) -> bool:
    """Whether a line can belong to a hunk, by its sign and by what follows."""
    line = lines[at]
    sign = line[0]
    if sign == _MINUS:
        after = lines[at + 1] if at + 1 < len(lines) else b"\n"
        if line in (b"-- \n", b"-- \r\n", b"-- "):  # a mail signature
            return after[:1] in (b" ", b"+", b"-", b"\\", b"@")
        if line in (b"--\n", b"--\r\n"):
            return not (_VERSION.match(after) and after[:1] not in (b" ", b"\n"))
        if line.startswith(b"--- ") and after.startswith(b"+++ "):  # the next file
            return not (at + 2 < len(lines) and lines[at + 2].startswith(b"@@ -"))
        return True
    if sign == _RETURN:
        return line == b"\r\n"
    return sign in (_SPACE, _PLUS, _BACKSLASH, _NEWLINE)
