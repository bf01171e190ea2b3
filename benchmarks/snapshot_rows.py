"""Patches whose truth at a release is known without its history: backports of stable branches.

A backport names the commits it was picked from. A release has the change when it has one of those, or
another commit picked from one. So each backport meets the tree of each of some releases: its own base,
the ones before its original, and those that have it, near and far. Older releases than its base never
have it, and their code differs from the base's as that of a later one would: they stand for the patches
that upstream never took while it went on.
"""

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from unfork.applying import place_series
from unfork.changelogs import Entry
from unfork.comparing import News, Sides, Tree
from unfork.git import Repository
from unfork.history import identifiers, only
from unfork.model import Patch, Placement
from unfork.series import read_series

SEED = 2018
FAR = 4  # releases after the base that a patch meets
OLDER = (1, 2, 4)  # so many releases before the base
THIN = 0.3  # share of the commits that a changelog for users names
MIXED = 0.4  # mixed patches made, per plain one


@dataclass(frozen=True, slots=True)
class Known:
    """A patch and what is true of it at the target."""

    patch: Patch
    taken: tuple[bool, ...]  # of each hunk, whether its commit is in the target

    @property
    def whole(self) -> bool:
        """Whether all of it is."""
        return all(self.taken)


@dataclass(frozen=True, slots=True, eq=False)
class Meeting:
    """Patches made on one base that meet one target."""

    base: str
    target: str
    rows: tuple[Known, ...]
    sides: Sides  # with the base
    blind: Sides  # without


@dataclass(frozen=True, slots=True)
class Project:
    """A clone, its releases in order, and where backports on them are."""

    clone: Path
    releases: Sequence[str]
    backports: Sequence[tuple[str, str]]  # base and tip of each stable branch
    most: int  # patches of a branch


def meetings(project: Project, cache: Path) -> Iterator[Meeting]:
    """Every branch's patches at each of its releases."""
    repository = Repository(project.clone)
    has: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
    for base, tip in project.backports:
        picked = _picked(project, base, tip)
        first = project.releases.index(base)
        older = [project.releases[first - back] for back in OLDER if first >= back]
        for target in [*older, *project.releases[first : first + FAR + 1]]:
            if target not in has:
                has[target] = _content(repository, target)
            yield _meeting(repository, base, target, picked, has[target], cache, older=target in older)


def _picked(project: Project, base: str, tip: str) -> list[tuple[Patch, frozenset[str]]]:
    series = read_series(f"{project.clone}:{base}..{tip}", carrier="range")
    found = []
    for patch in series.patches:
        named = frozenset(each for each in only(identifiers(patch.message), "picked") if len(each) == 40)
        text = all(change.hunks and not change.binary for change in patch.files)
        if named and patch.files and text and patch.error is None:
            found.append((patch, named))
    random.Random(f"{SEED} {base}").shuffle(found)  # noqa: S311 - repeatable on purpose
    return found[: project.most]


def _content(repository: Repository, release: str) -> tuple[frozenset[str], frozenset[str]]:
    """The commits of a release with those they were picked from, and those it reverts."""
    listed = repository.text("log", "--no-merges", "--format=%H%x00%b%x00", release).split("\0")
    there, reverted = set(), set()
    for sha, body in zip(listed[0::2], listed[1::2], strict=False):
        ids = identifiers(body)
        there |= {sha.strip(), *only(ids, "picked")}
        reverted |= set(only(ids, "reverts"))
    return frozenset(there), frozenset(reverted)


def _meeting(
    repository: Repository,
    base: str,
    target: str,
    picked: list[tuple[Patch, frozenset[str]]],
    content: tuple[frozenset[str], frozenset[str]],
    cache: Path,
    *,
    older: bool,
) -> Meeting:
    there, reverted = content
    rows = [
        Known(patch, (bool(named & there),) * sum(len(change.hunks) for change in patch.files))
        for patch, named in picked
        if not named & reverted
    ]
    rows += _mixed(rows, random.Random(f"{SEED} {base} {target}"))  # noqa: S311
    patches = [row.patch for row in rows]
    at_target, at_base = (
        place_series(repository, release, patches, cache=cache) for release in (target, base)
    )
    sides = _sides(repository, base, target, patches, at_target, at_base)
    if older:  # what a changelog would say afterwards is not known
        sides = unlogged(sides[0]), unlogged(sides[1])
    return Meeting(base, target, tuple(rows), *sides)


def _sides(
    repository: Repository,
    base: str,
    target: str,
    patches: list[Patch],
    at_target: tuple[Placement, ...],
    at_base: tuple[Placement, ...],
) -> tuple[Sides, Sides]:
    new, old = (Tree.read(repository, repository.tree(name), patches) for name in (target, base))
    since = _log(repository, target, f"^{base}")
    return (
        Sides(new, old, News(since, complete=True), at_target, at_base),
        Sides(new, None, News(_log(repository, target), complete=True), at_target, None),
    )


def _log(repository: Repository, *revisions: str) -> list[Entry]:
    """The changelog pbr would write."""
    subjects = repository.text("log", "--no-merges", "--format=%s", *revisions).split("\n")
    return [Entry("1", subject, "ChangeLog", line) for line, subject in enumerate(subjects, start=1)]


def _mixed(rows: Sequence[Known], rng: random.Random) -> list[Known]:
    """A patch of which the target has one half and not the other, as vendors squash them."""
    inside = [row for row in rows if row.whole]
    outside = [row for row in rows if not row.whole]
    made = []
    for _ in range(int(MIXED * min(len(inside), len(outside)))):
        one, other = rng.choice(inside), rng.choice(outside)
        if {change.path for change in one.patch.files} & {change.path for change in other.patch.files}:
            continue
        first, second = (one, other) if rng.random() < 0.5 else (other, one)
        name = hashlib.sha256(f"{one.patch.id} {other.patch.id}".encode()).hexdigest()
        files = (*first.patch.files, *second.patch.files)
        patch = replace(first.patch, name=name, id=name, files=files)
        made.append(Known(patch, (*first.taken, *second.taken)))
    return made


def unlogged(sides: Sides) -> Sides:
    """The same without a changelog."""
    return replace(sides, news=News([]))


def thinned(sides: Sides, seed: str) -> Sides:
    """The same with a changelog for users: it names some changes, not every commit."""
    rng = random.Random(f"{SEED} {seed}")  # noqa: S311
    return replace(sides, news=News([each for each in sides.news.entries if rng.random() < THIN]))
