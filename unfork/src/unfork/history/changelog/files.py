"""Which files are changelogs, and which of the two readers each one needs."""

import re

from unfork.history.changelog.debian import debian_entries, is_debian
from unfork.history.changelog.text import Entry, text_entries

# In the root, or where projects keep such files; deeper ones belong to what a project bundles.
_PATH = re.compile(
    r"(?:(?:docs?|debian)/)?(?:changes?|change[-_]?log|news|history|release[-_]?notes)"
    r"(?:\.(?:md|markdown|rst|txt))?",
    re.IGNORECASE,
)
_LARGEST = 8 << 20  # bytes; Linux distributions' largest have 2 MB


def is_changelog(path: str) -> bool:
    """Whether a path, from the root of a project, is by its name that of its changelog."""
    return bool(_PATH.fullmatch(path))


def parse_changelog(data: bytes) -> list[Entry]:
    """The entries of a changelog in the order of the file: Debian's, Markdown, reStructuredText, plain.

    Raises ``ValueError`` with the reason when it is not text or too large. What has no heading that
    names a release is an entry without one.
    """
    if len(data) > _LARGEST:
        raise ValueError(f"larger than {_LARGEST >> 20} MB")
    if b"\0" in data:
        raise ValueError("not a text")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")  # what old changelogs were written in; every byte is a character
    return debian_entries(text) if is_debian(text) else text_entries(text)
