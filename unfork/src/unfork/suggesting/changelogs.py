"""Entries of changelogs that the base does not have, and the commits that brought them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from unfork.changelogs import Entry, is_changelog, read_changelogs
from unfork.git import TreeEntry
from unfork.history import Source
from unfork.suggesting.commits import Commits

_DIFF = (
    "diff-tree", "--stdin", "--root", "-r", "-p", "-U0", "--no-color", "--no-ext-diff", "--no-textconv",
    "--format=%x01%H", "--",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class News:
    """An entry that is new since the base."""

    entry: Entry
    place: int | None  # of the commit that wrote its first line; ``None``: none of those searched


def read_news(
    commits: Commits, source: Source, tree: Mapping[str, TreeEntry], old: Mapping[str, TreeEntry]
) -> tuple[list[News], dict[str, str]]:
    """What is new in the changelogs of a tree against an older one; and why others cannot be read."""
    paths = [path for path, entry in tree.items() if is_changelog(path) and entry.mode != "120000"]
    paths = [path for path in paths if path not in old or old[path].sha != tree[path].sha]
    if not paths:
        return [], {}
    blobs = _blobs(source, tree, paths)
    before = _blobs(source, old, [path for path in paths if path in old])
    written = read_changelogs(blobs, blobs.__getitem__)
    known = {entry.text for entry in read_changelogs(before, before.__getitem__).entries}
    lines = {path: blob.split(b"\n") for path, blob in blobs.items()}
    writers = _writers(commits, source, paths)
    news: list[News] = []
    for entry in written.entries:
        if entry.text not in known:
            known.add(entry.text)
            first = lines[entry.path][entry.line - 1].decode("utf-8", "replace").strip()
            news.append(News(entry, writers.get(first)))
    return news, written.broken


def _blobs(source: Source, tree: Mapping[str, TreeEntry], paths: Sequence[str]) -> dict[str, bytes]:
    blobs = source.repository.blobs([tree[path].sha for path in paths])
    return {path: blob or b"" for path, blob in zip(paths, blobs, strict=True)}


def _writers(commits: Commits, source: Source, paths: Sequence[str]) -> dict[str, int]:
    """By line the oldest searched commit that added it to one of the changelogs."""
    places = sorted({place for place, _ in commits.touching(source, paths)})
    found: dict[str, int] = {}
    if not places:
        return found
    given = "".join(f"{commits.shas[place]}\n" for place in places).encode()
    place = -1
    with source.repository.stream(*_DIFF, *(f":(literal){path}" for path in paths), stdin=given) as out:
        for raw in out:
            if raw[:1] == b"\x01":
                place = commits.place[raw[1:].decode().strip()]
            elif raw[:1] == b"+" and raw[:4] != b"+++ ":
                found[raw[1:].decode("utf-8", "replace").strip()] = place  # newest first: the oldest stays
    return found
