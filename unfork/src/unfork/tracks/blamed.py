"""What an upstream commit did to the lines of a hunk, and how people find the commit."""

import re
from collections import Counter

from unfork.git import Repository
from unfork.history import find_releases
from unfork.model import FileChange, Hunk
from unfork.model.carrying import Cause, CauseKind
from unfork.series import parse_patch
from unfork.tracks.line_of_commits import Version
from unfork.tracks.text import signed_lines

_REVIEW = re.compile(r"^(?:Reviewed-on|Change-Id|Pull-Request|Link): *(\S+)$", re.MULTILINE)
_TELLING = 4  # characters without white space from which a line says something
_DIFF = (
    "diff-tree", "-p", "-r", "-M", "--root", "--no-commit-id", "--no-ext-diff", "--no-textconv", "-m",
    "--first-parent", "--full-index", "--src-prefix=a/", "--dst-prefix=b/",
)  # fmt: skip


class Blamed:
    """Reads commits and releases, each once."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._releases: list[tuple[str, bool]] | None = None
        self._known: dict[str, tuple[str, str | None, str | None]] = {}

    def cause(self, path: str, hunk: int, kind: CauseKind, sha: str, **more: str) -> Cause:
        """A cause with what people want to know of its commit."""
        subject, release, review = self._about(sha)
        return Cause(path, hunk, kind, sha, subject, release, review, **more)

    def _about(self, sha: str) -> tuple[str, str | None, str | None]:
        if sha not in self._known:
            raw = self._repository.run("log", "-1", "--format=%s%x00%B", sha).decode("utf-8", "replace")
            subject, _, message = raw.rstrip("\n").partition("\0")
            reviews = _REVIEW.findall(message)
            self._known[sha] = subject, self._release(sha), reviews[-1] if reviews else None
        return self._known[sha]

    def _release(self, sha: str) -> str | None:
        """The first release that has a commit; a release candidate when there is no other."""
        if self._releases is None:
            found = find_releases(self._repository, None)
            self._releases = [(each.name, each.prerelease) for each in found]
        form = "--format=%(refname:lstrip=2)"
        having = set(
            self._repository.text("for-each-ref", form, f"--contains={sha}", "refs/tags").split("\n")
        )
        listed = [(name, early) for name, early in self._releases if name in having]
        final = [name for name, early in listed if not early]
        return final[0] if final else listed[0][0] if listed else None

    def kind_of(self, found: Version, hunk: Hunk | None, *, exists: bool) -> CauseKind:
        """What a commit did to a hunk's lines. ``exists``: that there is a file is what conflicts."""
        changes = parse_patch(self._repository.run(*_DIFF, found.sha), found.sha).files
        mine = [change for change in changes if {change.old_path, change.new_path}.intersection(found.paths)]
        if hunk is None:
            if exists:
                return CauseKind.ADDED
            if any(change.new_path is None for change in mine):
                return CauseKind.DELETED
            moved = any(change.old_path != change.new_path and change.new_path for change in mine)
            return CauseKind.MOVED if moved else CauseKind.CHANGED
        wanted = {key for _, text in _old(hunk) if len(key := _key(text)) >= _TELLING}
        gone = {key for change in mine for key in _keys(change, b"-")} & wanted
        if not gone:
            return CauseKind.CHANGED
        came = Counter(key for change in changes for key in _keys(change, b"+"))
        if all(came[key] for key in gone):
            return CauseKind.MOVED
        replaced = any(
            {_key(line[1:]) for line in each.lines if line[:1] == b"-"} & gone
            and any(line[:1] == b"+" for line in each.lines)
            for change in mine
            for each in change.hunks
        )
        return CauseKind.CHANGED if replaced else CauseKind.DELETED


def _old(hunk: Hunk) -> list[tuple[bytes, bytes]]:
    return [(sign, text) for sign, text in signed_lines(hunk) if sign != b"+"]


def _keys(change: FileChange, sign: bytes) -> list[bytes]:
    return [_key(line[1:]) for hunk in change.hunks for line in hunk.lines if line[:1] == sign]


def _key(text: bytes) -> bytes:
    return b"".join(text.split())
