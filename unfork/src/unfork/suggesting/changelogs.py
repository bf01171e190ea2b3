"""Entries of changelogs that the base does not have, and the commits that brought them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from unfork.git import TreeEntry
from unfork.history import Source
from unfork.history.changelog import Entry, is_changelog, parse_changelog
from unfork.suggesting.commits import Commits

_DIFF = (
    "diff-tree", "--stdin", "--root", "-r", "-p", "-U0", "--no-color", "--no-ext-diff", "--no-textconv",
    "--format=%x01%H", "--",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class News:
    """An entry that is new since the base."""

    path: str
    entry: Entry
    place: int | None  # of the commit that wrote its first line; ``None``: none of those searched


def read_changelogs(
    commits: Commits, source: Source, tree: Mapping[str, TreeEntry], old: Mapping[str, TreeEntry]
) -> tuple[list[News], dict[str, str]]:
    """What is new in the changelogs of a tree against an older one; and why others cannot be read."""
    paths = [path for path, entry in tree.items() if is_changelog(path) and entry.mode != "120000"]
    paths = [path for path in paths if path not in old or old[path].sha != tree[path].sha]
    broken: dict[str, str] = {}
    news: list[News] = []
    if not paths:
        return news, broken
    blobs = source.repository.blobs([tree[path].sha for path in paths])
    before = source.repository.blobs([old[path].sha for path in paths if path in old])
    known = {entry.text for blob in before for entry in _entries(blob)}
    writers = _writers(commits, source, paths)
    for path, blob in zip(paths, blobs, strict=True):
        try:
            entries = parse_changelog(blob) if blob is not None else []
        except ValueError as error:
            broken[path] = str(error)
            continue
        lines = (blob or b"").decode("utf-8", "replace").splitlines()
        for entry in entries:
            if entry.text not in known:
                known.add(entry.text)
                first = lines[entry.line - 1].strip() if 0 < entry.line <= len(lines) else entry.text[:60]
                news.append(News(path, entry, writers.get(first)))
    return news, broken


def _entries(blob: bytes | None) -> Sequence[Entry]:
    try:
        return parse_changelog(blob or b"")
    except ValueError:
        return ()


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
