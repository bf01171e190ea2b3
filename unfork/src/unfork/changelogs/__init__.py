"""Reads what a project writes about its releases: an entry, and the release it stands under."""

from unfork.changelogs.entries import Entry
from unfork.changelogs.reading import Written, is_changelog, read_changelogs
from unfork.changelogs.references import hashes, references, same_hash

__all__ = [
    "Entry",
    "Written",
    "hashes",
    "is_changelog",
    "read_changelogs",
    "references",
    "same_hash",
]
