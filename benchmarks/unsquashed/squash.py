"""One squash of a linear chain of commits, and which of them made each of its changed lines."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from unfork.git import Repository
from unfork.model import FileChange, Patch
from unfork.series import parse_patch
from unfork.unsquashing.pieces import HEADER, Line, lines_of

_DIFF = (
    "diff-tree", "-p", "-r", "-M", "--no-commit-id", "--no-ext-diff", "--no-textconv", "--full-index",
    "--binary", "--src-prefix=a/", "--dst-prefix=b/",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Commit:
    """One of those that were squashed."""

    sha: str
    subject: str


@dataclass(frozen=True, slots=True, eq=False)
class Squash:
    """What several commits change together, and who made each line of it."""

    kind: str
    patch: Patch
    commits: tuple[Commit, ...]
    truth: dict[Line, int]  # place in ``commits``; a line that nobody can be named for is left out
    base: str  # the tree below it


@dataclass(slots=True)
class _Lines:
    """The lines of a file as commits change it: (number in the base, who added it). What no diff has
    shown yet is made when it is asked for."""

    name: str | None  # in the base
    known: list[tuple[int | None, int | None]] = field(default_factory=list)
    shown: int = 0  # lines of the base that are in ``known`` or gone

    def at(self, number: int) -> tuple[int | None, int | None]:
        """A line by its number, from 1."""
        while len(self.known) < number:
            self.shown += 1
            self.known.append((self.shown, None))
        return self.known[number - 1]


class _Followed:
    """All files while one commit after another is applied."""

    def __init__(self) -> None:
        self.files: dict[str, _Lines] = {}
        self.gone: dict[tuple[str | None, int], int] = {}
        self.headers: dict[str, int] = {}

    def apply(self, change: FileChange, maker: int) -> None:
        """Change a file as a commit does."""
        old, new = change.old_path, change.new_path
        lines = self.files.pop(old, _Lines(old)) if old is not None else _Lines(None)
        if new is not None and old != new:
            self.headers[new] = maker
        elif change.binary or new is None or change.old_mode != change.new_mode:
            self.headers[change.path] = maker
        for hunk in change.hunks:
            at = hunk.new_start if hunk.new_count else hunk.new_start + 1
            for text in hunk.lines:
                sign = text[:1]
                if sign == b"+":
                    if at > 1:
                        lines.at(at - 1)
                    lines.known.insert(at - 1, (None, maker))
                    at += 1
                elif sign == b"-":
                    number, _ = lines.at(at)
                    if number is not None:
                        self.gone[lines.name, number] = maker
                    del lines.known[at - 1]
                elif sign != b"\\":
                    at += 1
        if new is not None:
            self.files[new] = lines

    def truth(self, whole: Patch) -> dict[Line, int]:
        """Who made each line of the diff from end to end."""
        found: dict[Line, int] = {}
        for line in lines_of(whole):
            maker = self.headers.get(whole.files[line.file].path)
            if line.hunk == HEADER and maker is not None:
                found[line] = maker
        for at, change in enumerate(whole.files):
            lines = self.files.get(change.new_path or "", _Lines(None))
            for where, hunk in enumerate(change.hunks):
                old = hunk.old_start if hunk.old_count else hunk.old_start + 1
                new = hunk.new_start if hunk.new_count else hunk.new_start + 1
                row = 0
                for text in hunk.lines:
                    sign = text[:1]
                    if sign == b"-":
                        by = self.gone.get((change.old_path, old))
                    else:
                        by = lines.at(new)[1] if sign == b"+" else None
                    if sign in (b"-", b"+"):
                        if by is not None:
                            found[Line(at, where, row)] = by
                        row += 1
                    if sign != b"\\":
                        old += sign != b"+"
                        new += sign != b"-"
        return found


def diff(repository: Repository, old: str, new: str) -> Patch:
    """What lies between two trees."""
    raw = repository.run(*_DIFF, old, new)
    return parse_patch(raw, "squash.patch") if raw else Patch("squash.patch", "", "")


def make(repository: Repository, kind: str, trees: Sequence[str], commits: Sequence[Commit]) -> Squash | None:
    """The squash of a chain: ``trees`` are the base and what each commit made of it; ``None`` when one of
    the diffs cannot be read."""
    whole = diff(repository, trees[0], trees[-1])
    steps = [diff(repository, old, new) for old, new in pairwise(trees)]
    if whole.error or any(step.error for step in steps):
        return None
    followed = _Followed()
    for number, step in enumerate(steps):
        for change in step.files:
            followed.apply(change, number)
    return Squash(kind, whole, tuple(commits), followed.truth(whole), trees[0])
