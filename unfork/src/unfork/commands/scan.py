"""``unfork scan``: what became of every patch of a series."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from unfork.advice import advise
from unfork.applying import Placing
from unfork.commands.narrowed import with_unsearched
from unfork.commands.rows import verdict_row
from unfork.commands.ruled import fingerprint, match_with_decisions, read_rulings
from unfork.commands.upstreams import open_others, with_others
from unfork.deciding import overrule
from unfork.errors import InputError, UsageError
from unfork.files import cache_root
from unfork.git import Repository
from unfork.history import History, Range, open_history, open_upstream, stale, store_of, without_secret
from unfork.matching import Delivery, Models, default_models, delivery_of, remembered
from unfork.model import Evidence, Match, Patch, Placement, Scan, Searched, Series, State, Verdict
from unfork.model.decision import Ruling
from unfork.progress import Progress, Silent
from unfork.series import read_series
from unfork.together import judge_together
from unfork.upstream_spec import snapshot_spec

if TYPE_CHECKING:
    from unfork.commands.snapshot import SnapshotRequest


@dataclass(frozen=True)
class ScanRequest:
    """What a scan needs to know."""

    series: str
    upstream: str
    base: str | None
    target: str | None
    carrier: str | None = None
    release_pattern: str | None = None
    cache_dir: Path | None = None
    since: str | None = None  # search upstream from here; None: from the base
    plan: Path | None = None  # folder with what people decided; None: nobody decided anything
    project: str | None = None  # which of the plan's projects this is, for the record
    store: str | None = None  # where it is recorded; None: where the surroundings say
    suggest: bool = False  # also rank what could replace a patch: seconds more when first asked
    specs: str | None = None  # a repository with the upstream's specifications, where they have one
    also: tuple[str, ...] = ()  # further repositories to search, REPO or REPO@REV..REV
    paths: tuple[str, ...] = ()  # git's pathspecs: search only what changes these paths of the upstream


@dataclass(frozen=True, slots=True, eq=False)
class Scanned:
    """A scan with what it was made from: what ``show`` goes on with."""

    scan: Scan
    series: Series
    history: History


def run_scan(request: ScanRequest, *, progress: Progress | None = None) -> Scan:
    """Judge every patch of the series against the upstream."""
    snapshot = as_snapshot(request)
    if snapshot is not None:
        from unfork.commands.snapshot import scan_snapshot  # with all it imports: only when asked for

        return scan_snapshot(snapshot, progress or Silent()).scan
    return scan_with_sources(request, progress=progress).scan


def as_snapshot(request: ScanRequest) -> "SnapshotRequest | None":
    """What to ask where the upstream is one tree; ``None``: it has a history."""
    spec = snapshot_spec(request.upstream) if request.upstream else None
    if spec is None:
        return None
    from unfork.commands.snapshot import SnapshotRequest

    wants = {
        "--since": request.since,
        "--suggest": request.suggest,
        "--specs": request.specs,
        "--also": request.also,
    }
    return SnapshotRequest(
        upstream=spec,
        series=request.series,
        base=request.base,
        target=request.target,
        carrier=request.carrier,
        cache_dir=request.cache_dir,
        plan=request.plan,
        unused=tuple(option for option, value in wants.items() if value),
    )


def scan_with_sources(request: ScanRequest, *, progress: Progress | None = None) -> Scanned:
    """``run_scan``, where upstream has a history, and the series and history it read."""
    progress = progress or Silent()
    if not request.series or not request.upstream:
        raise UsageError(
            "a scan needs a series and an upstream", hint="give --series and --upstream, or unfork init"
        )
    cache = cache_root(request.cache_dir)
    repository = open_upstream(request.upstream, cache, progress)
    upstream = without_secret(request.upstream)
    series = read_series(request.series, carrier=request.carrier, cache_dir=cache)
    base = _base(request, series, repository)
    head = _head(repository)
    target_name = request.target or "HEAD"
    target = repository.resolve(target_name)
    since = repository.resolve(request.since) if request.since else base
    models = default_models()
    others = open_others(request.also, repository, since, cache=cache, progress=progress)
    repositories = [repository, *(each.repository for each in others)]
    rulings = read_rulings(request.plan, series.patches, repositories)
    store = store_of(repository, cache)
    lender = Repository(Path(series.base_repository)) if series.base_repository else None
    with Placing(repository, target, series.patches, cache=store, series_repository=lender) as placing:
        wanted = Range(since, (head,) if head else (), target, request.paths)
        with ThreadPoolExecutor(max_workers=1) as beside:
            # What does not need the matcher's answer is asked beside the index's long work; it is kept, so
            # that the second call asks only what the claimed commits add.
            early: list[Future[object]] = []
            history = open_history(
                repository,
                wanted,
                name=upstream,
                cache=cache,
                progress=progress,
                release_pattern=request.release_pattern,
                checked=lambda: early.append(beside.submit(placing.place)),
            )
            history = with_others(history, others, cache=cache, progress=progress)
            for each in early:
                each.result()
        answers = remembered(
            history,
            series.patches,
            store,
            lambda: match_with_decisions(history, series.patches, models, rulings, target),
            decided=fingerprint(rulings),
        )
        taken_by = {
            patch.id: own
            for patch, match in zip(series.patches, answers.matches, strict=True)
            if (own := [each.sha for each in match.commits if not history.source_of(each.sha).is_other])
        }
        placements = placing.place(taken_by)
    warnings = [
        *series.warnings,
        *(text for each in repositories for text in stale(each)),
        *history.warnings,
    ]
    if base is None:
        warnings.append(
            "no base was given: all of the upstream's history is searched (--base or --path keeps it small)"
        )
    verdicts = [
        _verdict(history, models, target, *parts)
        for parts in zip(series.patches, answers.matches, placements, rulings, strict=True)
    ]
    bounds = models.series
    verdicts = judge_together(verdicts, answers.household, rulings, same=bounds.same, whole=bounds.whole)
    verdicts, narrowed = with_unsearched(verdicts, series.patches, repository, request.paths)
    warnings += narrowed
    if request.suggest or request.specs:
        from unfork.commands.suggested import with_suggestions  # its libraries only when asked for

        verdicts, unread = with_suggestions(
            verdicts,
            series.patches,
            rulings,
            history,
            specs=open_upstream(request.specs, cache, progress) if request.specs else None,
            store=store,
            progress=progress,
        )
        warnings += unread
    scan = Scan(
        series=series.location,
        carrier=series.carrier,
        upstream=upstream,
        base=base or "",
        target=target,
        base_name=request.base or (base or "")[:12],
        target_name=target_name,
        also=tuple(
            Searched(source.name, source.wanted.target, len(source.graph.shas))
            for source in history.sources
            if source.is_other
        ),
        commits_searched=len(history.searched),
        patches=tuple(verdicts),
        warnings=tuple(warnings),
        groups=answers.household.groups,
        joints=answers.household.joints,
    )
    return Scanned(scan, series, history)


def _base(request: ScanRequest, series: Series, repository: Repository) -> str | None:
    """The base named, or the one a git range knows, where upstream has that commit."""
    if request.base:
        return repository.resolve(request.base)
    if series.base:
        try:
            return repository.resolve(series.base)
        except InputError as error:
            raise UsageError(
                f"the series' base {series.base[:12]} is not a commit of the upstream",
                hint="name the upstream revision it was made on with --base",
            ) from error
    return None


def _head(repository: Repository) -> str | None:
    """The tip of the upstream's main branch; ``None`` for a repository whose HEAD names no commit."""
    found = repository.try_run("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    return found.out.decode().strip() if found.code == 0 else None


def _verdict(
    history: History,
    models: Models,
    target: str,
    patch: Patch,
    match: Match,
    placement: Placement,
    ruling: Ruling,
) -> Verdict:
    found = [delivery_of(history, commit.sha, target) for commit in match.commits]
    elsewhere = list(dict.fromkeys(each.source.name for each in found if each.source.is_other))
    suggested = advise(
        match,
        placement,
        in_target=all(each.in_target for each in found),
        elsewhere=bool(elsewhere),
        ask=models.same.ask,
    )
    first_release = _first_release(found)
    advice, said = overrule(suggested, ruling, placement)
    match = replace(match, evidence=(*match.evidence, *_elsewhere(elsewhere, placement)))
    return verdict_row(patch, match, placement, advice=advice, first_release=first_release, said=said)


def _first_release(found: Sequence[Delivery]) -> str | None:
    """The first release that has all of these commits; there is none of commits of several
    repositories."""
    if len({each.source for each in found}) != 1 or min(each.shipped.first for each in found) < 0:
        return None
    return found[0].source.graph.release(max(each.shipped.first for each in found))


def _elsewhere(names: Sequence[str], placement: Placement) -> Sequence[Evidence]:
    """What it means for this tree that other repositories have the change."""
    if not names:
        return ()
    if placement.in_series is State.OBSOLETE:
        then = "and every file it changes has left this tree"
    else:
        then = "which does not bring it into this tree: does this tree still need it?"
    return (Evidence("repository", f"the change is in {', '.join(names)}, {then}"),)
