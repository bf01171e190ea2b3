"""``unfork gate``: the plan's check for CI, with the series as it is now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from unfork.commands.planned import PlanRequest, day_of, joined_in, open_store, record
from unfork.cutting import find_returned, retired_of
from unfork.deciding import spelled
from unfork.errors import UsageError
from unfork.files import cache_root
from unfork.model import Advice, Patch, Relation, State
from unfork.model.finding import Check
from unfork.model.plan import Plan
from unfork.model.seen import SeenPatch, SeenSeries
from unfork.planning import check_joined, load_plan, only_new
from unfork.series import read_series
from unfork.trackers import Registry, registry_of

_NOT_KNOWN = "not scanned"


@dataclass(frozen=True)
class GateRequest:
    """What is gated: one series by name, or all that the plan's projects name."""

    folder: Path
    store: str | None = None
    today: date | None = None
    series: str | None = None
    project: str | None = None  # whose series it is; None: the plan's only project
    carrier: str | None = None
    against: str | None = None  # the series as it was: only what is new since then counts
    cache_dir: Path | None = None
    registry: Registry = field(default_factory=registry_of)


def run_gate(request: GateRequest) -> Check:
    """Check the plan with each series as it is now; what scans know of its patches is joined by content."""
    plan = load_plan(request.folder)
    cache = cache_root(request.cache_dir)
    series = _series(request, plan)
    base = PlanRequest(request.folder, request.store, request.today)
    with open_store(request.store) as store:
        seen = store.last_scans(plan.name, plan.head.projects)
        returned = {}
        retired = retired_of(plan)
        for project, spec in series.items():
            patches = read_series(spec, carrier=request.carrier, cache_dir=cache).patches
            seen[project] = as_it_is(project, patches, seen.get(project))
            returned[project] = find_returned(retired.get(project, ()), patches)
        joined = joined_in(store, plan, seen, request.registry, returned)
        check = check_joined(joined, day_of(base))
        if request.against is not None:
            (project,) = series
            old = read_series(request.against, carrier=request.carrier, cache_dir=cache).patches
            return only_new(check, joined, {project: {patch.id for patch in old}})
        record(store, joined, check, base)
    return check


def _series(request: GateRequest, plan: Plan) -> Mapping[str, str]:
    """Which series are read, by project."""
    projects = plan.head.projects
    if request.project is not None and request.project not in projects:
        raise UsageError(
            f"the plan has no project {request.project!r}", hint=f"it has {', '.join(projects) or 'none'}"
        )
    if request.series is not None:
        if request.project is None and len(projects) != 1:
            raise UsageError("whose series is it?", hint=f"--project, one of {', '.join(projects)}")
        return {request.project or next(iter(projects)): request.series}
    named = {
        name: each.series
        for name, each in projects.items()
        if each.series is not None and request.project in (None, name)
    }
    if not named:
        raise UsageError("no series to look at", hint="--series SERIES, or series: in the plan's projects")
    if request.against is not None and len(named) > 1:
        raise UsageError("--against is about one series", hint=f"--project, one of {', '.join(named)}")
    return named


def as_it_is(project: str, patches: Sequence[Patch], seen: SeenSeries | None) -> SeenSeries:
    """The series now, with what the last scan said of each patch of the same content."""
    known = {patch.id: patch for patch in seen.patches} if seen is not None else {}
    now = tuple(
        replace(known[patch.id], name=spelled(patch.name)) if patch.id in known else _unscanned(patch)
        for patch in patches
    )
    return SeenSeries(
        project=project,
        run=seen.run if seen is not None else "",
        at=seen.at if seen is not None else datetime.now(UTC),
        target=seen.target if seen is not None else _NOT_KNOWN,
        patches=now,
        retired=seen.retired if seen is not None else frozenset(),
    )


def _unscanned(patch: Patch) -> SeenPatch:
    return SeenPatch(
        name=spelled(patch.name),
        id=patch.id,
        subject=patch.subject,
        relation=Relation.UNKNOWN,
        state=State.UNKNOWN,
        advice=Advice.DECIDE,
        advice_release=None,
        first_release=None,
        commits=(),
        confidence=0.0,
        lines=patch.changed_lines,
    )
