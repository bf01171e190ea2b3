"""A file at each commit that touched it, oldest first."""

from dataclasses import dataclass

from unfork.git import Repository
from unfork.tracks.files import REGULAR, File


@dataclass(frozen=True, slots=True)
class Version:
    """A file as a commit left it; it may have another name there."""

    repository: Repository
    sha: str
    paths: tuple[str, ...]  # the names it may have, the older first

    def read(self) -> File | None:
        """The file; ``None`` when it is not there."""
        names = [f"{self.sha}:{path}" for path in self.paths]
        for data in self.repository.blobs(names):
            if data is not None:
                return File(REGULAR, data)
        return None

    def parent(self) -> "Version":
        """The file before the commit."""
        return Version(self.repository, f"{self.sha}^", self.paths)


def mainline(repository: Repository, old: str, new: str, path: str, moved: str | None) -> list[Version]:
    """The file at the commit where two revisions parted, and at each commit of the new one's main line
    (first parents) that touched it since."""
    paths = (path, moved) if moved else (path,)
    common = repository.try_run("merge-base", old, new).out.decode().strip()
    if not common:
        return []
    names = _log(repository, ["--first-parent", f"{common}..{new}"], paths)
    return [Version(repository, sha, paths) for sha in [common, *names]]


def side_line(repository: Repository, merge: Version, path: str, moved: str | None) -> list[Version]:
    """The commits touching the file that a merge brought; none when it is no merge."""
    paths = (path, moved) if moved else (path,)
    parents = repository.text("rev-list", "--parents", "-n", "1", merge.sha).split(" ")[1:]
    if len(parents) < 2:
        return []
    names = _log(repository, ["--no-merges", "--topo-order", merge.sha, f"^{parents[0]}"], paths)
    return [Version(repository, sha, paths) for sha in names]


def _log(repository: Repository, revisions: list[str], paths: tuple[str, ...]) -> list[str]:
    literal = [f":(top,literal){path}" for path in paths]
    return repository.text("log", "--reverse", "--format=%H", *revisions, "--", *literal).split()
