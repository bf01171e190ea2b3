"""Which files of one repository came from another: found by their content, whatever they are called."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from unfork.git import Repository, TreeEntry

_ALIKE = 0.5  # share of the lines of both files together that both have
_LARGEST = 1 << 20  # bytes of a file that is read
_MOST = 20  # files of one name that are compared; more share the name and nothing else
_FEW = 5  # lines below which a file is like any other
_EMPTY = frozenset(
    ("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",  # git's name of no content, SHA-1 and SHA-256
     "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813")
)  # fmt: skip


def files_taken_over(old: Repository, before: str, new: Repository, trees: Iterable[str]) -> dict[str, str]:
    """For each file of ``new``, in any of these trees, that came from ``old``: its path in the tree
    ``before`` there. It has the same content, or the same name and mostly the same lines."""
    theirs = _files(old.tree(before))
    by_blob: dict[str, list[str]] = defaultdict(list)
    by_name: dict[str, list[str]] = defaultdict(list)
    for path, blob in theirs.items():
        by_blob[blob].append(path)
        by_name[PurePosixPath(path).name].append(path)
    found: dict[str, str] = {}
    open_pairs: dict[str, tuple[str, list[str]]] = {}
    for tree in trees:
        for path, blob in _files(new.tree(tree)).items():
            near = by_name.get(PurePosixPath(path).name, [])
            if same := by_blob.get(blob):
                found.setdefault(path, _nearest(path, same))
            elif 0 < len(near) <= _MOST:
                open_pairs.setdefault(path, (blob, near))
    open_pairs = {path: pair for path, pair in open_pairs.items() if path not in found}
    ours = _line_sets(new, {blob for blob, _ in open_pairs.values()})
    others = _line_sets(old, {theirs[path] for _, near in open_pairs.values() for path in near})
    for path, (blob, near) in open_pairs.items():
        likeness = {other: _jaccard(ours.get(blob), others.get(theirs[other])) for other in near}
        best = max(likeness.values())
        if best >= _ALIKE:
            found[path] = _nearest(path, [other for other in near if likeness[other] == best])
    return found


def _files(tree: Mapping[str, TreeEntry]) -> dict[str, str]:
    """Plain files with content, by path."""
    return {
        path: entry.sha
        for path, entry in tree.items()
        if entry.mode.startswith("100") and entry.sha not in _EMPTY
    }


def _nearest(path: str, others: list[str]) -> str:
    """The path that ends most like this one."""
    parts = path.split("/")[::-1]

    def in_common(other: str) -> int:
        pairs = zip(parts, other.split("/")[::-1], strict=False)
        return next((at for at, (one, two) in enumerate(pairs) if one != two), len(parts))

    return max(others, key=lambda other: (in_common(other), other == path, -len(other), other))


def _line_sets(repository: Repository, blobs: set[str]) -> dict[str, frozenset[bytes]]:
    """The lines of each blob that is not too large, white space and blank lines aside."""
    asked = sorted(blobs)
    checked = repository.text(
        "cat-file", "--batch-check=%(objectsize)", stdin="".join(f"{each}\n" for each in asked).encode()
    ).splitlines()
    small = [
        blob for blob, size in zip(asked, checked, strict=True) if size.isdigit() and int(size) <= _LARGEST
    ]
    return {
        blob: frozenset(line for raw in content.splitlines() if len(line := raw.strip()) > 1)
        for blob, content in zip(small, repository.blobs(small), strict=True)
        if content is not None
    }


def _jaccard(one: frozenset[bytes] | None, two: frozenset[bytes] | None) -> float:
    if one is None or two is None or min(len(one), len(two)) < _FEW:
        return 0.0
    return len(one & two) / len(one | two)
