"""What every changelog gives: entries, each with the release whose heading it stands under."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

BULLET = re.compile(r"\s*(?:[-*+•o]|\d{1,3}[.)]|\(\d{1,3}\))\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a changelog."""

    release: str | None  # as its heading names it; None: no heading does, or it says "unreleased"
    text: str  # lines joined by a space
    path: str  # the file it stands in
    line: int  # where it begins, from 1
    date: str | None = None  # "2024-05-01", where its heading has it so


def items(lines: Iterable[tuple[int, str]], *, nested: bool) -> Iterator[tuple[int, str]]:
    """Number of the first line, and text, of each item of numbered lines.

    An item is a bullet with what is below it up to an empty line, and after that what is indented
    further; or a paragraph. A bullet in a bullet is an item of its own only where ``nested`` says so.
    """
    begin, depth, gap = 0, -1, False  # of the item that is open; depth -1: a paragraph
    parts: list[str] = []
    for number, raw in lines:
        line = raw.expandtabs()
        words = line.strip()
        if not words:
            gap = True
            continue
        indent = len(line) - len(line.lstrip())
        inside = bool(parts) and 0 <= depth < indent
        bullet = BULLET.match(line)
        if (bullet and (nested or not inside)) or not parts or (gap and not inside):
            if parts:
                yield begin, " ".join(parts)
            begin, depth, parts = number, indent if bullet else -1, []
        parts.append(line[bullet.end() :].strip() if bullet else words)
        gap = False
    if parts:
        yield begin, " ".join(parts)
