"""``debian/changelog``: read by python-debian, the entries of each version taken apart."""

import re
from collections.abc import Iterator

from debian.changelog import Changelog, ChangelogParseError

from unfork.changelogs.entries import Entry

_ITEM = re.compile(r"\s{2,3}[*-]\s+(?P<text>\S.*)|\s*\[ .* \]\s*$")
_HEAD = re.compile(r"\S+ \((?P<version>[^)]+)\)")


def parse_debian(text: str, path: str) -> Iterator[Entry]:
    """The entries, newest version first; an item and what is indented under it are one."""
    try:
        blocks = list(Changelog(text, strict=False))
    except ChangelogParseError:
        return
    starts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if head := _HEAD.match(line):
            starts.setdefault(head["version"], number)
    for block in blocks:
        version = str(block.version)
        begin = starts.get(version, 1)
        item: list[str] = []
        where = begin
        for offset, line in enumerate(block.changes()):
            found = _ITEM.match(line)
            if (found or not line.strip()) and item:
                yield Entry(version, " ".join(item), path, where)
                item = []
            if found and found["text"]:
                item, where = [found["text"].strip()], begin + 1 + offset
            elif item and line.strip():
                item.append(line.strip())
        if item:
            yield Entry(version, " ".join(item), path, where)
