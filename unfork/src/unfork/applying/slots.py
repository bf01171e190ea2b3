"""Stand-in file names under which many patches can meet many trees in one index.

A path of a patch becomes ``<nonce>/<patch>/<n>``. So each patch sees files of its own in one
shared index, and git's output is easy to read: no quoting, no odd bytes, and because nobody
can guess the nonce no text inside a patch can pass for a line of git's output.
"""

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from unfork.git import Repository, TreeEntry
from unfork.model import FileChange, Patch
from unfork.series import canonical_diff


def nonce() -> str:
    """A directory name that no patch can know."""
    return secrets.token_hex(8)


def paths_of(patch: Patch) -> list[str]:
    """Every path a patch names, old and new, once, in order."""
    named = [path for change in patch.files for path in (change.old_path, change.new_path)]
    return list(dict.fromkeys(path for path in named if path is not None))


@dataclass(frozen=True, slots=True)
class Job:
    """One patch with the stand-ins of its paths."""

    key: int
    patch: Patch
    slots: Mapping[str, str]  # path -> stand-in
    diff: bytes  # git-style diff on the stand-ins

    def entries(self, tree: Mapping[str, TreeEntry]) -> Iterator[tuple[str, TreeEntry]]:
        """Stand-in and content of those of its files that ``tree`` holds."""
        for path, slot in self.slots.items():
            entry = tree.get(path)
            if entry is not None:
                yield slot, entry


def _moved(change: FileChange, slots: Mapping[str, str]) -> FileChange:
    return replace(
        change,
        old_path=None if change.old_path is None else slots[change.old_path],
        new_path=None if change.new_path is None else slots[change.new_path],
    )


def make_job(key: int, patch: Patch, slots: Mapping[str, str]) -> Job:
    """A job for ``patch`` whose paths have the stand-ins ``slots``."""
    files = tuple(_moved(change, slots) for change in patch.files)
    diff = canonical_diff(replace(patch, files=files))
    if diff and not diff.endswith(b"\n"):
        diff += b"\n"
    return Job(key, patch, {path: slots[path] for path in paths_of(patch)}, diff)


def separate_jobs(patches: Mapping[int, Patch]) -> list[Job]:
    """Jobs that see nothing of each other: each patch has its own directory."""
    top = nonce()
    jobs = []
    for key, patch in patches.items():
        slots = {path: f"{top}/{key:04d}/{n}" for n, path in enumerate(paths_of(patch))}
        jobs.append(make_job(key, patch, slots))
    return jobs


def common_jobs(patches: Sequence[Patch]) -> list[Job]:
    """Jobs on one set of files: what one patch does, the next one sees."""
    top = nonce()
    slots: dict[str, str] = {}
    for patch in patches:
        for path in paths_of(patch):
            slots.setdefault(path, f"{top}/{len(slots)}")
    return [make_job(key, patch, slots) for key, patch in enumerate(patches)]


def fill_index(git: Repository, entries: Iterable[tuple[str, TreeEntry]]) -> None:
    """Put files into the private index of ``git`` in one process."""
    rows = sorted({f"{entry.mode} {entry.sha}\t{slot}" for slot, entry in entries})
    if rows:
        git.run("update-index", "-z", "--index-info", stdin="".join(row + "\0" for row in rows).encode())
