"""``unfork track``: a series carried to a target on a branch of its own."""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from unfork.commands.scan import ScanRequest, scan_with_sources
from unfork.commands.track_items import items_of
from unfork.errors import InputError, UsageError
from unfork.files import cache_root
from unfork.git import Repository
from unfork.git_branch import TrackWriter
from unfork.history import open_upstream, without_secret
from unfork.model import Advice, Patch, Scan, Series
from unfork.model.carrying import TrackStatus
from unfork.model.track import Track, TrackState
from unfork.progress import Progress, Silent
from unfork.series import read_series
from unfork.tracks import (
    RESOLUTIONS,
    Pick,
    Work,
    begin,
    find_tracks,
    go_on,
    place_of,
    status,
    tracks_root,
    undo,
)
from unfork.upstream_spec import snapshot_spec


@dataclass(frozen=True, slots=True)
class Place:
    """Which track."""

    repository: str  # a path, or the address of an upstream that is cloned
    tracks: Path | None = None  # the folder of all tracks; None: the usual one
    cache_dir: Path | None = None


def only_repository(tracks: Path | None, name: str | None) -> str | None:
    """The repository that has a track of this name (or any track); ``None``: no repository has.

    Raises ``InputError`` when several have.
    """
    found = find_tracks(tracks_root(tracks))
    places = sorted({track.repository for track in found if name in (None, track.name)})
    if len(places) > 1:
        raise InputError(
            f"{len(places)} repositories have {f'a track {name!r}' if name else 'tracks'}",
            hint=f"--repository says which: {', '.join(places[:3])}",
        )
    return places[0] if places else None


@dataclass(frozen=True, slots=True)
class NewTrack:
    """What a new track needs to know beside a scan."""

    name: str
    carry_all: bool = False  # every patch, without a look at what is upstream
    diverged: bool = False  # the target need not contain the base


def run_track_new(
    request: ScanRequest, place: Place, new: NewTrack, *, progress: Progress | None = None
) -> TrackStatus:
    """Make the track and carry the series, to its end or the first conflict."""
    progress = progress or Silent()
    if not request.series or not request.upstream:
        raise UsageError("a track needs a series and an upstream", hint="give --series and --upstream")
    if request.target is None:
        raise UsageError("a track needs a target", hint="give --target, the upstream revision to reach")
    repository, folder = _open(place, new.name, progress)
    target = repository.resolve(request.target)
    if request.base is not None:  # before the scan, which may take its time
        _check_ends(repository, request.base, target, request.target, new)
    series, picks = _picks(request, new, progress)
    items = items_of(request.plan, request.project, series.patches)
    picks = [replace(pick, item=items.get(pick.patch.id)) for pick in picks]
    base_name = request.base or series.base
    if base_name is None:
        raise UsageError(
            "a track needs the revision the series was made on", hint="give --base, or set it in unfork.toml"
        )
    base = repository.resolve(base_name)
    warnings = [*_check_ends(repository, base_name, target, request.target, new), *series.warnings]
    worktree = folder / "tree"
    now = int(time.time())
    work = Work(
        run=secrets.token_hex(8),
        base=base,
        target=target,
        committer=TrackWriter(repository, new.name, worktree).committer(),
        date=now,
        picks=tuple(picks),
        resolutions=str((request.plan / RESOLUTIONS).absolute()) if request.plan else None,
    )
    track = Track(
        name=new.name,
        repository=str(repository.path.absolute()),
        branch=f"refs/heads/track/{new.name}",
        worktree=str(worktree),
        series=series.location,
        carrier=series.carrier,
        upstream=without_secret(request.upstream),
        base=base,
        base_name=base_name,
        target=target,
        target_name=request.target,
        made_on=datetime.fromtimestamp(now, tz=UTC).date(),
        state=TrackState.RUNNING,
        run=work.run,
        tip=target,
    )
    carried = begin(folder, repository, track, work, progress=progress)
    return _warned(carried, warnings)


def run_track_continue(
    place: Place, name: str, *, skip: bool = False, progress: Progress | None = None
) -> TrackStatus:
    """Take what a person resolved, and go on."""
    progress = progress or Silent()
    repository, folder = _open(place, name, progress)
    return go_on(folder, repository, skip=skip, progress=progress)


def run_track_abort(place: Place, name: str) -> str | None:
    """Undo a track; the ref that keeps what a person had made, if anything."""
    repository, folder = _open(place, name, Silent())
    return undo(folder, repository)


def run_track_status(place: Place, name: str) -> TrackStatus:
    """How far a track is."""
    _, folder = _open(place, name, Silent())
    return status(folder)


def run_track_list(place: Place) -> tuple[Track, ...]:
    """The tracks of a repository."""
    repository = _repository(place, Silent())
    return find_tracks(tracks_root(place.tracks), repository)


def _repository(place: Place, progress: Progress) -> Repository:
    if snapshot_spec(place.repository) is not None:
        raise InputError(
            "a track needs a repository, this is a release without history",
            where=place.repository,
            hint="name a clone with --repository",
        )
    repository = open_upstream(place.repository, cache_root(place.cache_dir), progress)
    _ = repository.git_dir
    return repository


def _open(place: Place, name: str, progress: Progress) -> tuple[Repository, Path]:
    repository = _repository(place, progress)
    return repository, place_of(tracks_root(place.tracks), repository, name)


def _picks(request: ScanRequest, new: NewTrack, progress: Progress) -> tuple[Series, list[Pick]]:
    if new.carry_all:
        series = read_series(request.series, carrier=request.carrier, cache_dir=cache_root(request.cache_dir))
        return series, [Pick(patch, "carry", "unknown", drop=False) for patch in series.patches]
    scanned = scan_with_sources(request, progress=progress)
    return scanned.series, picks_of(scanned.series.patches, scanned.scan)


def picks_of(patches: Sequence[Patch], scan: Scan) -> list[Pick]:
    """What a scan says is to become of each patch."""
    elsewhere = {each.upstream for each in scan.also}
    return [
        Pick(
            patch,
            str(verdict.advice),
            str(verdict.relation),
            drop=verdict.advice is Advice.DROP,
            trims=verdict.advice is Advice.TRIM,
            upstream=tuple(each.sha for each in verdict.commits if each.repo not in elsewhere),
        )
        for patch, verdict in zip(patches, scan.patches, strict=True)
    ]


def _check_ends(
    repository: Repository, base_name: str, target: str, target_name: str, new: NewTrack
) -> list[str]:
    """Refuse a target that does not contain the base, unless that is meant; the warnings otherwise."""
    base = repository.resolve(base_name)
    if repository.is_ancestor(base, target):
        return []
    where = str(repository.path)
    found = repository.try_run("merge-base", base, target)
    if found.code:
        raise InputError(f"{base_name} and {target_name} have no common history", where=where)
    if repository.is_ancestor(target, base):
        raise InputError(
            f"the target {target_name} is older than the base {base_name}",
            where=where,
            hint="swap --base and --target",
        )
    count = repository.text("rev-list", "--count", "--no-merges", f"{target}..{base}")
    said = f"the target {target_name} does not contain the base {base_name}: it lacks {count} commits of it"
    if not new.diverged:
        raise InputError(
            said,
            where=where,
            hint="--diverged carries the series all the same, as between two release branches",
        )
    return [said]


def _warned(carried: TrackStatus, warnings: list[str]) -> TrackStatus:
    return replace(carried, warnings=(*warnings, *carried.warnings))
