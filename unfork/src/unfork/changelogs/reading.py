"""Which files of a tree are changelogs, and what is in them."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice

from unfork.changelogs.debian import is_debian, parse_debian
from unfork.changelogs.entries import Entry
from unfork.changelogs.headings import parse_headings

_NAME = r"(?:changes?|change[-_]?log|news|history|release[-_ ]?(?:notes|history)|releases|what'?s[-_]?new)"
_KIND = r"(?:\.(?:rst|md|markdown|txt))?"
# "doc/source/contributor/releasenotes.rst" says how to write them.
_FOLDERS = r"(?:docs?/(?:(?!contribut)[^/]+/){0,2})?"
_PATH = re.compile(
    rf"{_FOLDERS}{_NAME}(?:[-_][\d.]+)?{_KIND}"  # CHANGES.rst, docs/source/changelog.rst
    rf"|{_FOLDERS}{_NAME}/v?\d[^/]*\.(?:rst|md|markdown|txt)"  # docs/releases/4.2.1.txt
    r"|debian/(?:changelog|news)",
    re.I,
)
_PBR = b"CHANGES\n=======\n"
_LARGEST = 16 * 2**20  # bytes of a file; more is no text for people
_MOST = 200_000  # entries of a file; nova's, with one for each commit, would have 34,000


def is_changelog(path: str) -> bool:
    """Whether a path, from the root of a tree, is by its name that of a changelog."""
    return bool(_PATH.fullmatch(path))


def parse_changelog(data: bytes, path: str) -> list[Entry]:
    """The entries of one file; ``ValueError`` says why it cannot be read."""
    if len(data) > _LARGEST:
        raise ValueError(f"larger than {_LARGEST >> 20} MB")
    if b"\0" in data:
        raise ValueError("not a text")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")  # what old changelogs were written in; every byte is a character
    found = parse_debian(text, path) if is_debian(text) else parse_headings(text, path)
    entries = list(islice(found, _MOST + 1))
    if len(entries) > _MOST:
        raise ValueError(f"more than {_MOST} entries")
    return entries


@dataclass(frozen=True, slots=True)
class Written:
    """All changelogs of a tree."""

    entries: tuple[Entry, ...]
    broken: dict[str, str]  # files that cannot be read, and why
    complete: bool  # one of them names every commit, as pbr writes it: what it does not have is not there


def read_changelogs(paths: Iterable[str], read: Callable[[str], bytes]) -> Written:
    """The entries of all changelogs among the files of a tree."""
    entries: list[Entry] = []
    broken: dict[str, str] = {}
    complete = False
    for path in sorted(filter(is_changelog, paths)):
        data = read(path)
        try:
            entries += parse_changelog(data, path)
        except ValueError as error:
            broken[path] = str(error)
        else:
            complete |= path == "ChangeLog" and data.lstrip().startswith(_PBR)
    return Written(tuple(entries), broken, complete)
