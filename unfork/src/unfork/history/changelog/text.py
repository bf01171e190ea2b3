"""Changelogs in Markdown, reStructuredText or plain text: headings with a version, and what is under them.

There is no standard. What projects do: "## [1.2.3] - 2024-05-01" (keepachangelog.com), a line with an
underline ("1.2.3" over "-----", as pbr's ChangeLog has it), GNU's "* Noteworthy changes in release 1.2",
"Version 1.2.3 (2024-05-01)", and ChangeLog entries that begin with a date and a name.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_VERSION = r"v?\d+(?:\.\d+)+[\w+~-]*(?:\.[\w+~-]+)*|v\d+\b"
_LEAD = r"(?:(?:[A-Za-z][\w.+-]*|in|of|what's|what’s)[ :_-]+){0,5}?"
# A heading by its own words: "1.2.3", "Version 1.2.3 (date)", "Noteworthy changes in release 1.2".
_HEADING = re.compile(rf"{_LEAD}\[?({_VERSION})\]?\.?(?=$|[\s:,;(\[/\])])", re.IGNORECASE)
_UNRELEASED = re.compile(r"\[?(?:unreleased|upcoming|development|next(?: release)?)\]?\b", re.IGNORECASE)
_DATE = re.compile(r"\b(\d{4}-\d\d-\d\d)\b")
_DATED = re.compile(r"\d{4}-\d\d-\d\d\s+\S.*<[^>]*>\s*$")  # GNU: date, name, address
_UNDERLINE = re.compile(r"([=\-~^\"'`#*+])\1{2,}\s*$")
_HASHES = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*$")
_BULLET = re.compile(r"([ \t]*)(?:[-*+•o]|\d{1,3}[.)])[ \t]+(?=\S)")
_LONGEST_HEADING = 120  # characters: more is a sentence that mentions a version
_LONGEST = 4096  # characters kept of an entry
_MOST = 100_000  # entries of a file


@dataclass(frozen=True, slots=True)
class Entry:
    """One change as a changelog tells it."""

    release: str | None  # as the heading names it; ``None``: not released, or no heading says it
    date: str | None  # "2024-05-01", where the heading has it
    text: str  # in one line
    line: int = 0  # from 1, where it begins; 0: not known


def text_entries(text: str) -> list[Entry]:
    """The entries of a changelog, in the order of the file."""
    found: list[Entry] = []
    release: str | None = None
    date: str | None = None
    block: list[tuple[int, str]] = []
    for number, line, heading in _lines(text):
        if heading is None:
            block.append((number, line))
            continue
        said = _said(heading)
        if said is not None or _DATED.match(heading):
            found += bullets(block, release, date)
            block = []
            day = _DATE.search(heading)
            release, date = said or None, day[1] if day else None
        else:
            block.append((number, ""))  # "### Fixed": ends the entry before, and says nothing itself
        if len(found) > _MOST:
            break
    found += bullets(block, release, date)
    return found[:_MOST]


def bullets(lines: Iterable[tuple[int, str]], release: str | None, date: str | None) -> list[Entry]:
    """Numbered lines as entries: a bullet with what is indented under it, or a paragraph."""
    found: list[Entry] = []
    begin, depth = 0, -1  # of the entry that is open; depth -1: a paragraph
    parts: list[str] = []

    def end() -> None:
        if text := " ".join(" ".join(parts).split())[:_LONGEST]:
            found.append(Entry(release, date, text, begin))
        parts.clear()

    for number, raw in lines:
        line = raw.expandtabs()
        bullet = _BULLET.match(line)
        indent = len(line) - len(line.lstrip())
        if bullet and not (parts and 0 <= depth < indent):
            end()
            begin, depth = number, indent
            parts.append(line[bullet.end() :].strip())
        elif not line.strip():
            if depth < 0:
                end()
            elif parts:
                parts.append("")  # the entry may go on after an empty line, further in
        elif parts and (depth < 0 or indent > depth):
            parts.append(line[bullet.end() :].strip() if bullet else line.strip())
        else:
            end()
            begin, depth = number, -1
            parts.append(line.strip())
    end()
    return found


def _lines(text: str) -> Iterator[tuple[int, str, str | None]]:
    """Number and text of each line, and the heading's words where it is one; no underlines."""
    lines = text.splitlines()
    for at, line in enumerate(lines):
        stripped = line.strip()
        if _UNDERLINE.fullmatch(stripped):
            continue
        heading: str | None = None
        below = lines[at + 1].strip() if at + 1 < len(lines) else ""
        if (hashes := _HASHES.match(line)) is not None:
            heading = hashes[2]
        elif stripped and (_is_title(stripped, below) or (line[0] == stripped[0] and _stands(stripped))):
            heading = stripped
        yield at + 1, line, heading


def _is_title(line: str, below: str) -> bool:
    return len(line) <= _LONGEST_HEADING and bool(_UNDERLINE.fullmatch(below))


def _stands(line: str) -> bool:
    """Whether a line that no sign marks is a heading by its words: short, and its version comes first
    or after words like "release"."""
    if _DATED.match(line):
        return True
    said = line.lstrip("*= ").rstrip(":* ")
    found = _HEADING.match(said) if len(said) <= _LONGEST_HEADING else None
    if found is None:
        return False
    # A bullet is a heading only in GNU's words; "- 1.2 is no longer supported" is none.
    if line.startswith("*") and not re.search(r"\b(?:changes|news|release|version)\b", said, re.IGNORECASE):
        return False
    rest = said[found.end() :].strip(" ():,;-–—/[]")
    return len(rest.split()) <= 5


def _said(heading: str) -> str | None:
    """The release a heading names, "" where it says that there is none yet; ``None``: no such heading."""
    words = heading.lstrip("*= ")
    if _UNRELEASED.match(words):
        return ""
    if len(words) > _LONGEST_HEADING:
        return None
    found = _HEADING.match(words)
    return found[1] if found else None
