"""A history of any size from the text of Python's standard library, the same for every seed.

Commits edit, add and remove lines of some two hundred real source files; releases are tagged,
stable branches get cherry-picks, and a fork carries picks and changes of its own. Text is real so that
lines repeat as in real code (a history of random lines would flatter every matcher), and nothing
of it leaves the machine it is made on.

Files are written one after the other with all their versions, so that ``git fast-import`` finds its
delta bases as a repack would, and the pack is as tight as that of a well-kept clone.
"""

import random
import re
import subprocess
import sysconfig
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from unfork.git import environment
from unfork.git_write import Workshop

from bench.processes import FailedError

_FILES = 240
_SIZES = range(3_000, 40_000)  # bytes of the files that are taken
_NOT_LIBRARY = {"site-packages", "dist-packages", "test"}
_RELEASES = 6
_FORK_PICKS, _FORK_OWN = 120, 60
_FORK_REACH = 3000  # the fork picks from this many first commits: later ones seldom apply to its base
_BEGIN, _STEP = 1_500_000_000, 3600  # first date and seconds between two commits
_VERBS = ("Fix", "Avoid", "Add", "Remove", "Use", "Handle", "Check", "Make", "Move", "Log", "Return", "Keep")
_WORD = re.compile(rb"[A-Za-z_]{4,}")


@dataclass(slots=True)
class _Change:
    """What one commit does to one file, as places that another branch can look for."""

    commit: int
    edits: list[tuple[bytes, bytes]] = field(default_factory=list)


@dataclass(slots=True)
class _Branch:
    """A line beside the main one: where it begins and which commits of the main line it picks."""

    name: str
    at: int  # number of the main commit it begins at
    picks: list[int]
    own: int = 0  # commits of its own, after the picks


@dataclass(frozen=True, slots=True)
class Made:
    """Where the history is and what its revisions are called."""

    repository: Path
    base: str
    target: str
    fork: str


def generate(path: Path, commits: int, *, seed: int = 2018) -> Made:
    """Make a bare repository of ``commits`` commits after its base."""
    Workshop(path).create()
    command = ["git", "-C", str(path), "fast-import", "--quiet", "--done", "--date-format=raw"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment())
    assert process.stdin is not None  # noqa: S101 - for the type checker: we asked for a pipe
    _Writer(process.stdin, commits, seed).write()
    process.stdin.close()
    if process.wait():
        raise FailedError("git fast-import ended with an error, its words are above")
    return Made(path, "1.0.0", "master", "fork")


class _Writer:
    """Plans the history, writes the blobs file by file, then the commits."""

    def __init__(self, out: IO[bytes], commits: int, seed: int) -> None:
        self._out = out
        self._commits = commits
        self._random = random.Random(seed)  # noqa: S311 - the same history every time is the point
        self._sources = list(_sources())
        self._pool = b"".join(text for _, text in self._sources)
        self._words = sorted(set(_WORD.findall(self._pool)))
        self._mark = 0
        # (branch or "", number of the commit) -> (path, mark) of what it writes
        self._written: dict[tuple[str, int], list[tuple[str, int]]] = defaultdict(list)

    def write(self) -> None:
        touched = self._plan()
        branches = self._plan_branches()
        own = self._plan_own(branches)
        for number, (name, text) in enumerate(self._sources):
            self._write_versions(name, text, touched[number], branches, own[number])
        self._write_commits(branches)
        self._out.write(b"done\n")

    def _plan(self) -> list[list[int]]:
        """For each file the commits that change it; a few files are changed most of the time."""
        touched: list[list[int]] = [[] for _ in self._sources]
        for commit in range(1, self._commits + 1):
            count = self._random.choices((1, 2, 3, 5, 8), (60, 22, 10, 6, 2))[0]
            for number in {int(len(touched) * self._random.random() ** 2) for _ in range(count)}:
                touched[number].append(commit)
        return touched

    def _release_at(self, release: int) -> int:
        """The main commit that release 1, 2, ... is made of; the first is the root."""
        return (release - 1) * self._commits // _RELEASES

    def _plan_branches(self) -> list[_Branch]:
        branches = []
        for release in range(2, _RELEASES + 1):
            begin = self._release_at(release)
            until = min(self._commits, begin + self._commits // _RELEASES)
            picks = self._random.sample(range(begin + 1, until + 1), min(60, (until - begin) // 20))
            branches.append(_Branch(f"stable/{release}", begin, sorted(picks)))
        reach = min(_FORK_REACH, self._commits)
        picks = self._random.sample(range(1, reach + 1), min(_FORK_PICKS, reach))
        branches.append(_Branch("fork", 0, sorted(picks), own=_FORK_OWN))
        return branches

    def _plan_own(self, branches: Sequence[_Branch]) -> list[list[int]]:
        """For each file the own commits of the fork that change it; they come after its picks."""
        own: list[list[int]] = [[] for _ in self._sources]
        for commit in range(branches[-1].own):
            own[self._random.randrange(len(own))].append(self._commits + 1 + commit)
        return own

    def _write_versions(
        self, name: str, text: bytes, commits: Sequence[int], branches: Sequence[_Branch], own: Sequence[int]
    ) -> None:
        self._blob("", 0, name, text)
        at_branch: dict[str, bytes] = {}
        wanted = {pick for branch in branches for pick in branch.picks}
        changes: dict[int, _Change] = {}
        waiting = sorted(branches, key=lambda branch: branch.at)
        for commit in commits:
            while waiting and waiting[0].at < commit:
                at_branch[waiting.pop(0).name] = text
            change = _Change(commit)
            text = self._edited(text, change)
            self._blob("", commit, name, text)
            if commit in wanted:
                changes[commit] = change
        for branch in waiting:
            at_branch[branch.name] = text
        for branch in branches:
            self._write_branch(name, at_branch[branch.name], branch, changes, own if branch.own else ())

    def _write_branch(
        self, name: str, text: bytes, branch: _Branch, changes: dict[int, _Change], own: Sequence[int]
    ) -> None:
        for pick in branch.picks:
            before = text
            for old, new in changes[pick].edits if pick in changes else ():
                if text.count(old) == 1:  # else it conflicts: the pick comes in without this part
                    text = text.replace(old, new)
            if text != before:
                self._blob(branch.name, pick, name, text)
        for commit in own:
            text = self._edited(text, _Change(commit))
            self._blob(branch.name, commit, name, text)

    def _edited(self, text: bytes, change: _Change) -> bytes:
        for _ in range(self._random.choices((1, 2, 3, 6), (55, 25, 14, 6))[0]):
            begin = text.rfind(b"\n", 0, self._random.randrange(len(text))) + 1
            end = self._lines_on(text, begin, self._random.choices((0, 1, 2, 4, 12), (25, 35, 20, 14, 6))[0])
            new = self._reworded(text[begin:end])
            # Grows and shrinks about as often, and never to nothing.
            if len(text) < _SIZES.stop and self._random.random() < 0.5:
                new += self._borrowed(self._random.choices((1, 3, 8, 30), (40, 35, 20, 5))[0])
            elif len(text) > _SIZES.start and self._random.random() < 0.5:
                new = b""
            before = text.rfind(b"\n", 0, max(0, begin - 1)) + 1
            after = self._lines_on(text, end, 1)
            change.edits.append((text[before:after], text[before:begin] + new + text[end:after]))
            text = text[:begin] + new + text[end:]
        return text

    def _reworded(self, lines: bytes) -> bytes:
        """The lines with a word of each exchanged for another of the same sources."""
        found = []
        for line in lines.splitlines(keepends=True):
            words = _WORD.findall(line)
            old = self._random.choice(words) if words else b""
            found.append(line.replace(old, self._random.choice(self._words), 1) if old else line)
        return b"".join(found)

    def _borrowed(self, count: int) -> bytes:
        """Some lines from elsewhere in the sources, half of them with another word."""
        begin = self._pool.rfind(b"\n", 0, self._random.randrange(len(self._pool))) + 1
        lines = self._pool[begin : self._lines_on(self._pool, begin, count)]
        return self._reworded(lines) if self._random.random() < 0.5 else lines

    @staticmethod
    def _lines_on(text: bytes, at: int, count: int) -> int:
        """The offset ``count`` lines after ``at``."""
        for _ in range(count):
            at = text.find(b"\n", at) + 1 or len(text)
        return at

    def _blob(self, branch: str, commit: int, name: str, text: bytes) -> None:
        self._mark += 1
        self._out.write(b"blob\nmark :%d\ndata %d\n%s\n" % (self._mark, len(text), text))
        self._written[branch, commit].append((name, self._mark))

    def _write_commits(self, branches: Sequence[_Branch]) -> None:
        marks: list[int] = []
        releases = {self._release_at(release): f"{release}.0.0" for release in range(1, _RELEASES + 1)}
        messages = [self._message(commit) for commit in range(self._commits + 1)]
        for commit, message in enumerate(messages):
            parent = marks[-1] if marks else None
            marks.append(self._commit("master", commit, message, self._written["", commit], parent))
            if commit in releases:
                self._tag(releases[commit], marks[-1])
        for branch in branches:
            parent = marks[branch.at]
            for pick in branch.picks:
                if files := self._written.get((branch.name, pick)):
                    parent = self._commit(branch.name, pick + 500, messages[pick], files, parent)
            for number in range(self._commits + 1, self._commits + 1 + branch.own):
                if files := self._written.get((branch.name, number)):
                    parent = self._commit(branch.name, number, self._message(number), files, parent)
            if branch.name.startswith("stable/"):
                self._tag(f"{branch.name.removeprefix('stable/')}.0.1", parent)

    def _message(self, commit: int) -> bytes:
        words = [self._random.choice(self._words).decode().strip("_").lower() for _ in range(4)]
        verb = self._random.choice(_VERBS)
        body = f"Without it {words[3]} {commit} is lost."
        return f"{verb} {words[0]} {words[1]} of {words[2]}\n\n{body}\n".encode()

    def _commit(
        self, branch: str, number: int, message: bytes, files: Sequence[tuple[str, int]], parent: int | None
    ) -> int:
        self._mark += 1
        who, when = number % 40, _BEGIN + number * _STEP
        head = f"commit refs/heads/{branch}\nmark :{self._mark}\n"
        head += f"author Author {who} <author{who}@example.org> {when} +0000\n"
        head += f"committer Keeper <keeper@example.org> {when} +0000\n"
        self._out.write(head.encode() + b"data %d\n%s" % (len(message), message))
        if parent is not None:
            self._out.write(b"from :%d\n" % parent)
        self._out.writelines(f"M 100644 :{mark} {name}\n".encode() for name, mark in files)
        self._out.write(b"\n")
        return self._mark

    def _tag(self, name: str, mark: int) -> None:
        text = f"tag {name}\nfrom :{mark}\ntagger Keeper <keeper@example.org> {_BEGIN} +0000\ndata 0\n\n"
        self._out.write(text.encode())


def _sources() -> Iterator[tuple[str, bytes]]:
    """Modules of the standard library, evenly taken from the sorted names."""
    root = Path(sysconfig.get_paths()["stdlib"])
    tops = [top for top in root.iterdir() if top.name not in _NOT_LIBRARY]  # not walked: they may be large
    found = [path for top in tops for path in (top.rglob("*.py") if top.is_dir() else [top])]
    names = sorted(path for path in found if path.suffix == ".py" and path.stat().st_size in _SIZES)
    step = max(1, len(names) // _FILES)
    for path in names[::step][:_FILES]:
        yield path.relative_to(root).as_posix(), path.read_bytes().rstrip(b"\n") + b"\n"
