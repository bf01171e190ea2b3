"""Changelogs with a heading for each release: reStructuredText, Markdown, plain text, pbr's ChangeLog.

A heading that names a version begins a release; one below it ("Bug fixes") is part of it. Items are
bullets, at any depth, or paragraphs where there are none.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from unfork.changelogs.entries import BULLET, Entry, items

_VERSION = re.compile(
    r"(?<![\w.+-])[vV]?(?P<version>\d+(?:\.\d+)+(?:[._-]?(?:a|b|c|rc|alpha|beta|dev|post|p)(?:[._-]?\d+)?)*)"
    r"(?![\w+]|\.\d)"
)
_ONE_NUMBER = re.compile(
    r"(?:^|\b(?:version|release)\s+)[vV]?(?P<version>\d{1,4})(?=\s*(?:$|[:(\[,–-]))", re.I
)
_DATE = re.compile(r"\b(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}\.\d{1,2}\.\d{4})\b")
_DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b")
_DATED = re.compile(r"\d{4}-\d\d-\d\d\s+\S.*<[^>]*>\s*$")  # GNU's ChangeLog: date, name, address
_UNDERLINE = re.compile(r"""([=\-~^*#"'+`:._])\1{2,}\s*$""")
_MARKDOWN = re.compile(r"(#{1,6})\s+(?P<text>.*?)\s*#*\s*$")
# GNU NEWS: "* Changes in release 3.8", "** Bug fixes"
_EMACS = re.compile(r"(?P<stars>\*{1,3}) (?P<text>\S.*)")
# A paragraph's first line that is no sentence: the project, a version, a date or more in brackets.
_PLAIN = re.compile(
    r"(?:(?:noteworthy |important )?(?:changes|what'?s new|news)\s+(?:in|for|with|since)\s+)?"
    r"(?:(?!(?:in|to|of|at|on|by|as|is|or|and|for|the|see|with|from|since|until|before|after|than|like"
    r"|using|use|python|requires?)\s)[a-z][\w.-]*\s+)?"
    r"(?:(?:version|release)\s*:?\s*)?v?\d+(?:\.\d+)+[\w.+-]*+"
    r"\s*(?:[:,\u2013-]*\s*(?:\(.*\)|\[.*\]|released\b.*|\d{1,4}[-/. ]\S+.*|[a-z]{3,9} \d.*)?)?[:.]?\s*$",
    re.I,
)
_NOT_OUT = re.compile(r"unreleased|in development|not yet released|\bTBD\b|work in progress", re.I)
_LONGEST = 160  # characters of a heading: more is a sentence that mentions a version
_PLAIN_LEVEL = 50  # deeper than any that is marked, so that marked headings hold plain ones


@dataclass(frozen=True, slots=True)
class _Heading:
    level: int
    text: str
    lines: int = 1  # that it takes
    dated: bool = False  # it names a day and who, and no release


def parse_headings(text: str, path: str) -> Iterator[Entry]:
    """The entries of a changelog, in order."""
    lines = text.split("\n")
    levels: dict[str, int] = {}  # of the underlines, in the order they are met
    release: str | None = None
    date: str | None = None
    release_level: int | None = None
    block: list[tuple[int, str]] = []
    at = 0
    while at < len(lines):
        heading = _heading(lines, at, levels)
        if heading is None:
            block.append((at + 1, "" if _UNDERLINE.match(lines[at]) else lines[at]))
            at += 1
            continue
        for number, item in items(block, nested=True):
            yield Entry(release, item, path, number, date)
        block = []
        at += heading.lines
        version = None if heading.dated else version_in(heading.text)
        if version is not None:
            release, release_level = version, heading.level
            if _NOT_OUT.search(heading.text):
                release = None
        elif release_level is None or heading.level <= release_level:
            release = None
        elif not heading.dated:
            continue
        day = _DAY.search(heading.text)
        date = day[0] if day else None
    for number, item in items(block, nested=True):
        yield Entry(release, item, path, number, date)


def version_in(text: str) -> str | None:
    """The version a heading names, without its "v"; dates are none."""
    bare = _DATE.sub(" ", text)
    found = _VERSION.search(bare) or _ONE_NUMBER.search(bare)
    return found["version"] if found else None


def _heading(lines: list[str], at: int, levels: dict[str, int]) -> _Heading | None:
    line, below = lines[at], lines[at + 1] if at + 1 < len(lines) else ""
    if not line.strip() or len(line) > _LONGEST:
        return None
    if (markdown := _MARKDOWN.match(line)) is not None:
        return _Heading(len(markdown[1]), markdown["text"])
    over = _UNDERLINE.match(line)
    titled = 0 < len(below.strip()) <= _LONGEST
    if over and titled and at + 2 < len(lines) and _same_line(lines[at + 2], over[1]):
        return _Heading(_level(levels, "over" + over[1]), below.strip(), 3)
    if over:
        return None
    under = _UNDERLINE.match(below)
    if under and not BULLET.match(line) and len(below.rstrip()) >= min(3, len(line.strip())):
        return _Heading(_level(levels, under[1]), line.strip(), 2)
    emacs = _EMACS.match(line)
    if emacs and (len(emacs["stars"]) > 1 or (" release " in line and version_in(line))):
        return _Heading(len(emacs["stars"]), emacs["text"])
    if _DATED.match(line):
        return _Heading(_PLAIN_LEVEL, line, dated=True)
    starts = at == 0 or not lines[at - 1].strip()
    if starts and not line[0].isspace() and _PLAIN.match(" ".join(line.split())):
        return _Heading(_PLAIN_LEVEL, line.strip())
    return None


def _same_line(line: str, sign: str) -> bool:
    match = _UNDERLINE.match(line)
    return match is not None and match[1] == sign


def _level(levels: dict[str, int], style: str) -> int:
    return levels.setdefault(style, len(levels) + 1)
