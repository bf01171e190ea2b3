"""What can be said of a patch by looking which of its lines the target's files hold.

These are necessary conditions: git is asked only where they hold, because a hunk whose lines
are not all there cannot apply. White space is ignored, so they never rule out too much.
"""

from collections import Counter
from typing import Protocol

from unfork.applying.target import is_telling, squeeze
from unfork.model import ChangeKind, FileChange, Hunk, Patch


class Files(Protocol):
    """Files as a patch meets them: the target's, or those with earlier patches applied."""

    def has(self, path: str) -> bool:
        """Whether there is something at the path."""

    def mode(self, path: str) -> str | None:
        """Its mode; ``None`` when nothing is there or it is not known."""

    def lines(self, path: str) -> frozenset[bytes] | None:
        """Its squeezed lines, rather too many than too few; ``None`` when not known."""


_NEW_AFTER = frozenset({ChangeKind.ADD, ChangeKind.RENAME, ChangeKind.COPY})
_GONE_AFTER = frozenset({ChangeKind.DELETE, ChangeKind.RENAME})


def _signed(change: FileChange, signs: bytes) -> list[bytes]:
    return [squeeze(line[1:]) for hunk in change.hunks for line in hunk.lines if line[0] in signs]


def added_share(patch: Patch, files: Files) -> float | None:
    """Share (0 to 1) of the patch's telling added lines that the files it changes hold.

    ``None`` when it adds no telling line.
    """
    found = total = 0
    for change in patch.files:
        telling = [line for line in _signed(change, b"+") if is_telling(line)]
        held = (files.lines(change.new_path) if change.new_path else None) or frozenset()
        total += len(telling)
        found += sum(line in held for line in telling)
    return found / total if total else None


def _touched_twice(patch: Patch) -> bool:
    """Whether a later change of the patch builds on an earlier one of the same file."""
    seen = Counter(path for c in patch.files for path in {c.old_path, c.new_path} if path is not None)
    return any(times > 1 for times in seen.values())


def _holds(lines: list[bytes], held: frozenset[bytes] | None) -> bool:
    return held is None or all(line in held for line in lines)


def may_reverse(patch: Patch, files: Files) -> bool:
    """Whether taking the patch back is thinkable: false only where git would surely refuse."""
    if _touched_twice(patch):
        return True
    for change in patch.files:
        if change.kind in _GONE_AFTER and change.old_path is not None and files.has(change.old_path):
            return False
        if change.new_path is None:
            continue
        if not files.has(change.new_path) or not _holds(_signed(change, b"+"), files.lines(change.new_path)):
            return False
        # A mode is no text: git only warns when it differs, so it is compared here.
        if change.new_mode and change.old_mode and files.mode(change.new_path) not in (None, change.new_mode):
            return False
    return True


def cannot_apply(patch: Patch, files: Files, *, signs: bytes) -> frozenset[str]:
    """Paths whose change git would surely refuse; empty when all could go in.

    ``signs`` says which lines must be there: ``b"-"`` those removed (enough to rule out a patch
    with less context), ``b"- "`` those of the context too (to rule it out as it is).
    """
    if _touched_twice(patch):
        return frozenset()
    stuck = set()
    for change in patch.files:
        if change.kind in _NEW_AFTER and change.new_path is not None and files.has(change.new_path):
            stuck.add(change.new_path)
        if change.old_path is None:
            continue
        if not files.has(change.old_path) or not _holds(_signed(change, signs), files.lines(change.old_path)):
            stuck.add(change.old_path)
    return frozenset(stuck)


def _is_strong(hunk: Hunk) -> bool:
    after = [squeeze(line[1:]) for line in hunk.lines if line[:1] in (b"+", b" ")]
    if any(line[:1] == b"+" and is_telling(squeeze(line[1:])) for line in hunk.lines):
        return True
    return sum(map(is_telling, after)) >= 2


def reversal_tells(patch: Patch) -> bool:
    """Whether "it can be taken back" is proof that the change is there.

    A hunk that only removes is found by its context alone; with less than two telling lines of
    it (a bracket, a blank line, an end of file) it is found anywhere. At least one part of the
    patch must be stronger than that: such a hunk, a whole file added or deleted, a rename, a
    binary content, a mode.
    """
    for change in patch.files:
        if any(map(_is_strong, change.hunks)) or change.binary:
            return True
        if change.kind is not ChangeKind.MODIFY:
            return True
    return False


def adds_telling_lines(patch: Patch) -> bool:
    """Whether the patch adds any line that says something by itself."""
    return any(is_telling(line) for change in patch.files for line in _signed(change, b"+"))


def has_content(patch: Patch) -> bool:
    """Whether the patch changes more than modes and names."""
    return any(change.hunks or change.binary for change in patch.files)
