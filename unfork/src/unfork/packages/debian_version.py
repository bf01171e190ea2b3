"""The upstream version in a Debian one."""

import re
from pathlib import Path

# What Debian adds to a version behind its revision: marks of repacked sources.
_REPACKED = re.compile(r"[+~](?:dfsg|ds|repack)[.\d]*$")


def upstream_version(version: str) -> str:
    """ "2:16.1.0+dfsg1-3" is 16.1.0: without epoch, revision and the mark of a repacked source."""
    plain = version.partition(":")[2] or version
    return _REPACKED.sub("", plain.rpartition("-")[0] or plain)


def changelog_version(changelog: Path) -> str | None:
    """The upstream version of a Debian source by its ``debian/changelog``; ``None`` when it has none."""
    if not changelog.is_file():
        return None
    with changelog.open(encoding="utf-8", errors="replace") as lines:
        first = re.match(r"\S+ \(([^)]+)\)", lines.readline())
    return upstream_version(first[1]) if first else None
