"""``unfork track check``: runs a track's checks, and leaves what each found for the store."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from unfork import __version__
from unfork.checking import Interrupted, Place, Running, begin, clean_up, digest_of, done, run_check
from unfork.errors import InputError, UsageError
from unfork.files import one_writer
from unfork.git import Repository
from unfork.model.plan import Plan, TrackCheck
from unfork.model.tested import CheckRun, Tested
from unfork.model.track import TrackState
from unfork.planning import load_plan, nearest
from unfork.progress import Progress
from unfork.store import TESTED_FORMAT, CheckRecord, leave_tested, store_address
from unfork.tracks import checked_out, load_track, place_of, tracks_root


@dataclass(frozen=True)
class TrackCheckRequest:
    """Which checks of which track."""

    plan: Path
    repository: Path
    track: str
    checks: tuple[str, ...] = ()  # none: all that the plan declares for this track
    project: str | None = None
    store: str | None = None
    tracks: Path | None = None
    repeat: int | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """What was run, and what was found to be left of a run before."""

    tested: Tested
    interrupted: Interrupted | None


def run_track_check(request: TrackCheckRequest, progress: Progress) -> Checked:
    """Run the checks, one after the other; each is recorded when it ends."""
    plan = load_plan(request.plan)
    project = project_of(plan, request.project)
    wanted = _wanted(plan, request)
    repository = Repository(request.repository)
    folder = place_of(tracks_root(request.tracks), repository, request.track)
    track = load_track(folder)
    if track.state in (TrackState.RUNNING, TrackState.STOPPED, TrackState.UNDOING):
        raise InputError(
            f"track {track.name} is {track.state}", hint="unfork track continue, or abort, and then check it"
        )
    commit = Repository(Path(track.repository)).resolve(track.branch)
    worktree, dirty = checked_out(track, commit)
    address = store_address(request.store)
    runs: list[CheckRun] = []
    with one_writer(folder, "checks", wait=False):
        place = Place(track.name, worktree, commit, folder / "checks")
        place.folder.mkdir(exist_ok=True)
        interrupted = clean_up(place.folder)
        for name, rule in wanted.items():
            run = uuid.uuid4().hex
            began = time.time()
            begin(place.folder, Running(run, name, began))
            found = run_check(name, rule, place, run, progress)
            leave_tested(
                address,
                CheckRecord(
                    TESTED_FORMAT, run, began, __version__, plan.name, project, track.name,
                    track.repository, commit, dirty, found,
                ),
            )  # fmt: skip
            done(place.folder)
            runs.append(found)
    return Checked(Tested(track.name, commit, dirty, tuple(runs)), interrupted)


def project_of(plan: Plan, given: str | None) -> str:
    """The project a track is of: that given, else the plan's only one; none of a plan without projects."""
    projects = plan.head.projects
    if given is not None:
        if given not in projects:
            raise UsageError(f"the plan has no project {given!r}", hint=nearest(given, projects))
        return given
    if len(projects) > 1:
        raise UsageError("whose track is it?", hint=f"--project, one of {', '.join(projects)}")
    return next(iter(projects), "")


def rules_of(plan: Plan, track: str, project: str) -> dict[str, TrackCheck]:
    """The checks that are declared for a track."""
    return {
        name: rule
        for name, rule in plan.head.checks.items()
        if track in (rule.only or (track,)) and project in (rule.projects or (project,))
    }


def _wanted(plan: Plan, request: TrackCheckRequest) -> dict[str, TrackCheck]:
    rules = rules_of(plan, request.track, project_of(plan, request.project))
    if not rules:
        raise UsageError(
            f"the plan declares no check for track {request.track}",
            hint=f"checks: in {request.plan}/plan.yaml, see docs/checks.md",
        )
    names: Sequence[str] = request.checks or (*rules,)
    for name in names:
        if name not in rules:
            raise UsageError(f"there is no check {name!r} for this track", hint=nearest(name, rules))
    chosen = {name: rules[name] for name in names}
    if request.repeat is not None:
        chosen = {name: msgspec.structs.replace(rule, repeat=request.repeat) for name, rule in chosen.items()}
    return chosen


def digests_of(rules: dict[str, TrackCheck]) -> dict[str, str]:
    """How each check is declared, as ``CheckRun.rule`` has it."""
    return {name: digest_of(rule) for name, rule in rules.items()}
