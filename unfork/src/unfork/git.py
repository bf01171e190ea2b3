"""Every git call there is.

A ``Repository`` is only ever read. What git has to write (an index, objects) goes to a
private place named by the caller through ``Scratch``.
"""

import difflib
import os
import re
import shlex
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from unfork.errors import GitError, InputError

# Of the caller's environment git gets only what finding programs, a home and a proxy needs.
# Any GIT_* variable that leaks in (a hook exports GIT_DIR and GIT_INDEX_FILE) would silently
# point us at another repository.
_KEPT = (
    "PATH",
    "HOME",
    "TMPDIR",
    "XDG_CONFIG_HOME",
    "SSH_AUTH_SOCK",
    "http_proxy",
    "https_proxy",
    "no_proxy",
)
_KEPT_GIT = (
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_SSL_CAINFO",
    "GIT_SSH_COMMAND",
)
_FORCED = {
    "LC_ALL": "C",  # messages are parsed
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    # git before 2.45 has no GIT_NO_LAZY_FETCH: without any protocol a partial clone cannot
    # start to download in the middle of a scan, and says which object is missing instead.
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_EDITOR": "false",
    "GIT_PAGER": "cat",
    # glibc gives every blob above 128 kB pages of its own and takes them back at once; in a long
    # diff the kernel then clears the same pages over and over (half of git's system time).
    "MALLOC_MMAP_THRESHOLD_": "67108864",
    "MALLOC_TRIM_THRESHOLD_": "134217728",
}
# The user's configuration must not change what a diff looks like or start a program.
_NEUTRAL = (
    "-c", "core.fsmonitor=false",
    "-c", "core.quotePath=true",
    "-c", "diff.noprefix=false",
    "-c", "diff.mnemonicPrefix=false",
    "-c", "diff.algorithm=default",
    "-c", "diff.suppressBlankEmpty=false",
    "-c", "diff.interHunkContext=0",
    "-c", "diff.orderFile=",
    "-c", "diff.renames=true",
    "-c", "diff.submodule=short",
    "-c", "log.showSignature=false",
    "-c", "log.mailmap=false",
    "-c", "core.attributesFile=/dev/null",
    "-c", "apply.whitespace=nowarn",
)  # fmt: skip


# What git says when an object cannot be had.
_MISSING = ("promisor", "not allowed", "bad object", "unable to read", "Could not read", "is corrupt")
_HEARD = 1 << 16  # bytes: what a pipe holds
_HASH = re.compile(r"\b(?:[0-9a-f]{64}|[0-9a-f]{40})\b")


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The scrubbed environment every git process gets."""
    kept = {name: os.environ[name] for name in (*_KEPT, *_KEPT_GIT) if name in os.environ}
    return kept | _FORCED | dict(extra or {})


def version() -> str:
    """What ``git --version`` says; raises ``OSError`` when there is no git."""
    done = subprocess.run(["git", "--version"], capture_output=True, check=False, env=environment())
    return done.stdout.decode("utf-8", "replace").strip()


@dataclass(frozen=True, slots=True)
class Scratch:
    """A private index and object directory: git may write there and nowhere else."""

    index: Path
    objects: Path


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """One file of a tree."""

    mode: str
    sha: str


@dataclass(frozen=True, slots=True)
class Finished:
    """A git process that ended, whatever its exit code."""

    code: int
    out: bytes
    err: str


class Dialogue:
    """A git process that is spoken to. Who says more than it reads, while it waits to be heard, waits
    for ever: say little (a pipe holds 64 kB) and hear the answer."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdin is not None  # noqa: S101 - for the type checker: we asked for pipes
        assert process.stdout is not None  # noqa: S101
        self._in, self._out = process.stdin, process.stdout

    def say(self, what: bytes) -> None:
        """Send it now."""
        self._in.write(what)
        self._in.flush()

    def end(self) -> None:
        """There is nothing more to say."""
        self._in.close()

    def hear(self) -> bytes:
        """What git has said since, as soon as it says anything; nothing when it has ended."""
        return os.read(self._out.fileno(), _HEARD)


class Repository:
    """A git repository, bare or not, that is read and never written."""

    def __init__(self, path: Path, *, scratch: Scratch | None = None, index: Path | None = None) -> None:
        self.path = path
        self._scratch = scratch
        self._index = index
        self._git_dir: Path | None = None

    def __repr__(self) -> str:
        return f"Repository({str(self.path)!r})"

    def with_scratch(self, scratch: Scratch) -> "Repository":
        """The same repository, with a private place for what git writes."""
        return Repository(self.path, scratch=scratch)

    def with_index(self, index: Path) -> "Repository":
        """The same repository, with an index of our own in the place of its own."""
        return Repository(self.path, index=index)

    # -- running git ---------------------------------------------------------------------

    def _command(self, args: Iterable[str], config: Mapping[str, str]) -> list[str]:
        options = [part for key, value in config.items() for part in ("-c", f"{key}={value}")]
        return ["git", "-C", str(self.path), *_NEUTRAL, *options, *args]

    def _environment(self) -> dict[str, str]:
        if self._index is not None:
            return environment({"GIT_INDEX_FILE": str(self._index)})
        if self._scratch is None:
            return environment()
        return environment(
            {
                "GIT_INDEX_FILE": str(self._scratch.index),
                "GIT_OBJECT_DIRECTORY": str(self._scratch.objects),
                "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(self.objects_dir),
            }
        )

    def try_run(
        self, *args: str, stdin: bytes | None = None, config: Mapping[str, str] | None = None
    ) -> Finished:
        """Run git and return how it ended; never raises for an exit code."""
        # With no input git gets an empty one: it must not wait for ours.
        done = subprocess.run(
            self._command(args, config or {}),
            capture_output=True,
            check=False,
            env=self._environment(),
            input=stdin if stdin is not None else b"",
        )
        return Finished(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace"))

    def run(self, *args: str, stdin: bytes | None = None, config: Mapping[str, str] | None = None) -> bytes:
        """Run git and return what it printed; raises ``GitError`` or ``InputError``."""
        done = self.try_run(*args, stdin=stdin, config=config)
        if done.code:
            raise self._explain(args, done.err)
        return done.out

    def text(self, *args: str, stdin: bytes | None = None) -> str:
        """What git printed, decoded, without the last line end."""
        return self.run(*args, stdin=stdin).decode("utf-8", "surrogateescape").rstrip("\n")

    @contextmanager
    def stream(
        self, *args: str, stdin: bytes | None = None, config: Mapping[str, str] | None = None
    ) -> Iterator[IO[bytes]]:
        """Run git and read its output while it runs. Its end is checked when the block ends well;
        leaving the block early (Ctrl-C, an error) kills it."""
        import tempfile  # only long work comes here; keep the start of short commands fast

        with tempfile.TemporaryFile() as given:
            if stdin is not None:  # a file, not a pipe: no thread, no dead lock
                given.write(stdin)
                given.seek(0)
            with self._running(args, config or {}, given) as process:
                assert process.stdout is not None  # noqa: S101 - for the type checker: we asked for a pipe
                yield process.stdout

    @contextmanager
    def dialogue(self, *args: str, config: Mapping[str, str] | None = None) -> Iterator["Dialogue"]:
        """``stream`` for a git that is told bit by bit what to do."""
        with self._running(args, config or {}, subprocess.PIPE) as process:
            yield Dialogue(process)

    @contextmanager
    def _running(
        self, args: Iterable[str], config: Mapping[str, str], stdin: IO[bytes] | int
    ) -> Iterator["subprocess.Popen[bytes]"]:
        import tempfile

        with tempfile.TemporaryFile() as errors:
            process = subprocess.Popen(
                self._command(args, config),
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=self._environment(),
            )
            assert process.stdout is not None  # noqa: S101 - for the type checker: we asked for a pipe
            try:
                with suppress(BrokenPipeError):  # it ended before it heard all: its exit code says why
                    yield process
                code = process.wait()
            finally:
                process.stdout.close()
                if process.poll() is None:
                    process.kill()
                    process.wait()
                if process.stdin is not None:
                    with suppress(BrokenPipeError):
                        process.stdin.close()
            if code:
                errors.seek(0)
                raise self._explain(args, errors.read().decode("utf-8", "replace"))

    def _explain(self, args: Iterable[str], err: str) -> GitError | InputError:
        """Turn git's words for the well-known problems into ours."""
        where = str(self.path)
        if "dubious ownership" in err:
            # git names the directory as it must stand in the configuration: absolute, links followed.
            named = re.search(r"ownership in repository at '(.+)'", err)
            return InputError(
                "git does not trust this repository: it belongs to another user",
                where=where,
                hint="if you trust it: git config --global --add safe.directory "
                + shlex.quote(named[1] if named else str(self.path.resolve())),
            )
        if "not a git repository" in err or "cannot change to" in err:
            return InputError("not a git repository", where=where)
        if any(sign in err for sign in _MISSING):
            first = _HASH.search(err)
            which = f" (first missing object: {first[0]})" if first else ""
            if self.is_partial():
                return InputError(
                    f"objects are missing: this is a partial clone{which}",
                    where=where,
                    hint=f"fetch them: git -C {where} fetch --refetch --no-filter",
                )
            return InputError(
                f"objects are missing or damaged{which}",
                where=where,
                hint=f"git -C {where} fsck tells more; a new clone is the safest way out, "
                "and --path ':!FILE' leaves a file out of the search",
            )
        line = next((line for line in err.splitlines() if line.strip()), "no message")
        return GitError(f"git {' '.join(list(args)[:2])}: {line.strip()}", where=where)

    # -- asking the repository -----------------------------------------------------------

    @property
    def git_dir(self) -> Path:
        """The absolute git directory; raises ``InputError`` when this is no repository."""
        if self._git_dir is None:
            # Not through _environment(): the scratch needs objects_dir, which needs this.
            command = self._command(["rev-parse", "--absolute-git-dir", "--git-path", "objects"], {})
            done = subprocess.run(
                command, capture_output=True, check=False, env=environment(), stdin=subprocess.DEVNULL
            )
            if done.returncode:
                raise self._explain(["rev-parse"], done.stderr.decode("utf-8", "replace"))
            first, second = os.fsdecode(done.stdout).rstrip("\n").split("\n")
            # Threads share a repository: who sees the one set must find the other.
            self._objects = (self.path / second).resolve()
            self._git_dir = Path(first)
        return self._git_dir

    @property
    def objects_dir(self) -> Path:
        """The object directory (of the main repository for a linked worktree)."""
        _ = self.git_dir
        return self._objects

    def resolve(self, revision: str) -> str:
        """The full hash of the commit a revision names; the nearest names when there is none."""
        done = self.try_run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        found = done.out.decode().strip()
        if done.code == 0 and not found.startswith("^"):  # "^1.0" is verified too, as what to leave out
            return found
        _ = self.git_dir  # says so when it is no repository, or not ours
        names = self.text("for-each-ref", "--format=%(refname:lstrip=2)").split("\n")
        near = difflib.get_close_matches(revision, names, n=3, cutoff=0.5)
        if near:
            hint = f"nearest: {', '.join(near)}"
        elif names == [""]:
            hint = "the repository has no branch and no tag"
        elif self.is_shallow():
            hint = (
                f"history is cut (a shallow clone): git -C {self.path} fetch --unshallow --tags may bring it"
            )
        else:
            hint = f"git -C {self.path} fetch --tags may bring it"
        raise InputError(f"there is no revision {revision!r}", where=str(self.path), hint=hint)

    def is_shallow(self) -> bool:
        """Whether history was cut (``git clone --depth``)."""
        return bool(self.cut_commits())

    def cut_commits(self) -> frozenset[str]:
        """The commits whose parents were cut off; none unless the repository is shallow."""
        # Beside the objects, and not in git_dir: a linked worktree has no such file of its own.
        file = self.objects_dir.parent / "shallow"
        return frozenset(file.read_text(encoding="ascii").split()) if file.exists() else frozenset()

    def is_partial(self) -> bool:
        """Whether objects were left out to be fetched when needed (``git clone --filter``)."""
        return self.try_run("config", "--get-regexp", r"^remote\..*\.promisor$").code == 0

    def has_commit(self, sha: str) -> bool:
        """Whether a full hash is that of a commit here."""
        return self.try_run("cat-file", "-e", f"{sha}^{{commit}}").code == 0

    def is_ancestor(self, old: str, new: str) -> bool:
        """Whether ``old`` is reachable from ``new``."""
        return self.try_run("merge-base", "--is-ancestor", old, new).code == 0

    def tree(self, revision: str, directory: str = "") -> dict[str, TreeEntry]:
        """All files below a revision's tree, by path."""
        spec = f"{revision}:{directory}" if directory else f"{revision}^{{tree}}"
        files: dict[str, TreeEntry] = {}
        for record in self.run("ls-tree", "-r", "-z", "--full-tree", spec).split(b"\0"):
            if record:
                meta, path = record.split(b"\t", 1)
                mode, _, sha = meta.split(b" ")
                files[path.decode("utf-8", "surrogateescape")] = TreeEntry(mode.decode(), sha.decode())
        return files

    def blobs(self, names: Iterable[str]) -> list[bytes | None]:
        """The contents of objects, in the order asked; ``None`` for one that is missing."""
        asked = list(names)
        if not asked:
            return []
        out = self.run(
            "cat-file", "--batch", stdin=("\n".join(asked) + "\n").encode("utf-8", "surrogateescape")
        )
        found: list[bytes | None] = []
        at = 0
        for _ in asked:
            end = out.index(b"\n", at)
            head = out[at:end].rsplit(b" ", 2)
            at = end + 1
            if head[-1] in (b"missing", b"ambiguous"):
                found.append(None)
                continue
            size = int(head[-1])
            found.append(out[at : at + size])
            at += size + 1
        return found

    def refs_fingerprint(self) -> str:
        """A value that changes when any ref moves."""
        import hashlib

        return hashlib.sha256(self.run("for-each-ref", "--format=%(objectname) %(refname)")).hexdigest()


def clone(address: str, place: Path) -> None:
    """Copy a repository with all its branches and tags into a bare one of our own.

    The only call that may use the network besides ``fetch``; the address comes from the user.
    """
    command = ["git", "clone", "--quiet", "--mirror", "--", address, str(place)]
    _transfer(command, address)


def fetch(place: Path) -> None:
    """Bring a clone of our own up to date."""
    command = ["git", "-C", str(place), "fetch", "--quiet", "--prune", "--tags", "origin"]
    _transfer(command, str(place), what="cannot be fetched")


def _transfer(command: list[str], where: str, what: str = "cannot be cloned") -> None:
    allowed = {"GIT_ALLOW_PROTOCOL": "https:http:ssh:git:file"}
    done = subprocess.run(
        command, capture_output=True, check=False, env=environment(allowed), stdin=subprocess.DEVNULL
    )
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        # The first complaint names the cause; what follows is general advice.
        signs = ("fatal: ", "error: ", "remote: ")
        cause = next(
            (line for line in said if line.startswith(signs)), said[-1] if said else "git says nothing"
        )
        raise InputError(f"{what}: {cause}", where=where, hint="check the address and your access to it")
