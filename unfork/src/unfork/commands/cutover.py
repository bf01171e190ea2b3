"""``unfork cutover``: the decision, the signatures, and the old track put away."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from unfork.commands.planned import PlanRequest, day_of, join_scans, open_store
from unfork.commands.track_compare import (
    BothTracks,
    TrackCompareRequest,
    called,
    compare_both,
    items_by_id,
    read_both,
)
from unfork.cutting import decide_cutover, retire, retired_bytes, retired_of
from unfork.errors import InputError, UsageError
from unfork.files import write_atomically
from unfork.git import Repository
from unfork.git_write import write_tag
from unfork.model.compared import Comparison
from unfork.model.cutover import CutoverDecision, CutoverVerdict, LineState
from unfork.model.plan import Archive, Cutover, Gate, Plan, Signature
from unfork.model.track import TrackState
from unfork.planning import load_plan, mark_archived, ready_for, sign
from unfork.progress import Progress
from unfork.trackers import Registry, registry_of
from unfork.tracks import RECORD, load_track, place_of, save_track, tracks_root

FOLDER = "cutover"  # in the plan's: reports and lists of retired patches


@dataclass(frozen=True)
class CutoverRequest:
    """Which plan, and where the tracks of its projects are."""

    plan: Path
    repositories: Mapping[str, Path]  # by project; "" for a plan's only one
    store: str | None = None
    tracks: Path | None = None
    today: date | None = None
    cache_dir: Path | None = None
    registry: Registry = field(default_factory=registry_of)  # which links lead to a tracker


@dataclass(frozen=True, slots=True)
class CutoverAnswer:
    """The decision, and what it was made of."""

    decision: CutoverDecision
    compared: Mapping[str, Comparison]
    both: Mapping[str, BothTracks]


@dataclass(frozen=True, slots=True)
class Archived:
    """What is there when the old track was put away."""

    archive: Archive
    retired: int  # patches that must not come back
    again: bool  # it had been put away before


def run_cutover(request: CutoverRequest, progress: Progress) -> CutoverAnswer:
    """Lay the decision out. Nothing is written."""
    plan = load_plan(request.plan)
    cutover = plan.head.cutover or Cutover()
    today = day_of(PlanRequest(request.plan, today=request.today))
    both: dict[str, BothTracks] = {}
    compared: dict[str, Comparison] = {}
    with open_store(request.store) as store:
        joined = join_scans(store, plan, request.registry)
        if cutover.old and cutover.new:
            for project, asked in _asked(plan, cutover.old, cutover.new, request).items():
                both[project] = read_both(asked)
                tested = tuple(store.last_tested(plan.name, project, name) for name in (asked.old, asked.new))
                patches = (*both[project].carried.patches, *both[project].sources())
                items = items_by_id(plan, project, patches, joined.seen.get(project))
                compared[project] = compare_both(
                    plan, project, both[project], items, (tested[0], tested[1]), progress
                )
    decision = decide_cutover(joined, ready_for(joined, Gate.CUTOVER, today), compared, today)
    return CutoverAnswer(decision, compared, both)


def run_cutover_sign(
    request: CutoverRequest, *, by: str, reason: str | None, progress: Progress
) -> tuple[CutoverDecision, Signature]:
    """Write somebody's yes into the plan; ``InputError`` when it is not ready and no reason is given."""
    decision = run_cutover(request, progress).decision
    if not decision.commits:
        raise InputError(
            "there is nothing to sign: the two tracks are not known here",
            where=decision.folder,
            hint="cutover: {old: TRACK, new: TRACK} in plan.yaml; unfork track adopt, unfork track new",
        )
    if decision.verdict is not CutoverVerdict.READY and not (reason or "").strip():
        number = sum(each.state in (LineState.BLOCKS, LineState.UNKNOWN) for each in decision.lines)
        raise InputError(
            f"the cutover is {decision.verdict}: {number} of {len(decision.lines)} lines are against it",
            where=decision.folder,
            hint="unfork cutover lists them; --override REASON signs all the same",
        )
    signature = Signature(
        by=by,
        on=decision.today,
        commits=decision.commits,
        verdict=str(decision.verdict),
        reason=reason if decision.verdict is not CutoverVerdict.READY else None,
    )
    sign(load_plan(request.plan), signature)
    return decision, signature


def run_cutover_archive(
    request: CutoverRequest, render: Callable[[CutoverAnswer], bytes], progress: Progress
) -> Archived:
    """Put the old track away: report, list of its patches, tag, mark in the plan, state of the track.

    Each step is found to be done when it was, and the mark comes after what it speaks of; so a run that was
    killed anywhere is ended by the next one. ``render`` makes the report of an answer.
    """
    plan = load_plan(request.plan)
    cutover = plan.head.cutover or Cutover()
    if cutover.archived is not None:
        _finish(plan, cutover.archived, cutover.old or "", request)
        return Archived(cutover.archived, _count(plan), again=True)
    answer = run_cutover(request, progress)
    decision = answer.decision
    if not decision.agreed:
        missing = f"missing: {', '.join(decision.unsigned)}" if decision.unsigned else "nobody has signed"
        raise InputError(
            f"the cutover is not signed for what the new track is now ({missing})",
            where=decision.folder,
            hint="unfork cutover sign --by NAME",
        )
    folder = Path(plan.folder)
    lists = {
        project: retire(replace(each, name=called(each)) for each in both.gone())
        for project, both in answer.both.items()
    }
    archive = Archive(
        on=decision.today,
        tag=f"archive/{decision.old}",
        commits={project: both.old_commit for project, both in answer.both.items()},
        report=f"{FOLDER}/{decision.old}.md",
        retired=f"{FOLDER}/{decision.old}.retired.json",
    )
    try:
        (folder / FOLDER).mkdir(exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot write: {error.strerror}", where=str(folder / FOLDER)) from error
    write_atomically(folder / archive.report, render(answer))
    write_atomically(folder / archive.retired, retired_bytes(decision.old, lists))
    for project, both in answer.both.items():
        _tag(plan, both, archive, project, decision)
    mark_archived(plan, archive)
    _finish(plan, archive, decision.old, request)
    return Archived(archive, sum(map(len, lists.values())), again=False)


def _asked(plan: Plan, old: str, new: str, request: CutoverRequest) -> dict[str, TrackCompareRequest]:
    """Which tracks to compare, by project; without those of which one of the two is not known here."""
    projects = plan.head.projects
    unknown = [name for name in request.repositories if name and name not in projects]
    if unknown:
        raise UsageError(f"the plan has no project {unknown[0]!r}", hint=f"it has {', '.join(projects)}")
    root = tracks_root(request.tracks)
    asked = {}
    for project in [*projects] or [""]:
        path = _repository_of(plan, project, request)
        if path is None:
            continue
        repository = Repository(path)
        if all((place_of(root, repository, name) / RECORD).is_file() for name in (old, new)):
            asked[project] = TrackCompareRequest(
                path, old, new, request.plan, project=project or None, store=request.store,
                tracks=request.tracks, cache_dir=request.cache_dir,
            )  # fmt: skip
    return asked


def _repository_of(plan: Plan, project: str, request: CutoverRequest) -> Path | None:
    """As given; the one that is given without a project is that of the plan's only one; else the plan's."""
    projects = plan.head.projects
    given = request.repositories.get(project) or (request.repositories.get("") if len(projects) < 2 else None)
    if given is not None:
        return given
    named = projects[project].upstream if project in projects else None
    return Path(named) if named is not None and Path(named).is_dir() else None


def _tag(plan: Plan, both: BothTracks, archive: Archive, project: str, decision: CutoverDecision) -> None:
    signed = [each.signature for each in decision.signed if each.current]
    first = plan.head.people[signed[0].by]
    name, mail = first.name or signed[0].by, first.mail or f"{signed[0].by}@localhost"
    lines = [f"Track {decision.old} gave way to {decision.new}", ""]
    lines += [f"Signed by {each.by} on {each.on}: {each.verdict}" for each in signed]
    date = int(datetime(archive.on.year, archive.on.month, archive.on.day, 12, tzinfo=UTC).timestamp())
    write_tag(
        Path(both.old.repository), archive.tag, archive.commits[project],
        tagger=f"{_plain(name)} <{_plain(mail)}>", date=date, message="\n".join(lines),
    )  # fmt: skip


def _plain(text: str) -> str:
    """A name or an address without what ends it for git."""
    return "".join(char for char in text if char.isprintable() and char not in "<>").strip() or "unknown"


def _finish(plan: Plan, archive: Archive, old: str, request: CutoverRequest) -> None:
    """What comes after the mark: that the tracks are archived, where they are known."""
    root = tracks_root(request.tracks)
    for project in archive.commits:
        path = _repository_of(plan, project, request)
        folder = place_of(root, Repository(path), old) if path is not None else None
        if folder is not None and (folder / RECORD).is_file():
            track = load_track(folder)
            if track.state is not TrackState.ARCHIVED:
                save_track(folder, replace(track, state=TrackState.ARCHIVED))


def _count(plan: Plan) -> int:
    return sum(map(len, retired_of(plan).values()))
