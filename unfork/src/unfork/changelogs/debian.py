"""Debian's changelogs, deb-changelog(5): read by python-debian, the entries of each version taken apart."""

import logging
import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

from debian.changelog import ChangeBlock, Changelog

from unfork.changelogs.entries import Entry, items

_BEGIN = re.compile(
    r"\s*[A-Za-z0-9][A-Za-z0-9+.\-]* \([^()\s]+\)(?: +[A-Za-z0-9.+\-]+)*; *urgency=", re.IGNORECASE
)
_HEAD = re.compile(r"\S+ \((?P<version>[^)]+)\)")
_PERSON = re.compile(r"\s*\[ .* \]\s*|\s*-- .*")  # whose the entries below are; a damaged end of a block


def is_debian(text: str) -> bool:
    """Whether a text begins as a Debian changelog does."""
    return bool(_BEGIN.match(text))


def parse_debian(text: str, path: str) -> Iterator[Entry]:
    """The entries, newest version first; a damaged block gives what can be read.

    An item and what is indented under it are one: "Drop, applied upstream:" has the patches below it.
    """
    logging.getLogger("debian.changelog").setLevel(logging.ERROR)  # it says more than we can use
    lines = text.split("\n")
    heads = ((number, head["version"]) for number, line in enumerate(lines, 1) if (head := _HEAD.match(line)))
    begin = 0
    for block in Changelog(lines, allow_empty_author=True, strict=False):
        version, date = _version(block), _day(block.date)
        begin = next((number for number, named in heads if version in (None, named)), begin)
        changes = (
            line if line[:1].isspace() and not _PERSON.fullmatch(line) else "" for line in block.changes()
        )
        for number, item in items(enumerate(changes, begin + 1), nested=False):
            yield Entry(version, item, path, number, date)


def _version(block: ChangeBlock) -> str | None:
    try:
        return str(block.version)
    except ValueError:  # none that Debian allows
        return None


def _day(date: str | None) -> str | None:
    """``2018-01-31`` of an e-mail's date."""
    try:
        return parsedate_to_datetime(date or "").date().isoformat()
    except (ValueError, IndexError):
        return None
