"""What the old tree offers and the new one lacks, and which patches brought it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from unfork.model import Patch
from unfork.model.compared import ContentKind, ContentLost, LinesLost
from unfork.surface.found import Found

_SHOWN = 5  # patches named for one thing
_SAYS = 4  # characters without white space from which a line says something: "else:" and "}" are everybody's


@dataclass(frozen=True, slots=True)
class BroughtBy:
    """The carried patches, and the items of the plan that name each."""

    patches: Sequence[Patch]
    items: Mapping[str, tuple[str, ...]]  # by the patch's content id
    _by_file: dict[str, list[Patch]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for patch in self.patches:
            for path in {change.path for change in patch.files}:
                self._by_file.setdefault(path, []).append(patch)

    def of(self, found: Found) -> list[Patch]:
        """The patches that add the words of a thing, else that change its file; the former first."""
        near = self._by_file.get(found.file, [])
        if found.kind is ContentKind.MIGRATION:
            return near
        # Of a route the part before its first parameter; an option may be declared with hyphens.
        word = found.loose.rpartition(" ")[2].partition("{")[0].encode()
        words = {word, word.replace(b"_", b"-")} if len(word) > 1 else set()
        adding = [patch for patch in near if _adds(patch, found.file, words)]
        return adding or near

    def items_of(self, patches: Iterable[Patch]) -> tuple[str, ...]:
        """The items of some patches, each once."""
        return tuple(dict.fromkeys(item for patch in patches for item in self.items.get(patch.id, ())))


def content_lost(
    old: Iterable[Found], new: Iterable[Found], base: Iterable[Found] | None, brought: BroughtBy
) -> tuple[ContentLost, ...]:
    """What ``new`` lacks of ``old``; ``base``, where it is known, tells what upstream had itself."""
    there = _names(new)
    upstream = _names(base) if base is not None else None
    lost = []
    for each in old:
        if _has(there, each):
            continue
        ours = None if upstream is None else not _has(upstream, each)
        patches = brought.of(each) if ours is not False else []
        lost.append(
            ContentLost(
                kind=each.kind,
                name=each.name,
                file=each.file,
                line=each.line,
                ours=ours,
                patches=tuple(patch.name for patch in patches[:_SHOWN]),
                items=brought.items_of(patches),
            )
        )
    # What the patches brought first: that is what the new track has to replace.
    return tuple(sorted(lost, key=lambda each: (each.ours is False, each.kind, each.name)))


def lines_lost(
    brought: BroughtBy, new: Mapping[str, frozenset[bytes]], names: Iterable[str]
) -> tuple[LinesLost, ...]:
    """Of every patch the added lines that the new tree has in no file of that name.

    ``new`` has the lines of the new tree's files by file name without folders: files move. ``names`` are
    all paths of the new tree.
    """
    known = {path.rpartition("/")[2] for path in names}
    lost = []
    for patch in brought.patches:
        added = missing = 0
        gone: dict[str, None] = {}
        for change in patch.files:
            name = change.path.rpartition("/")[2]
            if name not in known:
                gone[change.path] = None
            have = new.get(name, frozenset())
            for hunk in change.hunks:
                for line in hunk.lines:
                    text = line[1:].strip()
                    if line[:1] == b"+" and len(b"".join(text.split())) >= _SAYS:
                        added += 1
                        missing += text not in have
        if missing:
            lost.append(LinesLost(patch.name, brought.items_of([patch]), added, missing, tuple(gone)))
    return tuple(sorted(lost, key=lambda each: (-each.missing, each.patch)))


def _names(found: Iterable[Found]) -> tuple[set[tuple[str, str]], set[tuple[str, str]], set[tuple[str, str]]]:
    exact: set[tuple[str, str]] = set()
    loose: set[tuple[str, str]] = set()
    vague: set[tuple[str, str]] = set()  # of which only the shorter name is known
    for each in found:
        exact.add((each.kind, each.name))
        loose.add((each.kind, each.loose))
        if each.name == each.loose:
            vague.add((each.kind, each.loose))
    return exact, loose, vague


def _has(names: tuple[set[tuple[str, str]], set[tuple[str, str]], set[tuple[str, str]]], each: Found) -> bool:
    """By the whole name; by the shorter one where one of the two trees does not tell the whole."""
    exact, loose, vague = names
    if (each.kind, each.name) in exact or (each.kind, each.loose) in vague:
        return True
    return each.name == each.loose and (each.kind, each.loose) in loose


def _adds(patch: Patch, file: str, words: Iterable[bytes]) -> bool:
    return any(
        line[:1] == b"+" and any(word in line for word in words)
        for change in patch.files
        if change.path == file
        for hunk in change.hunks
        for line in hunk.lines
    )
