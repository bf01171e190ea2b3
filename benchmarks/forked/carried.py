"""Carried patches before anything is known of upstream: which places they change, and how."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from forked.edits import Author
from forked.tree import Edit, Tree


class Kind(StrEnum):
    """What upstream did with a patch."""

    DROPPED = "dropped"  # took it as it stands, under its own message
    RENAMED = "renamed"  # took it after the files or the code were moved
    REWORKED = "reworked"  # took it with other names, order, wording, lines
    SPLIT = "split"  # took it in two to four commits
    SQUASHED = "squashed"  # took it with others in one commit
    PARTIAL = "partial"  # took some hunks, the others never
    REVERTED = "reverted"  # took it and took it back
    UNRELATED = "unrelated"  # never had it


@dataclass(slots=True, eq=False)
class Carried:
    """One patch of the fork and, once upstream is made, the truth about it."""

    number: int
    kind: Kind
    edits: list[Edit]
    subject: str
    author: str
    variant: str = ""
    # For each edit the commits that may rightly be named for its lines; empty: nobody has it.
    landed: dict[int, set[str]] = field(default_factory=dict)
    # For each edit the text upstream took instead of the patch's, where it is another.
    other: dict[int, list[str]] = field(default_factory=dict)
    reverts: list[str] = field(default_factory=list)  # commits that took it back
    # Lines of the diff the fork makes of it: path -> line number -> edit, before and after.
    removed: dict[str, dict[int, int]] = field(default_factory=dict)
    added: dict[str, dict[int, int]] = field(default_factory=dict)
    sha: str = ""


_LEAST = {Kind.SPLIT: 3, Kind.PARTIAL: 3, Kind.SQUASHED: 3, Kind.REWORKED: 6}  # lines an edit has at least
_EDITS = {Kind.SPLIT: (2, 6), Kind.PARTIAL: (2, 5), Kind.REWORKED: (1, 4)}
_VERBS = ("Fix", "Avoid", "Add", "Remove", "Use", "Handle", "Check", "Make", "Log", "Return", "Keep", "Allow")
_PEOPLE = tuple(
    f"{first} {last} <{first.lower()}.{last.lower()}@{host}.example>"
    for first, last, host in (
        ("Ada", "Berg", "north"), ("Ben", "Cole", "south"), ("Chi", "Dang", "east"), ("Dan", "Eder", "west"),
        ("Eva", "Frey", "north"), ("Fox", "Gray", "south"), ("Gil", "Hahn", "east"), ("Hal", "Imre", "west"),
        ("Ida", "Jung", "north"), ("Joe", "Kern", "south"), ("Kim", "Lund", "east"), ("Leo", "Marx", "west"),
    )
)  # fmt: skip
_VENDOR = tuple(person.replace(".example>", ".vendor.example>") for person in _PEOPLE[:5])


def person(rng: random.Random) -> str:
    """Someone who works upstream; some do most of it."""
    return _PEOPLE[int(len(_PEOPLE) * rng.random() ** 2)]


def subject_of(edits: Sequence[Edit], author: Author) -> str:
    """A subject as people write it: a verb, names out of the change, the file's name."""
    rng = author.rng
    words = [name for edit in edits for text in edit.new[:12] for name in text.split() if name.isidentifier()]
    chosen = [rng.choice(words) if words and rng.random() < 0.7 else author.donors.word() for _ in range(2)]
    module = edits[0].path.rsplit("/", 1)[-1].removesuffix(".py") if edits else "docs"
    tail = rng.choice((f"in {module}", f"for {module}", "", f"when {author.donors.word()} is set"))
    return f"{rng.choice(_VERBS)} {chosen[0]} {chosen[1].replace('_', ' ')} {tail}".strip()


def subjects(subject: str, edits: Sequence[Edit], author: Author) -> str:
    """What the other side calls the same change: the same, nearly the same, or its own words."""
    chance = author.rng.random()
    if chance < 0.25:
        return subject
    if chance < 0.45:
        words = subject.split()
        words[author.rng.randrange(len(words))] = author.donors.word()
        return " ".join(words)
    return subject_of(edits, author)


class Maker:
    """Makes carried patches over one base; no two change the same place."""

    def __init__(self, base: Tree, author: Author) -> None:
        self._base = base
        self._author = author
        self._paths = sorted(base.files)
        self._new = 0

    def make(self, number: int, kind: Kind, near: Sequence[str] = ()) -> Carried:
        """A patch of some edits in one to three files, preferring ``near`` ones."""
        rng = self._author.rng
        low, high = _EDITS.get(kind, (1, 4))
        count = rng.randint(low, high)
        paths = list(near) or rng.sample(self._paths, k=rng.choices((1, 2, 3), (60, 30, 10))[0])
        edits: list[Edit] = []
        while len(edits) < count:
            if kind not in (Kind.RENAMED, Kind.REWORKED) and rng.random() < 0.05:
                edits.append(self._new_file())
            elif edit := self._edit(rng.choice(paths), _LEAST.get(kind, 1), adds=kind is Kind.REWORKED):
                edits.append(edit)
            elif rng.random() < 0.1:
                paths.append(rng.choice(self._paths))  # the file is full of changes
        subject = subject_of(edits, self._author)
        vendor = rng.choice(_VENDOR) if rng.random() < 0.6 else person(rng)
        return Carried(number, kind, edits, subject, vendor)

    def _edit(self, path: str, least: int, *, adds: bool) -> Edit | None:
        lines = self._base.files[path]
        draft = self._author.draft(self._base.texts(path), adds=adds)
        if draft is None:
            return None
        place = lines[max(0, draft.at - 2) : draft.at + draft.count + 2]
        if any(line.reserved for line in place):
            return None
        edit = Edit(path, lines[draft.at - 1], lines[draft.at : draft.at + draft.count], draft.new, path)
        if edit.size < least or (adds and sum(bool(text.strip()) for text in draft.new) < 5):
            return None
        for line in place:
            line.reserved = True
        return edit

    def _new_file(self) -> Edit:
        self._new += 1
        path = f"test_more/test_{self._author.donors.word().lower()}_{self._new}.py"
        return Edit(path, None, [], self._author.new_file(), path)
