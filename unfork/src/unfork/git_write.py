"""The git calls that write: repositories made from nothing, for scenarios, the demo and snapshots.

Everything else in the project only reads, through ``git.py``. A ``Workshop`` owns the directory
it is given; of a repository of the user's only the tag of an archived track is ever written here.
The user's configuration is shut out, so that the same calls give the same hashes on every machine.
"""

import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from unfork.errors import GitError, InputError
from unfork.git import environment

_ALONE = {
    "GIT_CONFIG_GLOBAL": "/dev/null",  # a signing key, hooks or a format.* setting would change hashes
    "GIT_CONFIG_NOSYSTEM": "1",
}


@dataclass(frozen=True, slots=True)
class Stored:
    """One file of a tree that is written: git's mode (``100644``) and the bytes."""

    mode: str
    data: bytes


@dataclass(frozen=True, slots=True)
class NewCommit:
    """Everything a commit's hash is made of."""

    branch: str
    parents: tuple[str, ...]  # full hashes of commits written by the same importer
    author: str  # "Name <mail>"
    committer: str
    author_date: int  # seconds since the epoch, written as UTC
    commit_date: int
    message: str
    files: Mapping[bytes, Stored]  # the whole tree


class Workshop:
    """A bare repository of our own that is filled once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def create(self) -> None:
        """Make the empty bare repository; its branch is ``master``, and it never packs by itself."""
        self.path.mkdir(parents=True)
        self._run("init", "--quiet", "--bare", "--template=", "--initial-branch=master", ".")
        # A background gc would race with a test that removes the directory.
        self._run("config", "gc.auto", "0")

    def format_patches(self, base: str, tip: str, out: Path) -> list[Path]:
        """Write ``base..tip`` as one mail a commit; empty commits too. The files, in order."""
        out.mkdir(parents=True)
        where = str(out.resolve())  # git is started in the repository
        args = ("--always", "--no-numbered", "--no-signature", "--full-index", "--binary", "-o", where)
        listed = self._run("format-patch", *args, f"{base}..{tip}")
        return [Path(line) for line in listed.decode("utf-8", "surrogateescape").splitlines()]

    @contextmanager
    def importing(self) -> Iterator["Importer"]:
        """Open a ``git fast-import``: commits are written in one process, each hash known at once."""
        command = ["git", "-C", str(self.path), "-c", "fastimport.unpackLimit=1"]
        process = subprocess.Popen(
            [*command, "fast-import", "--quiet", "--done", "--date-format=raw"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(_ALONE),
        )
        assert process.stdin is not None  # noqa: S101 - for the type checker: we asked for pipes
        assert process.stdout is not None  # noqa: S101
        ended_early = False
        try:
            yield Importer(process.stdin, process.stdout)
            process.stdin.write(b"done\n")
        except BrokenPipeError:
            ended_early = True  # its own words, raised below, say why
        except BaseException:
            process.kill()
            process.communicate()
            raise
        _, err = process.communicate()
        if process.returncode or ended_early:
            words = err.decode("utf-8", "replace").strip().splitlines()
            raise GitError(f"git fast-import: {words[0] if words else 'no message'}", where=str(self.path))

    def _run(self, *args: str) -> bytes:
        done = subprocess.run(
            ["git", "-C", str(self.path), *args],
            capture_output=True,
            check=False,
            env=environment(_ALONE),
            stdin=subprocess.DEVNULL,
        )
        if done.returncode:
            words = done.stderr.decode("utf-8", "replace").strip()
            raise GitError(f"git {args[0]}: {words}", where=str(self.path))
        return done.stdout


class Importer:
    """Writes commits and tags into an open ``git fast-import``."""

    def __init__(self, to_git: IO[bytes], from_git: IO[bytes]) -> None:
        self._to_git = to_git
        self._from_git = from_git
        self._marks: dict[str, int] = {}  # git finds a commit it has not closed yet only by its mark

    def commit(self, new: NewCommit) -> str:
        """Write one commit with its whole tree, and return its full hash."""
        return self.commit_files(new, ((path, new.files[path]) for path in sorted(new.files)))

    def commit_files(self, new: NewCommit, files: Iterable[tuple[bytes, Stored | bytes]]) -> str:
        """``commit`` with the tree given file by file, for one that is too large for memory.

        Bytes in the place of a file are the path of an earlier one with the same content.
        """
        mark = len(self._marks) + 1
        self._line(f"commit refs/heads/{new.branch}")
        self._line(f"mark :{mark}")
        self._line(f"author {new.author} {new.author_date} +0000")
        self._line(f"committer {new.committer} {new.commit_date} +0000")
        self._data(new.message.encode("utf-8", "surrogateescape"))
        for word, parent in zip(_parent_words(len(new.parents)), new.parents, strict=True):
            self._line(f"{word} :{self._marks[parent]}")
        self._line("deleteall")
        for path, stored in files:
            if isinstance(stored, bytes):
                self._to_git.write(b"C %s %s\n" % (_quoted(stored), _quoted(path)))
                continue
            self._to_git.write(b"M %s inline %s\n" % (stored.mode.encode(), _quoted(path)))
            self._data(stored.data)
        self._line(f"\nget-mark :{mark}")
        self._to_git.flush()
        answer = self._from_git.readline().decode("ascii", "replace").strip()
        if not answer:
            raise BrokenPipeError  # git has ended; ``importing`` reports its words
        self._marks[answer] = mark
        return answer

    def tag(self, name: str, commit: str, *, tagger: str, date: int) -> None:
        """Write an annotated tag, as releases are."""
        self._line(f"tag {name}")
        self._line(f"from :{self._marks[commit]}")
        self._line(f"tagger {tagger} {date} +0000")
        self._data(f"Release {name}\n".encode())

    def _line(self, text: str) -> None:
        self._to_git.write(text.encode("utf-8", "surrogateescape") + b"\n")

    def _data(self, data: bytes) -> None:
        self._to_git.write(b"data %d\n" % len(data) + data + b"\n")


def _parent_words(count: int) -> Sequence[str]:
    return ["from", *["merge"] * (count - 1)] if count else []


def _quoted(path: bytes) -> bytes:
    """A path as fast-import reads it: every byte that is not plain is an octal escape."""
    plain = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/+"
    return b'"' + b"".join(bytes([c]) if c in plain else b"\\%03o" % c for c in path) + b'"'


def write_tag(repository: Path, name: str, commit: str, *, tagger: str, date: int, message: str) -> None:
    """Write an annotated tag into a user's repository, which asked for it; nothing else of it changes.

    One of that name on that commit is left as it is. Raises ``InputError`` for one on another commit. Killed
    at any moment it leaves no tag, or the whole one.
    """
    ref = f"refs/tags/{name}"
    there = _ask(repository, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
    if there.returncode == 0:
        found = there.stdout.decode("ascii", "replace").strip()
        if found != commit:
            raise InputError(
                f"there is a tag {name} already, on {found[:10]} and not on {commit[:10]}",
                where=str(repository),
            )
        return
    text = f"object {commit}\ntype commit\ntag {name}\ntagger {tagger} {date} +0000\n\n{message}\n"
    made = _ask(repository, "mktag", stdin=text.encode("utf-8", "backslashreplace"))
    if made.returncode == 0:
        made = _ask(repository, "update-ref", ref, made.stdout.decode("ascii").strip(), "0" * len(commit))
    if made.returncode:
        words = made.stderr.decode("utf-8", "replace").strip().splitlines()
        raise InputError(
            f"cannot write the tag {name}: {words[0] if words else 'no message'}", where=str(repository)
        )


def _ask(repository: Path, *args: str, stdin: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        ["git", "-C", str(repository), *args],
        capture_output=True,
        check=False,
        env=environment(),
        input=stdin,
    )
