"""Reads changelogs as projects keep them: what changed, and in which release."""

from unfork.history.changelog.files import is_changelog, parse_changelog
from unfork.history.changelog.text import Entry

__all__ = ["Entry", "is_changelog", "parse_changelog"]
