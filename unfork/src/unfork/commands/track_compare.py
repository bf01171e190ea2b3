"""``unfork track compare``: the old track and the new one, by their checks and by their trees."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from unfork.checking import Tied, compare_checks
from unfork.commands.gate import as_it_is
from unfork.commands.planned import open_store
from unfork.commands.track_check import digests_of, project_of, rules_of
from unfork.errors import UsageError
from unfork.files import cache_root
from unfork.git import Repository
from unfork.model import Patch, Series
from unfork.model.compared import Comparison, ContentKind, TrackSide
from unfork.model.plan import Plan
from unfork.model.seen import SeenSeries
from unfork.model.tested import Tested
from unfork.model.track import FROM_TRAILER, PATCH_TRAILER, Track
from unfork.planning import has_plan, join, load_plan
from unfork.progress import Progress
from unfork.series import read_series
from unfork.surface import BroughtBy, Found, content_lost, lines_lost, read_surface
from unfork.tracks import ADOPTED, load_track, patches_spec, place_of, tracks_root

_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True)
class TrackCompareRequest:
    """Which two tracks of one repository."""

    repository: Path
    old: str
    new: str
    plan: Path
    project: str | None = None
    store: str | None = None
    tracks: Path | None = None
    cache_dir: Path | None = None


@dataclass(frozen=True, slots=True)
class BothTracks:
    """The two tracks as they are now."""

    repository: Repository
    old: Track
    new: Track
    old_commit: str
    new_commit: str
    carried: Series  # on the old track
    still: Series  # on the new one

    def sources(self) -> tuple[Patch, ...]:
        """What the new track carries, each under the name and id of the patch it was made from."""
        return tuple(
            replace(patch, name=made.get(FROM_TRAILER, patch.name), id=made.get(PATCH_TRAILER, patch.id))
            for patch in self.still.patches
            for made in [dict(patch.trailers)]
        )

    def still_ids(self) -> frozenset[str]:
        """Content ids of the old track's patches that the new one carries: as they are, or made from them."""
        sources = self.sources()
        ids = {patch.id for patch in (*sources, *self.still.patches)}
        names = {patch.name for patch in sources}
        return frozenset(each.id for each in self.carried.patches if each.id in ids or each.name in names)

    def gone(self) -> tuple[Patch, ...]:
        """The old track's patches that the new one does not carry."""
        still = self.still_ids()
        return tuple(each for each in self.carried.patches if each.id not in still)


def run_track_compare(request: TrackCompareRequest, progress: Progress) -> Comparison:
    """Compare two tracks; what the checks found is the store's."""
    if request.old == request.new:
        raise UsageError("these are one and the same track", hint="unfork track compare OLD NEW")
    plan = load_plan(request.plan) if has_plan(request.plan) else None
    project = project_of(plan, request.project) if plan is not None else ""
    both = read_both(request)
    if plan is None:
        return compare_both(None, project, both, {}, (None, None), progress)
    with open_store(request.store) as store:
        seen = store.last_scans(plan.name, [project])
        tested = tuple(store.last_tested(plan.name, project, name) for name in (request.old, request.new))
    items = items_by_id(plan, project, (*both.carried.patches, *both.sources()), seen.get(project))
    return compare_both(plan, project, both, items, (tested[0], tested[1]), progress)


def read_both(request: TrackCompareRequest) -> BothTracks:
    """Both tracks with what they carry."""
    repository = Repository(request.repository)
    root = tracks_root(request.tracks)
    old, new = (load_track(place_of(root, repository, name)) for name in (request.old, request.new))
    cache = cache_root(request.cache_dir)
    commits = [repository.resolve(each.branch) for each in (old, new)]
    carried, still = (
        _carried(repository, each, commit, cache) for each, commit in zip((old, new), commits, strict=True)
    )
    return BothTracks(repository, old, new, commits[0], commits[1], carried, still)


def _carried(repository: Repository, track: Track, commit: str, cache: Path) -> Series:
    """The patches of a track; none is what all of this is for."""
    spec = patches_spec(track)
    is_range = track.run != ADOPTED or track.carrier == "range"
    if is_range and repository.text("rev-list", "--count", "--no-merges", f"{track.target}..{commit}") == "0":
        return Series("range", spec, ())
    return read_series(spec, carrier="range" if is_range else track.carrier or None, cache_dir=cache)


def items_by_id(
    plan: Plan, project: str, patches: Sequence[Patch], seen: SeenSeries | None
) -> dict[str, tuple[str, ...]]:
    """The items that name each patch, by the patch's content id."""
    joined = join(plan, {project: as_it_is(project, patches, seen)})
    found: dict[str, tuple[str, ...]] = {}
    for item, carried in joined.carried.items():
        if plan.items[item].project == project:
            for patch in carried:
                found[patch.id] = (*found.get(patch.id, ()), item)
    return found


def compare_both(
    plan: Plan | None,
    project: str,
    both: BothTracks,
    items: Mapping[str, tuple[str, ...]],
    tested: tuple[Tested | None, Tested | None],
    progress: Progress,
) -> Comparison:
    """Both tracks by what they are now, and by what was ``tested`` on the old one and the new one."""
    # As people are to read their names: join and forbid go by content.
    patches = [replace(each, name=called(each)) for each in both.carried.patches]
    brought = BroughtBy(patches, items)
    surfaces = []
    progress.start("reading trees", 3)
    try:
        for commit in (both.old_commit, both.new_commit, both.old.base):
            surfaces.append(read_surface(both.repository, commit))
            progress.advance()
    finally:
        progress.finish()
    before, after, base = surfaces
    old, new = tested
    after_rules = rules_of(plan, both.new.name, project) if plan else {}
    before_rules = rules_of(plan, both.old.name, project) if plan else {}
    rules = {name: rule for name, rule in before_rules.items() if name in after_rules}
    ties = Tied(patches, items, both.still_ids())
    return Comparison(
        project=project,
        old=_side(both.old, both.old_commit, old, both.carried),
        new=_side(both.new, both.new_commit, new, both.still),
        checks=compare_checks(rules, digests_of(rules), old, new, ties.of),
        content=content_lost(before, after, base, brought),
        offered={kind: (_count(before, kind), _count(after, kind)) for kind in ContentKind},
        lines=lines_lost(brought, *_lines_of(both)),
        still=tuple((called(patch), items.get(patch.id, ())) for patch in both.sources()),
        warnings=tuple(_warnings(both, old, new)),
    )


def called(patch: Patch) -> str:
    """A file's name; of a commit the beginning of its hash and its subject."""
    return f"{patch.name[:10]} {patch.subject}" if _HASH.fullmatch(patch.name) else patch.name


def _side(track: Track, commit: str, tested: Tested | None, series: Series) -> TrackSide:
    return TrackSide(
        track.name,
        commit,
        tested.commit if tested is not None else None,
        tested.dirty if tested is not None else False,
        len(series.patches),
    )


def _count(found: Iterable[Found], kind: ContentKind) -> int:
    return sum(each.kind is kind for each in found)


def _lines_of(both: BothTracks) -> tuple[dict[str, frozenset[bytes]], list[str]]:
    """The lines of the new tree's files that have the name of one a patch changes, by that name."""
    tree = both.repository.tree(both.new_commit)
    wanted = {change.path.rpartition("/")[2] for patch in both.carried.patches for change in patch.files}
    paths = [path for path in tree if path.rpartition("/")[2] in wanted and tree[path].mode != "160000"]
    lines: dict[str, set[bytes]] = {}
    for path, data in zip(paths, both.repository.blobs([tree[path].sha for path in paths]), strict=True):
        if data is not None:
            lines.setdefault(path.rpartition("/")[2], set()).update(map(bytes.strip, data.splitlines()))
    return {name: frozenset(each) for name, each in lines.items()}, [*tree]


def _warnings(both: BothTracks, old: Tested | None, new: Tested | None) -> Iterable[str]:
    for track, commit, tested in ((both.old, both.old_commit, old), (both.new, both.new_commit, new)):
        if tested is None:
            continue
        if tested.commit != commit:
            yield (
                f"{track.name} was tested at {tested.commit[:10]}, and is at {commit[:10]}: "
                f"unfork track check {track.name}"
            )
        if tested.dirty:
            yield f"{track.name} was tested with changes in its worktree that are in no commit"
    unread = [patch.name for patch in both.carried.patches if patch.error]
    if unread:
        yield f"of the old track's patches {len(unread)} could not be read, {unread[0]} is the first"
