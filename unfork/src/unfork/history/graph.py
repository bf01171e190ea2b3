"""Which commits are searched, in which release each first shipped, and where it was picked to.

One walk over the commit graph answers for all commits: labels go from each release tag down to
its ancestors, children before parents, and the oldest release wins.
"""

import bisect
from collections.abc import Sequence

import msgspec

from unfork.errors import InputError
from unfork.git import Repository
from unfork.history.commits import read_commits
from unfork.history.identifiers import only
from unfork.history.tags import Release

_NEVER = 1 << 30
# What stable branches write into a pick's message; git's own --grep is a first, coarse sieve.
_PICKED = ("cherry picked from", "^commit [0-9a-f]{40} upstream", "Upstream commit [0-9a-f]{40}")


class Shipped(msgspec.Struct, frozen=True, array_like=True):
    """Where one searched commit can be had."""

    first: int = -1  # number of its first release; -1: in none yet
    prerelease: int = -1  # number of its first pre-release, where that came before
    in_target: bool = False  # it, or a pick of it, is an ancestor of the target
    picks: tuple[int, ...] = ()  # first release of each stable line that got a pick of it


class Graph(msgspec.Struct, frozen=True):
    """All that a scan asks the commit graph; kept on disk under a key that names its inputs."""

    releases: list[str]  # names, oldest version first
    shas: list[str]  # the commits to search, newest first
    shipped: list[Shipped]  # one for each of these
    warnings: list[str] = []

    def release(self, number: int) -> str | None:
        """The name of a release by its number."""
        return self.releases[number] if number >= 0 else None


def searched_commits(repository: Repository, *, since: str | None, tips: Sequence[str]) -> list[str]:
    """The non-merge commits between ``since`` (``None``: the roots) and the tips, newest first."""
    return _names(repository, ["rev-list", "--no-merges", "--stdin"], [*tips, *_below(since)])


def read_graph(
    repository: Repository,
    searched: list[str],
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
    walk = _names(repository, ["rev-list", "--topo-order", "--parents", "--stdin"], starts)
    warnings = [*warnings, *_check_cut(repository, walk)]
    final, early, in_target = _label(walk, releases, target)
    ordered = sorted(searched)
    shipped_picks: dict[str, set[int]] = {}
    picked_in_target: set[str] = set()
    for pick, originals in _find_picks(repository, starts, mainline=tips[0]).items():
        for original in _full_hashes(originals, ordered):
            if pick in final:
                shipped_picks.setdefault(original, set()).add(final[pick])
            if pick in in_target:
                picked_in_target.add(original)

    def one(sha: str) -> Shipped:
        first, before = final.get(sha, _NEVER), early.get(sha, _NEVER)
        return Shipped(
            first=first if first < _NEVER else -1,
            prerelease=before if before < min(first, _NEVER) else -1,
            in_target=sha in in_target or sha in picked_in_target,
            picks=_one_a_line(shipped_picks.get(sha, set()), releases),
        )

    return Graph(
        releases=[release.name for release in releases],
        shas=searched,
        shipped=[one(sha) for sha in searched],
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


def _check_cut(repository: Repository, walk: list[str]) -> list[str]:
    """Tell when a shallow clone hides which commits the releases have."""
    cut = repository.cut_commits()
    met = [sha for sha in (line.partition(" ")[0] for line in walk) if sha in cut] if cut else []
    if not met:
        return []
    return [
        f"history is cut (a shallow clone) before {met[0][:12]}, which another branch or release has: "
        f"first releases may be missing or too late (git -C {repository.path} fetch --unshallow)"
    ]


def _below(since: str | None) -> list[str]:
    return [f"^{since}"] if since else []


def _names(repository: Repository, command: list[str], starts: Sequence[str]) -> list[str]:
    return repository.text(*command, stdin=("\n".join(starts) + "\n").encode()).splitlines()


def _label(
    walk: list[str], releases: list[Release], target: str
) -> tuple[dict[str, int], dict[str, int], set[str]]:
    """First release, first pre-release, and whether the target has it, for every commit walked."""
    final: dict[str, int] = {}
    early: dict[str, int] = {}
    for number in range(len(releases) - 1, -1, -1):
        (early if releases[number].prerelease else final)[releases[number].commit] = number
    in_target = {target}
    for line in walk:
        sha, *parents = line.split(" ")
        own_final, own_early = final.get(sha, _NEVER), early.get(sha, _NEVER)
        inside = sha in in_target
        for parent in parents:
            if own_final < final.get(parent, _NEVER):
                final[parent] = own_final
            if own_early < early.get(parent, _NEVER):
                early[parent] = own_early
            if inside:
                in_target.add(parent)
    return final, early, in_target


def _find_picks(repository: Repository, starts: Sequence[str], *, mainline: str) -> dict[str, list[str]]:
    """Commits beside the mainline that say they are picks, with what they were picked from."""
    patterns = [f"--grep={pattern}" for pattern in _PICKED]
    names = _names(
        repository, ["rev-list", "--no-merges", "-E", *patterns, "--stdin"], [*starts, f"^{mainline}"]
    )
    return {info.sha: only(info.ids, "picked") for info in read_commits(repository, names)}


def _full_hashes(names: Sequence[str], ordered: Sequence[str]) -> list[str]:
    """The commits among ``ordered`` (sorted) that hashes name, abbreviated ones too."""
    places = [bisect.bisect_left(ordered, name) for name in names]
    pairs = zip(names, places, strict=True)
    return [ordered[at] for name, at in pairs if at < len(ordered) and ordered[at].startswith(name)]


def _one_a_line(numbers: set[int], releases: list[Release]) -> tuple[int, ...]:
    """The oldest release of each stable line."""
    lines: dict[str, int] = {}
    for number in sorted(numbers):
        lines.setdefault(releases[number].line, number)
    return tuple(sorted(lines.values()))
