"""The git calls that write into a repository of the user's: a branch of ours, and a worktree in our folder.

Only ``unfork track`` comes here, because the user asked for a branch. Nothing is written but objects,
``refs/heads/track/NAME``, refs below ``refs/unfork/`` and the linked worktree; never another branch, the
index or the worktree of the user, and no hook is run.
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from unfork.errors import InputError
from unfork.git import Repository

_QUIET = {"core.hooksPath": os.devnull, "gc.auto": "0", "maintenance.auto": "false"}
_FAST = {"fastimport.unpackLimit": "1", "pack.compression": "1"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a commit; the data of a submodule (mode 160000) is its commit."""

    mode: str
    data: bytes


@dataclass(frozen=True, slots=True)
class TrackCommit:
    """A commit on top of the one before it."""

    author: str  # "Name <mail>"
    author_date: int  # seconds since the epoch
    message: str
    files: Mapping[str, Entry | None]  # what differs from the parent; None: the file goes


@dataclass(frozen=True, slots=True)
class Unmerged:
    """A path with a conflict: up to three versions, and what stands in the worktree."""

    path: str
    versions: tuple[Entry | None, Entry | None, Entry | None]  # base, ours, theirs: git's stages 1 to 3
    shown: Entry | None


class TrackWriter:
    """Writes one track's branch, claim and worktree."""

    def __init__(self, repository: Repository, name: str, worktree: Path) -> None:
        self.branch = f"refs/heads/track/{name}"
        self._claim = f"refs/unfork/tracks/{name}"
        self._saved = f"refs/unfork/aborted/{name}"
        self._repository = repository
        self._worktree = worktree

    # -- refs ----------------------------------------------------------------------------

    def tips(self) -> tuple[str | None, str | None]:
        """Where the branch is, and where we left it; ``None`` for what is not there."""
        form = "--format=%(refname) %(objectname)"
        listed = self._repository.text("for-each-ref", form, self.branch, self._claim)
        found = dict(line.split(" ") for line in listed.splitlines())
        return found.get(self.branch), found.get(self._claim)

    def claim(self, tip: str) -> None:
        """Make the branch; raises ``InputError`` when there is one of that name that is not ours."""
        branch, claimed = self.tips()
        if branch is not None and claimed is None:
            raise InputError(
                f"there is a branch {self.branch.removeprefix('refs/heads/')} that is not ours",
                where=str(self._repository.path),
                hint="choose another name, or rename the branch",
            )
        self._update([f"update {self.branch} {tip}", f"update {self._claim} {tip}"])

    def move(self, old: str, new: str) -> None:
        """Move the branch from where we left it; raises when somebody else moved it."""
        self._update([f"update {self.branch} {new} {old}", f"update {self._claim} {new}"])

    def keep_aside(self, commit: str) -> str:
        """Name a commit so that nothing is lost; the name."""
        self._update([f"update {self._saved} {commit}"])
        return self._saved

    def remove_refs(self) -> None:
        """Remove the branch and the claim."""
        self._update([f"delete {self.branch}", f"delete {self._claim}"])

    def _update(self, lines: Sequence[str]) -> None:
        text = "".join(f"{line}\n" for line in lines)
        done = self._repository.try_run(
            "update-ref", "--stdin", stdin=f"start\n{text}commit\n".encode(), config=_QUIET
        )
        if done.code:
            raise InputError(
                f"the branch cannot be moved: {_first(done.err)}",
                where=str(self._repository.path),
                hint="did somebody commit on it? git log --oneline -3 " + self.branch,
            )

    # -- commits -------------------------------------------------------------------------

    def committer(self) -> str:
        """Who makes the commits, as git is configured: "Name <mail>"."""
        done = self._repository.try_run("var", "GIT_COMMITTER_IDENT")
        if done.code:
            raise InputError(
                "git does not know who you are",
                where=str(self._repository.path),
                hint="git config user.name NAME && git config user.email MAIL",
            )
        return done.out.decode("utf-8", "surrogateescape").rpartition("> ")[0] + ">"

    def add(self, parent: str, commits: Sequence[TrackCommit], committer: str, date: int) -> list[str]:
        """Write commits on top of ``parent`` in one process; their full hashes.

        The same commits have the same hashes: to write them again changes nothing.
        """
        if not commits:
            return []
        passing = f"refs/unfork/passing/{os.getpid()}"
        marks = self._worktree.parent / "marks"
        script = _script(passing, parent, commits, committer, date)
        options = ("--quiet", "--done", "--date-format=raw", "--force", f"--export-marks={marks}")
        with self._repository.stream(
            "fast-import", *options, stdin=script, config={**_QUIET, **_FAST}
        ) as out:
            out.read()
        self._update([f"delete {passing}"])
        named = dict(line.split(" ") for line in marks.read_text(encoding="ascii").splitlines())
        marks.unlink()
        return [named[f":{number}"] for number in range(1, len(commits) + 1)]

    def commit_tree(self, parent: str, tree: str, commit: TrackCommit, committer: str, date: int) -> str:
        """A commit of a tree that is there already; the files of ``commit`` are not used."""
        head = f"tree {tree}\nparent {parent}\nauthor {commit.author} {commit.author_date} +0000\n"
        head += f"committer {committer} {date} +0000\n\n"
        data = (head + commit.message).encode("utf-8", "surrogateescape")
        return self._repository.text("hash-object", "-t", "commit", "-w", "--stdin", stdin=data)

    def sweep(self) -> None:
        """Remove what a killed process left."""
        left = self._repository.text("for-each-ref", "--format=delete %(refname)", "refs/unfork/passing")
        if left:
            self._update(left.splitlines())
        lock = self._admin_file("index.lock")
        if lock is not None:
            lock.unlink(missing_ok=True)

    # -- the worktree --------------------------------------------------------------------

    def _admin_file(self, name: str) -> Path | None:
        """A file of git's own about the worktree; ``None`` when there is no worktree."""
        link = self._worktree / ".git"
        try:
            text = link.read_text(encoding="utf-8", errors="surrogateescape")
        except OSError:
            return None
        return Path(text.removeprefix("gitdir: ").strip()) / name

    @property
    def tree(self) -> Repository:
        """The worktree."""
        return Repository(self._worktree)

    def is_checked_out(self) -> bool:
        """Whether the worktree is there and is that of the branch."""
        done = self.tree.try_run("symbolic-ref", "--quiet", "HEAD") if self._worktree.is_dir() else None
        return done is not None and done.code == 0 and done.out.decode().strip() == self.branch

    def check_out(self) -> None:
        """Make the worktree stand at the branch, whatever was in it; it is made when it is not there."""
        if self.is_checked_out() and self._admin_file("index") is not None:
            done = self.tree.try_run("reset", "--hard", "--quiet", config=_QUIET)
            if done.code == 0:
                return
        self.remove_worktree()
        self._worktree.parent.mkdir(parents=True, exist_ok=True)
        name = self.branch.removeprefix("refs/heads/")
        done = self._repository.try_run(
            "worktree", "add", "--quiet", "--force", str(self._worktree), name, config=_QUIET
        )
        if done.code:
            raise InputError(
                f"the worktree cannot be made: {_first(done.err)}", where=str(self._worktree),
                hint="free some space, or name another folder with --tracks",
            )  # fmt: skip

    def remove_worktree(self) -> None:
        """Remove the folder and what git knows of it."""
        if self._worktree.exists():
            with suppress(FileNotFoundError):
                shutil.rmtree(self._worktree)
        self._repository.try_run("worktree", "unlock", str(self._worktree), config=_QUIET)
        self._repository.try_run("worktree", "prune", config=_QUIET)

    def show_conflict(self, ready: Mapping[str, Entry | None], unmerged: Sequence[Unmerged]) -> None:
        """Put a patch into a worktree that stands at the branch: what fits is staged, of what does not
        the three versions are in the index and the text with markers in the file."""
        rows = []
        for path, entry in ready.items():
            rows.append(self._row(path, entry, 0))
        for each in unmerged:
            rows.append(f"0 {'0' * 40}\t{each.path}\0")
            rows += [self._row(each.path, entry, at) for at, entry in enumerate(each.versions, 1) if entry]
        text = "".join(rows).encode("utf-8", "surrogateescape")
        self.tree.run("update-index", "-z", "--index-info", stdin=text, config=_QUIET)
        for path, entry in [*ready.items(), *((each.path, each.shown) for each in unmerged)]:
            self._put(path, entry)
        self.tree.try_run("update-index", "-q", "--refresh", config=_QUIET)

    def _row(self, path: str, entry: Entry | None, stage: int) -> str:
        if entry is None:
            return f"0 {'0' * 40}\t{path}\0"
        if entry.mode == "160000":
            return f"160000 {entry.data.decode('ascii')} {stage}\t{path}\0"
        sha = self._repository.text("hash-object", "-w", "--stdin", stdin=entry.data)
        return f"{entry.mode} {sha} {stage}\t{path}\0"

    def _put(self, path: str, entry: Entry | None) -> None:
        """Write a file of the worktree; never through a symbolic link that a patch or tree brought."""
        place = self._worktree / path
        for above in [*place.relative_to(self._worktree).parents][:-1]:
            if (self._worktree / above).is_symlink():
                raise InputError(f"{path}: goes through a symbolic link", where=str(self._worktree))
        if place.is_symlink() or place.is_file():
            place.unlink()
        if entry is None or entry.mode == "160000":
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        if entry.mode == "120000":
            place.symlink_to(os.fsdecode(entry.data))
            return
        place.write_bytes(entry.data)
        place.chmod(0o755 if entry.mode == "100755" else 0o644)

    def head(self) -> str:
        """The commit the worktree stands at."""
        return self.tree.resolve("HEAD")

    def changed_paths(self) -> tuple[list[str], list[str]]:
        """Tracked paths that differ from the commit, and paths that git does not track."""
        # git status takes an empty diff.orderFile, which keeps the user's from counting, for a file's name.
        config = {**_QUIET, "diff.orderFile": os.devnull}
        options = ("--porcelain=v1", "-z", "--no-renames", "--ignore-submodules=dirty")
        status = self.tree.run("status", *options, config=config)
        rows = [row.decode("utf-8", "surrogateescape") for row in status.split(b"\0") if row]
        return [row[3:] for row in rows if row[:2] != "??"], [row[3:] for row in rows if row[:2] == "??"]

    def tree_of_worktree(self, also: Sequence[str]) -> str:
        """The tree of all tracked files and those of ``also`` as they are in the worktree.

        It is made in an index of our own: a process that is killed leaves the worktree's as it was.
        """
        index = self._admin_file("index")
        if index is None:
            raise InputError("the track's worktree is gone", where=str(self._worktree),
                             hint="unfork track abort undoes the track")  # fmt: skip
        if index.with_name("index.lock").exists():
            raise InputError("another git process works in the worktree", where=str(self._worktree),
                             hint=f"wait for it; if there is none, remove {index}.lock")  # fmt: skip
        private = self._worktree.parent / "index"
        shutil.copyfile(index, private)
        here = [path for path in also if os.path.lexists(self._worktree / path)]
        tree = self.tree.with_index(private)
        try:
            tree.run("add", "--update", "--", ".", config=_QUIET)
            if here:
                named = "\0".join(here).encode("utf-8", "surrogateescape")
                options = ("--force", "--pathspec-from-file=-", "--pathspec-file-nul")
                tree.run("add", *options, stdin=named, config=_QUIET)
            return tree.run("write-tree", config=_QUIET).decode().strip()
        finally:
            private.unlink(missing_ok=True)


def _script(ref: str, parent: str, commits: Sequence[TrackCommit], committer: str, date: int) -> bytes:
    """The commits for ``git fast-import``."""
    parts: list[bytes] = []
    for number, commit in enumerate(commits, 1):
        before = parent if number == 1 else f":{number - 1}"
        message = commit.message.encode("utf-8", "surrogateescape")
        head = f"commit {ref}\nmark :{number}\nauthor {commit.author} {commit.author_date} +0000\n"
        head += f"committer {committer} {date} +0000\ndata {len(message)}\n"
        parts += [head.encode("utf-8", "surrogateescape"), message, f"\nfrom {before}\n".encode()]
        # What goes is said first: a file may give its place to a folder.
        for path, entry in sorted(commit.files.items(), key=lambda item: item[1] is not None):
            name = _quoted(path)
            if entry is None:
                parts.append(b"D %s\n" % name)
            elif entry.mode == "160000":
                parts.append(b"M 160000 %s %s\n" % (entry.data, name))
            else:
                head = f"M {entry.mode} inline "
                parts += [head.encode(), name, b"\ndata %d\n" % len(entry.data), entry.data, b"\n"]
        parts.append(b"\n")
    parts.append(b"done\n")
    return b"".join(parts)


def _quoted(path: str) -> bytes:
    data = path.encode("utf-8", "surrogateescape")
    return (
        b'"' + b"".join(bytes([c]) if c > 32 and c not in b'"\\\x7f' else b"\\%03o" % c for c in data) + b'"'
    )


def _first(err: str) -> str:
    lines = (line.removeprefix("fatal: ").removeprefix("error: ").strip() for line in err.splitlines())
    return next((line for line in lines if line), "git says nothing")
