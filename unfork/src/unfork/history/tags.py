"""Which tags are releases, and in which order."""

import re
from collections import Counter
from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

from unfork.errors import InputError, UsageError
from unfork.git import Repository

# "v1.2", "16.0.0.0rc1", "release-1_2", "nova/2.0.0-rc.1": a prefix of words, then the version.
_TAG = re.compile(r"^(?P<prefix>(?:[A-Za-z][A-Za-z0-9+]*[-_/])*)(?P<version>[vV]?\d[\w.+-]*)$")


@dataclass(frozen=True, slots=True)
class Release:
    """A tag that users install."""

    name: str
    commit: str
    version: Version
    prerelease: bool
    date: int  # committer date of the tagged commit, seconds since the epoch

    @property
    def line(self) -> str:
        """The stable line it belongs to: what stays the same between its bug-fix releases."""
        return ".".join(str(part) for part in self.version.release[:2])


def parse_version(text: str) -> Version | None:
    """A version in PEP 440, semver or OpenStack form; ``None`` for anything else."""
    text = text.replace("_", ".")
    match = re.fullmatch(r"[vV]?(\d+(?:\.\d+)*)-(alpha|beta|rc|pre|dev)[.-]?(\d*)", text)
    if match:  # semver's pre-release; PEP 440 would read "-1" as a post-release
        number, word, count = match.groups()
        text = f"{number}{'.dev' if word == 'dev' else word}{count or 0}"
    try:
        return Version(text)
    except InvalidVersion:
        return None


def find_releases(repository: Repository, pattern: str | None) -> list[Release]:
    """All release tags, oldest first.

    The order is that of the tagged commits' dates: versions alone mislead where a project changed
    its scheme (nova's 2015.1.0 came before 12.0.0), and tags are sometimes made years later.

    Without a pattern these are the tags that parse as a version, of the prefix most tags have
    (a repository may hold several products). With one, the tags it matches whole; a group named
    ``version``, else the first group, else the first number in the name is the version.
    """
    tags = _read_tags(repository)
    named = _by_pattern(tags, pattern) if pattern else _by_form(tags)
    return sorted(named, key=lambda release: (release.date, release.version, release.name))


@dataclass(frozen=True, slots=True)
class _Tag:
    name: str
    commit: str
    date: int


def _read_tags(repository: Repository) -> list[_Tag]:
    """Every tag of a commit; one of a tree or a blob is no release."""
    fields = ("refname:lstrip=2", "objectname", "*objectname", "*objecttype",
              "committerdate:unix", "*committerdate:unix")  # fmt: skip
    form = "%00".join(f"%({field})" for field in fields)
    listed = repository.text("for-each-ref", f"--format={form}", "refs/tags")
    tags = []
    # Not splitlines(): a tag's name may hold characters that Unicode takes for line ends.
    for line in listed.split("\n") if listed else ():
        name, own, peeled, kind, own_date, peeled_date = line.split("\0")
        if kind == "tag":  # a tag of a tag: git before 2.45 peels it only once
            found = repository.try_run("log", "-1", "--format=%H %ct", f"refs/tags/{name}")
            if found.code == 0 and found.out:
                commit, date = found.out.decode().split()
                tags.append(_Tag(name, commit, int(date)))
        elif date := peeled_date or own_date:
            tags.append(_Tag(name, peeled or own, int(date)))
    return tags


def _release(tag: _Tag, version: Version) -> Release:
    return Release(tag.name, tag.commit, version, version.is_prerelease, tag.date)


def _by_form(tags: list[_Tag]) -> list[Release]:
    found: dict[str, list[Release]] = {}
    for tag in tags:
        match = _TAG.match(tag.name)
        version = parse_version(match["version"]) if match else None
        if match and version:
            found.setdefault(match["prefix"].lower(), []).append(_release(tag, version))
    if not found:
        return []
    counts = Counter({prefix: len(releases) for prefix, releases in found.items()})
    # Ties go to the plain version: "1.0" before "debian/1.0".
    prefix = max(counts, key=lambda each: (counts[each], -len(each)))
    return found[prefix]


def _by_pattern(tags: list[_Tag], pattern: str) -> list[Release]:
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise UsageError(f"the release pattern {pattern!r} is no regular expression: {error}") from error
    releases = []
    for tag in tags:
        match = expression.fullmatch(tag.name)
        if not match:
            continue
        groups = match.groupdict().get("version") or (match.groups() or (None,))[0]
        number = re.search(r"\d[\w.+-]*", tag.name)
        version = parse_version(groups or (number[0] if number else ""))
        if version is None:
            raise InputError(
                f"the release pattern takes the tag {tag.name!r}, but no version can be read from it",
                hint="put the version into a group: (?P<version>...)",
            )
        releases.append(_release(tag, version))
    if not releases:
        raise InputError(f"no tag matches the release pattern {pattern!r}", hint="see git tag --list")
    return releases
