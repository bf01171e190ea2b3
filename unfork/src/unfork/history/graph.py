"""Which commits are searched, in which release each first shipped, and where it was picked to.

One walk over the commit graph answers for all commits: labels go from each release tag down to
its ancestors, children before parents, and the oldest release wins.
"""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import overload

import numpy as np
from numpy.typing import NDArray

from unfork.errors import InputError
from unfork.git import Repository
from unfork.history.commits import read_commits
from unfork.history.hashes import Hashes
from unfork.history.identifiers import only
from unfork.history.tags import Release

NEVER = 1 << 30
_AT_ONCE = 20_000  # commits whose messages a git process searches: it keeps them until it ends
# What stable branches write into a pick's message; git's own --grep is a first, coarse sieve.
_PICKED = ("cherry picked from", "^commit [0-9a-f]{40} upstream", "Upstream commit [0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Shipped:
    """Where one searched commit can be had."""

    first: int = -1  # number of its first release; -1: in none yet
    prerelease: int = -1  # number of its first pre-release, where that came before
    in_target: bool = False  # it, or a pick of it, is an ancestor of the target
    picks: tuple[int, ...] = ()  # first release of each stable line that got a pick of it


@dataclass(frozen=True, slots=True, eq=False)
class Deliveries(Sequence[Shipped]):
    """Where each of many commits can be had: a column for each field of ``Shipped``."""

    first: NDArray[np.int32]
    prerelease: NDArray[np.int32]
    in_target: NDArray[np.bool_]
    picks: Mapping[int, tuple[int, ...]]  # by place; most commits were picked nowhere

    def __len__(self) -> int:
        return len(self.first)

    @overload
    def __getitem__(self, at: int) -> Shipped: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Shipped]: ...
    def __getitem__(self, at: int | slice) -> Shipped | Sequence[Shipped]:
        if isinstance(at, slice):
            return [self[each] for each in range(len(self))[at]]
        place = range(len(self))[at]
        return Shipped(
            int(self.first[place]),
            int(self.prerelease[place]),
            bool(self.in_target[place]),
            self.picks.get(place, ()),
        )

    def select(self, places: NDArray[np.int64]) -> "Deliveries":
        """Those of some commits, in the order asked."""
        picks = {at: self.picks[place] for at, place in enumerate(places.tolist()) if place in self.picks}
        return Deliveries(self.first[places], self.prerelease[places], self.in_target[places], picks)


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """All that a scan asks the commit graph; kept on disk under a key that names its inputs."""

    releases: Sequence[str]  # names, oldest version first
    shas: Hashes  # the commits to search, newest first
    shipped: Deliveries  # of each of these
    warnings: Sequence[str] = ()

    def release(self, number: int) -> str | None:
        """The name of a release by its number."""
        return self.releases[number] if number >= 0 else None

    def select(self, places: NDArray[np.int64]) -> "Graph":
        """The same for some of the commits."""
        return replace(self, shas=self.shas.select(places), shipped=self.shipped.select(places))


def searched_commits(
    repository: Repository, *, since: str | None, tips: Sequence[str], paths: Sequence[str] = ()
) -> Hashes:
    """The non-merge commits between ``since`` (``None``: the roots) and the tips, newest first; those
    that change something in ``paths`` (git's pathspecs), where some are named."""
    # Without --full-history git leaves out what a merge did not take over.
    limits = ["--full-history", "--", *paths] if paths else []
    names = names_of(repository, ["rev-list", "--no-merges", "--stdin", *limits], [*tips, *_below(since)])
    return Hashes.read(names)


def read_graph(
    repository: Repository,
    searched: Hashes,
    *,
    since: str | None,
    tips: Sequence[str],
    target: str,
    releases: list[Release],
    warnings: Sequence[str] = (),
) -> Graph:
    """Walk from the tips, the target and all releases down to ``since``. ``warnings`` are those of
    ``check_ends``, kept with the answer."""
    starts = [*tips, target, *(release.commit for release in releases), *_below(since)]
    walk = read_walk(names_of(repository, ["rev-list", "--topo-order", "--parents", "--stdin"], starts))
    warnings = [*warnings, *_check_cut(repository, walk.shas)]
    final, early, in_target = label(walk, releases, target)
    shipped_picks: dict[int, set[int]] = {}
    picked_in_target = np.zeros(len(searched), dtype=np.bool_)
    for pick, originals in _find_picks(repository, walk, mainline=tips[0]).items():
        at = walk.shas.find(pick)
        for original in (searched.find(name) for name in originals):
            if at is None or original is None:
                continue
            if final[at] < NEVER:
                shipped_picks.setdefault(original, set()).add(final[at])
            picked_in_target[original] |= in_target[at]
    places = walk.shas.places_of(searched)
    first = np.array(final, dtype=np.int32)[places]
    before = np.array(early, dtype=np.int32)[places]
    return Graph(
        releases=[release.name for release in releases],
        shas=searched,
        shipped=Deliveries(
            first=np.where(first < NEVER, first, -1).astype(np.int32),
            prerelease=np.where(before < first, before, -1).astype(np.int32),
            in_target=np.array(in_target, dtype=np.bool_)[places] | picked_in_target,
            picks={at: _one_a_line(numbers, releases) for at, numbers in shipped_picks.items()},
        ),
        warnings=warnings,
    )


def check_ends(repository: Repository, since: str | None, target: str) -> list[str]:
    """Refuse a base and a target with no common past, or the wrong way round; the warnings otherwise."""
    if since is None or since == target:
        return []
    found = repository.try_run("merge-base", since, target)
    common = found.out.decode().strip()
    if not common:
        raise InputError(
            f"the base {since[:12]} and the target {target[:12]} have no common history",
            where=str(repository.path),
            hint="name a base that is a revision of this upstream",
        )
    if common == target:
        raise InputError(
            f"the target {target[:12]} is older than the base {since[:12]}",
            where=str(repository.path),
            hint="swap --base and --target",
        )
    if common != since:
        return [
            f"the base {since[:12]} is not an ancestor of the target: "
            f"upstream is searched from where they part, {common[:12]}"
        ]
    return []


def _check_cut(repository: Repository, walked: Hashes) -> list[str]:
    """Tell when a shallow clone hides which commits the releases have."""
    met = [sha for sha in sorted(repository.cut_commits()) if sha in walked]
    if not met:
        return []
    return [
        f"history is cut (a shallow clone) before {met[0][:12]}, which another branch or release has: "
        f"first releases may be missing or too late (git -C {repository.path} fetch --unshallow)"
    ]


def _below(since: str | None) -> list[str]:
    return [f"^{since}"] if since else []


def names_of(repository: Repository, command: list[str], starts: Sequence[str]) -> str:
    return repository.text(*command, stdin=("\n".join(starts) + "\n").encode())


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """Commits, children before parents, as numbers: with names as keys a walk needs a gigabyte."""

    shas: Hashes
    starts: "array[int]"  # of each commit, where in ``parents`` its own begin, and where the last ends
    parents: "array[int]"  # places in ``shas``; -1: not walked


def read_walk(text: str) -> Walk:
    """Read what ``git rev-list --parents`` says: on each line a commit and its parents."""
    names = Hashes.read(text)
    size = 2 * names.width + 1
    ends = np.frombuffer(f"{text}\n".encode(), dtype=np.uint8)[size - 1 :: size] == ord("\n")
    is_parent = np.ones(len(names), dtype=np.bool_)
    is_parent[1:] = ~ends[:-1]
    is_parent[:1] = False
    shas = names.select(np.flatnonzero(~is_parent))
    parents = shas.places_of(names.select(np.flatnonzero(is_parent)))
    starts = np.append(np.cumsum(is_parent)[~is_parent], len(parents))
    return Walk(shas, _numbers(starts), _numbers(parents))


def _numbers(values: NDArray[np.int64]) -> "array[int]":
    """Numbers to go through one by one: from numpy each would be an object of its own."""
    return array("i", values.astype(np.int32).tobytes())


def label(walk: Walk, releases: list[Release], target: str) -> tuple["array[int]", "array[int]", bytearray]:
    """First release, first pre-release, and whether the target has it, for every commit walked."""
    count = len(walk.shas) + 1  # one more, for parents that are not walked
    final, early, in_target = array("i", [NEVER]) * count, array("i", [NEVER]) * count, bytearray(count)
    for number in range(len(releases) - 1, -1, -1):
        at = walk.shas.find(releases[number].commit)
        if at is not None:
            (early if releases[number].prerelease else final)[at] = number
    at = walk.shas.find(target)
    if at is not None:
        in_target[at] = True
    begin = 0
    for child, end in enumerate(walk.starts[1:]):
        own_final, own_early, inside = final[child], early[child], in_target[child]
        for parent in walk.parents[begin:end]:
            if own_final < final[parent]:
                final[parent] = own_final
            if own_early < early[parent]:
                early[parent] = own_early
            if inside:
                in_target[parent] = True
        begin = end
    return final, early, in_target


def _find_picks(repository: Repository, walk: Walk, *, mainline: str) -> dict[str, list[str]]:
    """Commits beside the mainline that say they are picks, with what they were picked from."""
    beside = _not_in(walk, mainline)
    patterns = [f"--grep={pattern}" for pattern in _PICKED]
    names: list[str] = []
    for begin in range(0, len(beside), _AT_ONCE):
        names += names_of(
            repository,
            ["rev-list", "--no-walk=unsorted", "--no-merges", "-E", *patterns, "--stdin"],
            beside[begin : begin + _AT_ONCE],
        ).split()
    return {info.sha: only(info.ids, "picked") for info in read_commits(repository, names)}


def _not_in(walk: Walk, tip: str) -> Hashes:
    """The walked commits that are no ancestors of a tip. To ask git means that it walks all again,
    and to let it search messages there, that it keeps all of them."""
    inside = bytearray(len(walk.shas) + 1)
    at = walk.shas.find(tip)
    if at is not None:
        inside[at] = True
    for child in range(len(walk.shas)):
        if inside[child]:
            for parent in walk.parents[walk.starts[child] : walk.starts[child + 1]]:
                inside[parent] = True
    return walk.shas.select(np.flatnonzero(np.frombuffer(inside, dtype=np.uint8)[:-1] == 0))


def _one_a_line(numbers: set[int], releases: list[Release]) -> tuple[int, ...]:
    """The oldest release of each stable line."""
    lines: dict[str, int] = {}
    for number in sorted(numbers):
        lines.setdefault(releases[number].line, number)
    return tuple(sorted(lines.values()))
