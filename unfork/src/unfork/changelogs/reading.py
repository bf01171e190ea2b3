"""Which files of a tree are changelogs, and what is in them."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from unfork.changelogs.debian import parse_debian
from unfork.changelogs.entries import Entry
from unfork.changelogs.headings import parse_headings

_NAME = r"(?:changes?|change[-_]?log|news|history|release[-_ ]?(?:notes|history)|releases|what'?s[-_]?new)"
_KIND = r"(?:\.(?:rst|md|markdown|txt))?"
_PATH = re.compile(
    rf"(?:docs?/(?:[^/]+/){{0,2}})?{_NAME}(?:[-_][\d.]+)?{_KIND}"  # CHANGES.rst, docs/source/changelog.rst
    rf"|(?:docs?/(?:[^/]+/){{0,2}})?{_NAME}/v?\d[^/]*\.(?:rst|md|markdown|txt)",  # docs/releases/4.2.1.txt
    re.I,
)
_PBR = b"CHANGES\n=======\n"
DEBIAN = "debian/changelog"
_LARGEST = 16 * 2**20  # bytes of a file; more is no text for people


def changelog_paths(paths: Iterable[str]) -> list[str]:
    """The changelogs among the files of a tree, sorted."""
    return sorted(path for path in paths if path == DEBIAN or _PATH.fullmatch(path))


def parse_changelog(data: bytes, path: str) -> list[Entry]:
    """The entries of one file; a file that is too large or no text has none."""
    if len(data) > _LARGEST or b"\0" in data:
        return []
    text = data.decode("utf-8", "replace")
    return list(parse_debian(text, path) if path == DEBIAN else parse_headings(text, path))


def is_complete(data: bytes, path: str) -> bool:
    """Whether a changelog names every commit, as pbr writes it: what it does not have is not there."""
    return path == "ChangeLog" and data.lstrip().startswith(_PBR)


@dataclass(frozen=True, slots=True)
class Written:
    """All changelogs of a tree."""

    entries: tuple[Entry, ...] = ()
    complete: bool = False  # one of them names every commit


def read_changelogs(paths: Iterable[str], read: Callable[[str], bytes]) -> Written:
    """The entries of all changelogs of a tree."""
    found = [(path, read(path)) for path in changelog_paths(paths)]
    entries = tuple(entry for path, data in found for entry in parse_changelog(data, path))
    return Written(entries, any(is_complete(data, path) for path, data in found))
