"""Specifications in reStructuredText: in the upstream, or in a repository of their own."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from unfork.git import Repository, TreeEntry

_SPEC = re.compile(r"(?:^|/)specs/(?:.*/)?[^/]+\.rst$")
_NONE = re.compile(r"(?:^|/)(?:index|readme|template|[^/]*-template)\.rst$", re.IGNORECASE)
_UNDERLINE = re.compile(r"^([=\-~^\"'`#*+])\1{2,}\s*$")
_MOST = 1 << 16  # characters taken from one specification
_STATES = ("approved", "implemented", "backlog", "abandoned")  # folders below that of a release


@dataclass(frozen=True, slots=True)
class Spec:
    """One specification."""

    path: str
    title: str
    text: str

    @property
    def blueprint(self) -> str:
        """The blueprint it belongs to: by custom the file has its name."""
        return PurePosixPath(self.path).stem.lower()

    @property
    def release(self) -> str | None:
        """The release whose folder it is in, by the release's code name."""
        folders = self.path.split("specs/", 1)[-1].split("/")[:-1]
        return folders[0] if folders and folders[0] not in _STATES else None


def is_spec(path: str) -> bool:
    """Whether a path is that of a specification."""
    return bool(_SPEC.search(path)) and not _NONE.search(path)


def read_specs(repository: Repository, tree: Mapping[str, TreeEntry]) -> list[Spec]:
    """The specifications of a tree, each file once (a link to one is none)."""
    paths = [path for path, entry in tree.items() if entry.mode != "120000"]
    blobs = repository.blobs([tree[path].sha for path in paths])
    return [
        _spec(path, blob.decode("utf-8", "replace"))
        for path, blob in zip(paths, blobs, strict=True)
        if blob is not None
    ]


def latest(specs: Iterable[Spec]) -> list[Spec]:
    """Of specifications that were approved again for later releases only the one that was done,
    or else the last."""
    chosen: dict[str, Spec] = {}
    for spec in sorted(specs, key=lambda each: ("/implemented/" in each.path, each.path)):
        chosen[spec.blueprint] = spec
    return [chosen[name] for name in sorted(chosen)]


def _spec(path: str, text: str) -> Spec:
    text = text[:_MOST]
    lines = text.split("\n")
    for at, line in enumerate(lines[1:], start=1):
        if _UNDERLINE.match(line) and lines[at - 1].strip() and not _UNDERLINE.match(lines[at - 1]):
            return Spec(path, lines[at - 1].strip(), text)
    return Spec(path, PurePosixPath(path).stem, text)
