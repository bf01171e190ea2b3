"""A fork whose patches mend, revert, repeat and squash one another, and the truth about each pair."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from unfork.git_write import Workshop

from forked.carried import person
from forked.edits import Author
from forked.text import Donors, read_sources
from forked.writer import Writer

_FILES = 160
Files = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Place:
    """One change of consecutive lines: what stands before it, what it removes, what it adds."""

    path: str
    before: str
    old: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(slots=True)
class Own:
    """One patch of the series."""

    subject: str
    places: list[Place]
    sha: str = ""
    name: str = ""
    landed: str = ""  # upstream commit that has it as it is in the end
    gone: bool = False  # taken back, or squashed: nothing more is done to it


@dataclass(slots=True)
class Related:
    """The series as a folder of patches, its upstream, and the truth."""

    repository: Path
    folder: Path
    base: str
    target: str
    truth: dict[tuple[str, str], str] = field(default_factory=dict)  # (patch, other) -> kind
    mended: dict[str, str] = field(default_factory=dict)  # fix-up -> upstream commit of the fixed version
    unmended: set[str] = field(default_factory=set)  # fix-ups whose patch is upstream without them
    cancelled: set[str] = field(default_factory=set)  # patches that leave nothing with another
    listed: dict[str, set[str]] = field(default_factory=dict)  # squash -> its parts beside it


def generate(place: Path, patches: int, seed: int) -> Related:
    """Write a repository and a folder of about ``patches`` patches below ``place``."""
    return _Maker(place, random.Random(seed)).make(patches)  # noqa: S311 - the same fork every time


class _Maker:
    def __init__(self, place: Path, rng: random.Random) -> None:
        self.rng = rng
        sources = read_sources()
        rng.shuffle(sources)
        self.author = Author(rng, Donors(sources[_FILES:], rng))
        self.base: Files = {source.path: list(source.lines) for source in sources[:_FILES]}
        self.fork: Files = {path: list(lines) for path, lines in self.base.items()}
        self.up: Files = {path: list(lines) for path, lines in self.base.items()}
        self.found = Related(place / "upstream.git", place / "patches", "1.0.0", "2.0.0")
        self.own: list[Own] = []
        self.step = 0

    def make(self, count: int) -> Related:
        with Writer(self.found.repository) as self.writer:
            self.root = self._commit("master", None, "Begin", self.base, list(self.base))
            self.writer.tag("1.0.0", self.root)
            self.head, self.tip = self.root, self.root
            acts: list[tuple[Callable[[], object], int]] = [
                (self._unrelated, 46), (self._fixup, 20), (self._revert, 8), (self._reland, 5),
                (self._part_revert, 5), (self._follow_up, 8), (self._squash, 5),
            ]  # fmt: skip
            while len(self.own) < count:
                self.rng.choices([act for act, _ in acts], [weight for _, weight in acts])[0]()
                for _ in range(2):
                    self._upstream_work()
            for patch in self.own:
                if not patch.gone and not patch.landed and self.rng.random() < 0.3:
                    self._land([patch])
            self.writer.tag("2.0.0", self.tip)
        self._write_folder()
        return self.found

    # -- what a downstream does ----------------------------------------------------------

    def _unrelated(self) -> None:
        files = self.rng.sample(sorted(self.fork), k=self.rng.choice((1, 1, 1, 2, 3)))
        places = [
            place for path in files for _ in range(self.rng.choice((1, 2))) if (place := self._draft(path))
        ]
        self._carry(self._subject(), places)

    def _fixup(self) -> None:
        """Change some of the lines that an earlier patch added; upstream may get the one or the other."""
        patch = self._earlier(lambda place: len(place.new) > 3)
        if patch is None or patch.landed:
            return
        places: list[Place] = []
        kept: list[Place] = []
        for place in patch.places:
            new = list(place.new)
            if len(new) > 3 and (not places or self.rng.random() < 0.3):
                at = self.rng.randrange(len(new) - 1)
                for row in range(at, min(len(new), at + self.rng.randint(1, 4))):
                    if new[row].strip():
                        new[row] = self.author.reworded(new[row])
                if self.rng.random() < 0.3:
                    new[at + 1 : at + 1] = self.author.donors.block(self.rng.randint(1, 2))
                places.append(Place(place.path, place.before, place.new, tuple(new)))
            kept.append(Place(place.path, place.before, place.old, tuple(new)))
        if not any(place.old != place.new for place in places):
            return
        extra = [found for _ in range(self.rng.random() < 0.2) if (found := self._draft(self._path()))]
        how = self.rng.random()
        subject = f"fixup! {patch.subject}" if how < 0.3 else self._subject()
        body = f'Fixes: {patch.sha[:12]} ("{patch.subject}")' if 0.3 < how < 0.45 else ""
        body = f"To be squashed with {patch.sha[:8]} at the next rebase." if 0.45 < how < 0.6 else body
        fix = self._carry(subject, [*places, *extra], body)
        if fix is None:
            return
        self._true(fix, "fixes", patch)
        chance = self.rng.random()
        if chance < 0.4 and not extra:
            landed = self._land([Own(patch.subject, kept)])
            patch.landed = fix.landed = landed
            self.found.mended[fix.name] = landed
        elif chance < 0.6:
            patch.landed = self._land([patch])
            fix.landed = "-"
            self.found.unmended.add(fix.name)
        patch.gone = fix.gone = True

    def _revert(self) -> tuple[Own, Own] | None:
        patch = self._earlier(lambda _: True)
        if patch is None or patch.landed:
            return None
        back = [Place(place.path, place.before, place.new, place.old) for place in patch.places]
        said = self.rng.random() < 0.5
        subject = f'Revert "{patch.subject}"' if said else self._subject()
        body = f"This reverts commit {patch.sha}." if said else ""
        revert = self._carry(subject, back, body)
        if revert is not None:
            self._true(revert, "reverts", patch)
            self.found.cancelled |= {revert.name, patch.name}
            patch.gone = revert.gone = True
        return (patch, revert) if revert else None

    def _reland(self) -> None:
        """Take a patch back, and do it again later."""
        reverted = self._revert()
        if reverted is None:
            return
        patch, revert = reverted
        self._unrelated()
        again = self._carry(self._subject(), patch.places)
        if again is not None:
            self._true(again, "repeats", patch)
            self._true(again, "reverts", revert)
            again.gone = True

    def _part_revert(self) -> None:
        """Take some of a patch back: most of its places."""
        patch = self._earlier(lambda _: True, several=True)
        if patch is None or patch.landed:
            return
        back = [Place(place.path, place.before, place.new, place.old) for place in patch.places[1:]]
        revert = self._carry(self._subject(), back)
        if revert is not None:
            size = [sum(map(len, (*place.old, *place.new))) for place in patch.places]
            # What takes back little of it mends it.
            self._true(revert, "reverts" if sum(size[1:]) >= 0.25 * sum(size) else "fixes", patch)
            patch.gone = revert.gone = True

    def _follow_up(self) -> None:
        """Lines of its own beside those of an earlier patch, which it leaves alone: no relation."""
        patch = self._earlier(lambda place: len(place.new) > 3)
        if patch is not None:
            place = patch.places[0]
            if place.new:
                beside = Place(place.path, place.new[-1], (), tuple(self.author.donors.block(4)))
                self._carry(self._subject(), [beside])
                patch.gone = True

    def _squash(self) -> None:
        """A squash in the folder with its parts beside it; the parts were made before, on the base."""
        made = []
        tree = {path: list(lines) for path, lines in self.fork.items()}
        head = self.head
        for _ in range(self.rng.randint(2, 4)):
            places = [found for _ in range(self.rng.randint(1, 2)) if (found := self._draft(self._path()))]
            part = Own(self._subject(), places)
            if places and self._apply(tree, places):
                head = part.sha = self._commit(
                    "side", head, part.subject, tree, sorted({place.path for place in places})
                )
                made.append(part)
        if len(made) < 2:
            return
        listed = [f"{part.sha[:7]} {part.subject}\n   Seen on our machines.\n" for part in made]
        every = [place for part in made for place in part.places]
        squash = self._carry(f"primary: {self._subject()}", every, "\n".join(listed))
        if squash is None:
            return
        squash.gone = True
        self.found.listed[squash.name] = set()
        for number, part in enumerate(made, 1):
            part.name = f"{squash.name[:4]}.{number:02d}-part.patch"
            part.gone = True
            self.own.append(part)
            self.found.listed[squash.name].add(part.name)
            self._true(part, "part-of", squash)

    # -- how ------------------------------------------------------------------------------

    def _carry(self, subject: str, places: Sequence[Place], body: str = "") -> Own | None:
        if not places or not self._apply(self.fork, places):
            return None
        patch = Own(subject, list(places), name=f"{len(self.own) + 1:04d}-own.patch")
        paths = sorted({place.path for place in places})
        self.head = patch.sha = self._commit(
            "fork", self.head, f"{subject}\n\n{body}".strip(), self.fork, paths
        )
        self.own.append(patch)
        return patch

    def _land(self, patches: Sequence[Own]) -> str:
        """Upstream takes patches as they are in one commit, under another subject."""
        done = [place for patch in patches for place in patch.places if self._apply(self.up, [place])]
        if not done:
            return "-"
        paths = sorted({place.path for place in done})
        self.tip = self._commit("master", self.tip, self._subject(), self.up, paths)
        if len(patches) == 1:
            patches[0].landed = self.tip
        return self.tip

    def _upstream_work(self) -> None:
        path = self._path()
        draft = self.author.draft(self.up[path]) if len(self.up[path]) > 20 else None
        if draft:
            self.up[path][draft.at : draft.at + draft.count] = draft.new
            self.tip = self._commit("master", self.tip, self._subject(), self.up, [path])

    def _apply(self, tree: Files, places: Sequence[Place]) -> bool:
        """Make changes in a tree when all of them have their place there."""
        found = []
        for place in places:
            lines = tree[place.path]
            block = [place.before, *place.old]
            at = [row for row in range(len(lines)) if lines[row : row + len(block)] == block]
            if len(at) != 1:
                return False
            found.append(at[0] + 1)
        order = sorted(zip(found, places, strict=True), key=lambda each: -each[0])
        for row, place in order:
            tree[place.path][row : row + len(place.old)] = place.new
        return True

    def _draft(self, path: str) -> Place | None:
        lines = self.fork[path]
        draft = self.author.draft(lines) if len(lines) > 20 else None
        if draft is None:
            return None
        old = tuple(lines[draft.at : draft.at + draft.count])
        return Place(path, lines[draft.at - 1], old, tuple(draft.new))

    def _earlier(self, fits: Callable[[Place], bool], *, several: bool = False) -> Own | None:
        """A patch that stands as it was carried."""
        free = [
            patch
            for patch in self.own[-60:]
            if not patch.gone
            and any(fits(place) for place in patch.places)
            and (len(patch.places) > 1 or not several)
        ]
        return self.rng.choice(free) if free else None

    def _true(self, patch: Own, kind: str, other: Own) -> None:
        self.found.truth[patch.name, other.name] = kind

    def _path(self) -> str:
        return self.rng.choice(sorted(self.fork))

    def _subject(self) -> str:
        verb = self.rng.choice(("Add", "Use", "Handle", "Check", "Make", "Keep", "Allow"))
        return f"{verb} {self.author.donors.word()} for {self.author.donors.word()}"

    def _commit(
        self, branch: str, parent: str | None, message: str, tree: Files, paths: Sequence[str]
    ) -> str:
        self.step += 1
        data = {path: ("\n".join(tree[path]) + "\n").encode() for path in paths}
        return self.writer.commit(branch, parent, self.step, person(self.rng), message + "\n", data)

    def _write_folder(self) -> None:
        workshop = Workshop(self.found.repository)
        self.found.folder.mkdir()
        for patch in self.own:
            made = workshop.format_patches(f"{patch.sha}^", patch.sha, self.found.folder / "mail")
            made[0].rename(self.found.folder / patch.name)
            (self.found.folder / "mail").rmdir()
