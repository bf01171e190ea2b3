"""``debian/changelog``: blocks of "package (version) distribution; urgency=…", deb-changelog(5)."""

import logging
import re
from email.utils import parsedate_to_datetime

from debian.changelog import Changelog

from unfork.history.changelog.text import Entry, bullets

_HEAD = re.compile(
    r"\s*[A-Za-z0-9][A-Za-z0-9+.\-]* \([^()\s]+\)(?: +[A-Za-z0-9.+\-]+)*; *urgency=", re.IGNORECASE
)

# Whose the entries below are, and the end of a block that is written wrongly.
_PERSON = re.compile(r"\s*\[ .* \]\s*|\s*-- .*")


def is_debian(text: str) -> bool:
    """Whether a text begins as a Debian changelog does."""
    return bool(_HEAD.match(text))


def debian_entries(text: str) -> list[Entry]:
    """The entries of each block under the block's version; a damaged block gives what can be read."""
    logging.getLogger("debian.changelog").setLevel(logging.ERROR)  # it says more than we can use
    found: list[Entry] = []
    for block in Changelog(text, allow_empty_author=True, strict=False):
        lines = [(0, "" if _PERSON.fullmatch(line) else line) for line in block.changes()]
        found += bullets(lines, str(block.version), _day(block.date))
    return found


def _day(date: str | None) -> str | None:
    """``2018-01-31`` of an e-mail's date."""
    try:
        return parsedate_to_datetime(date or "").date().isoformat()
    except (ValueError, IndexError):
        return None
