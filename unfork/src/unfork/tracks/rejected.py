"""Hunks that fit nowhere, shown where they were most likely meant."""

import difflib
from collections.abc import Sequence

from unfork.model import Hunk
from unfork.tracks.merging import BASE, BEGIN, END, MIDDLE
from unfork.tracks.text import Sides, lines_of, sides_of, without_context

_MOST_LINES = 20_000  # of a file that is searched; in a larger one the line number has to do


def with_rejected(data: bytes, hunks: Sequence[Hunk]) -> bytes:
    """A file with each hunk between conflict markers where most of its old lines stand."""
    lines = lines_of(data)
    if lines and not lines[-1].endswith(b"\n"):
        lines[-1] += b"\n"
    spots = sorted(((_spot(lines, hunk), hunk) for hunk in hunks), key=lambda each: each[0], reverse=True)
    last = len(lines)
    for (begin, end), hunk in spots:
        end = min(end, last)
        begin = last = min(begin, end)
        sides = without_context(hunk)
        lines[begin:end] = [
            BEGIN + b" target\n", *lines[begin:end], BASE + b" before\n", *_whole(sides.old),
            MIDDLE + b"\n", *_whole(sides.new), END + b" patch\n",
        ]  # fmt: skip
    return b"".join(lines)


def _whole(data: bytes) -> list[bytes]:
    return [line if line.endswith(b"\n") else line + b"\n" for line in lines_of(data)]


def _spot(lines: Sequence[bytes], hunk: Hunk) -> tuple[int, int]:
    """From and to: the stretch of the file that is most like what the hunk expects."""
    sides: Sides = sides_of(hunk)
    wanted = lines_of(sides.old)
    named = min(max(0, sides.start - 1), len(lines))
    if not wanted or len(lines) > _MOST_LINES:
        return named, named
    matcher = difflib.SequenceMatcher(None, lines, wanted, autojunk=False)
    blocks = [block for block in matcher.get_matching_blocks() if block.size]
    if not blocks:
        return named, named
    best = max(blocks, key=lambda block: block.size)
    begin = min(len(lines), max(0, best.a - best.b))
    return begin, min(len(lines), begin + len(wanted))
