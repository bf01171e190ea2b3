"""Changelogs with a heading for each release: reStructuredText, Markdown, plain text, pbr's ChangeLog.

A heading that names a version begins a release; one below it ("Bug fixes") is part of it. Items are
bullets, at any depth, or paragraphs where there are none.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from unfork.changelogs.entries import Entry

_VERSION = re.compile(
    r"(?<![\w.+-])[vV]?(?P<version>\d+(?:\.\d+)+(?:[._-]?(?:a|b|c|rc|alpha|beta|dev|post|p)[._-]?\d*)*)"
    r"(?![\w+]|\.\d)"
)
_ONE_NUMBER = re.compile(
    r"(?:^|\b(?:version|release)\s+)[vV]?(?P<version>\d{1,4})(?=\s*(?:$|[:(\[,–-]))", re.I
)
_DATE = re.compile(r"\b(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}\.\d{1,2}\.\d{4})\b")
_UNDERLINE = re.compile(r"""([=\-~^*#"'+`:._])\1{2,}\s*$""")
_MARKDOWN = re.compile(r"(#{1,6})\s+(?P<text>.*?)\s*#*\s*$")
_BULLET = re.compile(r"(?P<indent>\s*)(?:[-*+•]|\d{1,3}[.)]|\(\d{1,3}\)|o(?=\s))\s+(?P<text>\S.*)")
_EMACS = re.compile(
    r"(?P<stars>\*{1,3}) (?P<text>\S.*)"
)  # GNU NEWS: "* Changes in release 3.8", "** Bug fixes"
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
_PLAIN_LEVEL = 50  # deeper than any that is marked, so that marked headings hold plain ones


@dataclass(slots=True)
class _Heading:
    level: int
    text: str
    lines: int  # that it takes


def parse_headings(text: str, path: str) -> Iterator[Entry]:
    """The entries of a changelog, in order."""
    lines = text.splitlines()
    levels: dict[str, int] = {}  # of the underlines, in the order they are met
    release: str | None = None
    release_level: int | None = None
    item: list[str] = []
    begin, indent, bulleted = 0, 0, False

    def flush() -> Iterator[Entry]:
        if item:
            yield Entry(release, " ".join(item), path, begin + 1)
            item.clear()

    at = 0
    while at < len(lines):
        line = lines[at]
        heading = _heading(lines, at, levels)
        if heading is not None:
            yield from flush()
            version = version_in(heading.text)
            if version is not None:
                release, release_level = version, heading.level
                if _NOT_OUT.search(heading.text):
                    release = None
            elif release_level is None or heading.level <= release_level:
                release = None
            at += heading.lines
            continue
        bullet = _BULLET.match(line)
        if bullet:
            yield from flush()
            begin, indent, bulleted = at, len(bullet["indent"]), True
            item.append(bullet["text"].strip())
        elif not line.strip():
            # A blank line ends a paragraph; an item goes on where the next line is indented under it.
            following = next((each for each in lines[at + 1 :] if each.strip()), "")
            deeper = len(following) - len(following.lstrip()) > indent
            if not (bulleted and item and deeper):
                yield from flush()
        elif not item:
            begin, indent, bulleted = at, len(line) - len(line.lstrip()), False
            item.append(line.strip())
        else:
            item.append(line.strip())
        at += 1
    yield from flush()


def version_in(text: str) -> str | None:
    """The version a heading names, without its "v"; dates are none."""
    bare = _DATE.sub(" ", text)
    found = _VERSION.search(bare) or _ONE_NUMBER.search(bare)
    return found["version"] if found else None


def _heading(lines: list[str], at: int, levels: dict[str, int]) -> _Heading | None:
    line = lines[at]
    if not line.strip():
        return None
    if (markdown := _MARKDOWN.match(line)) is not None:
        return _Heading(len(markdown[1]), markdown["text"], 1)
    over = _UNDERLINE.match(line)
    if over and at + 2 < len(lines) and lines[at + 1].strip() and _same_line(lines[at + 2], over[1]):
        return _Heading(_level(levels, "over" + over[1]), lines[at + 1].strip(), 3)
    if over:
        return None
    under = _UNDERLINE.match(lines[at + 1]) if at + 1 < len(lines) else None
    if under and not _BULLET.match(line) and len(lines[at + 1].rstrip()) >= min(3, len(line.strip())):
        return _Heading(_level(levels, under[1]), line.strip(), 2)
    emacs = _EMACS.match(line)
    if emacs and (len(emacs["stars"]) > 1 or (" release " in line and version_in(line))):
        return _Heading(len(emacs["stars"]), emacs["text"], 1)
    starts = at == 0 or not lines[at - 1].strip()
    if starts and not line[0].isspace() and _PLAIN.match(line):
        return _Heading(_PLAIN_LEVEL, line.strip(), 1)
    return None


def _same_line(line: str, sign: str) -> bool:
    match = _UNDERLINE.match(line)
    return match is not None and match[1] == sign


def _level(levels: dict[str, int], style: str) -> int:
    return levels.setdefault(style, len(levels) + 1)
