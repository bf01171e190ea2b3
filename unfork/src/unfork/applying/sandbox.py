"""A throw-away place of our own for all that git does on the target.

It has two private repositories. The *reader* sees the objects of the user's repositories
through its list of alternates and writes nothing. The *writer* holds copies of the few blobs
that are needed and does the work: were it to use alternates too, git would set the time of
change of the user's object files whenever it made an object that they have already.

The user's configuration inside the repositories is not read, so neither an ``apply.*`` setting
nor a promisor remote (a lazy download in the middle of a scan) can change an answer.
"""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from unfork.errors import InputError
from unfork.git import Repository, Scratch

# What git writes here lives for seconds: no fsync, no compression, no deltas.
FAST = {
    "apply.ignoreWhitespace": "no",
    "core.fsync": "none",
    "core.looseCompression": "0",
    "pack.compression": "0",
    "core.deltaBaseCacheLimit": "512m",
}


class Sandbox:
    """The two private repositories, and any number of indexes for the writing one."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._writer = Repository(root / "writer")
        self._numbers = count()
        self._brought: set[str] = set()
        self.reader = Repository(root / "reader")

    def index(self) -> Repository:
        """The writing repository with a new and empty index."""
        return self._indexed("writer")

    def reading_index(self) -> Repository:
        """The reading repository with a new and empty index: only for what makes no objects."""
        return self._indexed("reader")

    def _indexed(self, name: str) -> Repository:
        objects = self._root / name / ".git" / "objects"
        index = self._root / f"{next(self._numbers)}.index"
        return Repository(self._root / name).with_scratch(Scratch(index=index, objects=objects))

    def bring(self, blobs: Iterable[str]) -> None:
        """Copy objects, by full hash, from the reader to the writer. They must be there."""
        wanted = sorted(set(blobs) - self._brought)
        if not wanted:
            return
        names = "".join(f"{name}\n" for name in wanted).encode()
        pack = self.reader.run("pack-objects", "--stdout", "-q", "--window=0", stdin=names, config=FAST)
        self._writer.run("index-pack", "--stdin", stdin=pack, config=FAST)
        self._brought.update(wanted)


def _alternate(path: Path) -> str:
    """A line of ``objects/info/alternates``; git takes a quoted name for one with odd bytes."""
    plain = str(path)
    if '"' not in plain and "\n" not in plain and not plain.startswith("#"):
        return plain
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _make_repository(root: Path, *, sha256: bool) -> Path:
    """An empty repository, as ``git init`` makes it, without starting git."""
    git_dir = root / ".git"
    (git_dir / "objects" / "info").mkdir(parents=True)
    (git_dir / "objects" / "pack").mkdir()
    (git_dir / "refs").mkdir()
    (git_dir / "HEAD").write_text("ref: refs/heads/none\n", encoding="utf-8")
    config = "[core]\n\tbare = false\n\trepositoryformatversion = "
    config += "1\n[extensions]\n\tobjectformat = sha256\n" if sha256 else "0\n"
    (git_dir / "config").write_text(config, encoding="utf-8")
    return git_dir


@contextmanager
def sandbox(*repositories: Repository, sha256: bool = False) -> Iterator[Sandbox]:
    """A private place that can read every object of ``repositories``; gone afterwards.

    ``sha256`` tells the object format of the repositories. Raises ``InputError`` when one of
    them is no repository, or when there is no room.
    """
    folders = [repository.objects_dir for repository in repositories]
    with tempfile.TemporaryDirectory(prefix="unfork-applying-") as made:
        root = Path(made)
        try:
            _make_repository(root / "writer", sha256=sha256)
            reader = _make_repository(root / "reader", sha256=sha256)
            (reader / "objects" / "info" / "alternates").write_text(
                "".join(_alternate(folder) + "\n" for folder in folders),
                encoding="utf-8",
                errors="surrogateescape",
            )
            # Where history was cut the reader must end too, or git misses the parents.
            cut = [folder.parent / "shallow" for folder in folders]
            shallow = b"".join(path.read_bytes() for path in cut if path.is_file())
            if shallow:
                (reader / "shallow").write_bytes(shallow)
        except OSError as error:
            raise InputError(
                f"cannot make a private repository: {error.strerror}",
                where=made,
                hint="free some space there, or point TMPDIR elsewhere",
            ) from error
        yield Sandbox(root)
