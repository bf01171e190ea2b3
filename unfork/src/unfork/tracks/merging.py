"""Three-way merges of one file, by git and, where it is installed, by mergiraf."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from unfork.errors import GitError
from unfork.git import Repository, environment

BEGIN, BASE, MIDDLE, END = b"<<<<<<<", b"|||||||", b"=======", b">>>>>>>"
_STRUCTURAL_SECONDS = 30  # mergiraf parses whole files; a file it takes longer for is a person's
_OURS, _THEIRS = "target", "patch"


@dataclass(frozen=True, slots=True)
class Merged:
    """A merge; with conflicts ``data`` has git's markers, the middle side shown too."""

    data: bytes
    conflicts: int


class Merger:
    """Merges files; made once a run, for the folder it works in."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._mergiraf = shutil.which("mergiraf")

    def merge(self, ours: bytes, base: bytes, theirs: bytes, *, favour: Sequence[str] = ()) -> Merged:
        """Merge as git does. ``favour`` (``--ours``, ``--theirs``) leaves no conflict."""
        if ours == theirs or base == theirs:
            return Merged(ours, 0)
        if base == ours:
            return Merged(theirs, 0)
        if any(b"\0" in side[:8000] for side in (ours, base, theirs)):  # git's own test for binary data
            return Merged(ours, 0 if favour else 1)
        with _sides(ours, base, theirs) as names:
            labels = [part for label in (_OURS, "before", _THEIRS) for part in ("-L", label)]
            done = self._repository.try_run("merge-file", "-p", "--diff3", *favour, *labels, *names)
        if done.code > 127:
            raise GitError(f"git merge-file: {done.err.strip()}", where=str(self._repository.path))
        return Merged(done.out, done.code)

    def structural(self, path: str, ours: bytes, base: bytes, theirs: bytes) -> bytes | None:
        """What mergiraf makes of it; ``None`` when it is not there or finds a conflict too."""
        if self._mergiraf is None:
            return None
        with _sides(ours, base, theirs, suffix=Path(path).suffix) as (first, middle, last):
            command = [self._mergiraf, "merge", "--path-name", path, middle, first, last]
            try:
                done = subprocess.run(
                    command,
                    capture_output=True,
                    check=False,
                    env=environment(),
                    stdin=subprocess.DEVNULL,
                    timeout=_STRUCTURAL_SECONDS,
                )
            except (OSError, subprocess.TimeoutExpired):
                return None
        return done.stdout if done.returncode == 0 and not has_markers(done.stdout) else None


def has_markers(data: bytes) -> bool:
    """Whether a file has a line of git's conflict markers. "=======" alone underlines headings."""
    return any(line.startswith((BEGIN + b" ", BASE + b" ", END + b" ")) for line in data.split(b"\n"))


def conflict_texts(data: bytes) -> list[tuple[bytes, bytes, bytes]]:
    """Ours, base and theirs of each conflict of a merge."""
    found = []
    parts: list[list[bytes]] = []
    for line in data.split(b"\n"):
        if line.startswith(BEGIN + b" "):
            parts = [[], [], []]
            side = 0
        elif parts and line.startswith(BASE + b" "):
            side = 1
        elif parts and line == MIDDLE:
            side = 2
        elif parts and line.startswith(END + b" "):
            found.append((b"\n".join(parts[0]), b"\n".join(parts[1]), b"\n".join(parts[2])))
            parts = []
        elif parts:
            parts[side].append(line)
    return found


@contextmanager
def _sides(ours: bytes, base: bytes, theirs: bytes, suffix: str = "") -> Iterator[tuple[str, str, str]]:
    with tempfile.TemporaryDirectory(prefix="unfork-merge-") as folder:
        names = []
        for name, data in (("ours", ours), ("base", base), ("theirs", theirs)):
            path = Path(folder) / f"{name}{suffix}"
            path.write_bytes(data)
            names.append(str(path))
        yield names[0], names[1], names[2]
