"""``unfork scan`` and ``show`` where upstream has no history: trees and a changelog are compared."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from unfork.advice import advise_snapshot
from unfork.applying import place_series
from unfork.changelogs import read_changelogs
from unfork.commands.rows import verdict_row
from unfork.commands.snapshot_base import base_of, only_release, target_spec
from unfork.comparing import Compared, News, Sides, Tree, compare, default_snapshots
from unfork.deciding import overrule, read_decisions, rule, settle
from unfork.files import cache_root
from unfork.git import Repository, Scratch
from unfork.model import (
    Evidence,
    FileChange,
    Match,
    Patch,
    Placement,
    Relation,
    Scan,
    Series,
    UpstreamCommit,
    Verdict,
)
from unfork.model.decision import DecisionKind, Ruling
from unfork.progress import Progress
from unfork.series import parse_patch, read_series
from unfork.snapshots import Snapshot, open_snapshot
from unfork.upstream_spec import Spec

_CLAIMED = (Relation.EQUIVALENT, Relation.REWORKED, Relation.PARTIAL)


@dataclass(frozen=True)
class SnapshotRequest:
    """What such a scan needs to know; see ``ScanRequest``."""

    upstream: Spec
    series: str
    base: str | None
    target: str | None
    carrier: str | None
    cache_dir: Path | None
    plan: Path | None
    unused: tuple[str, ...] = ()  # options given that only a history could answer


@dataclass(frozen=True, slots=True, eq=False)
class SnapshotScan:
    """A scan with what it was made from: what ``show`` goes on with."""

    scan: Scan
    series: Series
    target: Snapshot
    base: Snapshot | None
    answers: tuple[Compared, ...]

    def sides(self, place: int) -> list[tuple[UpstreamCommit, Sequence[FileChange], bool]]:
        """What is laid beside a patch: upstream's changes to its files, or its own hunks that are there."""
        answer, patch = self.answers[place], self.series.patches[place]
        claimed = answer.match.relation in _CLAIMED
        if self.base is not None:
            title = f"all changes from {self.base.name} to {self.target.name} in these files"
            changes = _changes(self.base, self.target, patch)
        else:
            title = f"the hunks of the patch that {self.target.name} has"
            changes = _taken(patch, answer.taken)
        # The commit is what nobody knows.
        beside = UpstreamCommit(repo=self.target.name, sha="", subject=title, share=round(answer.share, 4))
        return [(beside, changes, claimed)] if changes else []


def scan_snapshot(request: SnapshotRequest, progress: Progress) -> SnapshotScan:
    """Judge every patch of the series against one tree of the upstream."""
    cache = cache_root(request.cache_dir)
    target = open_snapshot(target_spec(request.upstream, request.target), cache, progress)
    series = read_series(request.series, carrier=request.carrier, cache_dir=cache)
    base, warnings = base_of(request.base, series, target, cache, progress)
    rulings = rule(read_decisions(request.plan) if request.plan is not None else (), series.patches)
    news, unread = _news(target, base)
    sides = _sides(series, target, base, news)
    models = default_snapshots()
    answers = tuple(compare(series.patches, sides, models))
    after_base = only_release(base, target)
    verdicts = [
        _verdict(*parts, after_base=after_base)
        for parts in zip(series.patches, answers, sides.at_target, rulings, strict=True)
    ]
    scan = Scan(
        series=series.location,
        carrier=series.carrier,
        upstream=request.upstream.text,
        base="",
        target="",
        base_name=base.name if base else "",
        target_name=target.name,
        commits_searched=0,
        entries_searched=len(news),
        patches=tuple(verdicts),
        warnings=(
            *series.warnings,
            *target.warnings,
            *(base.warnings if base else ()),
            *warnings,
            *_unknown(request, target, base, news),
            *unread,
        ),
    )
    return SnapshotScan(scan, series, target, base, answers)


def _sides(series: Series, target: Snapshot, base: Snapshot | None, news: News) -> Sides:
    lender = base.repository if base else None
    if series.base_repository:
        lender = Repository(Path(series.base_repository))
    # Both are kept with the target: a base may lie in a repository that is not ours.
    placing = partial(place_series, patches=series.patches, cache=target.repository.path.parent)
    at_target = placing(target.repository, target.commit, series_repository=lender)
    at_base = placing(base.repository, base.commit) if base else None
    return Sides(
        Tree.read(target.repository, target.tree, series.patches),
        Tree.read(base.repository, base.tree, series.patches) if base else None,
        news,
        at_target,
        at_base,
    )


def _news(target: Snapshot, base: Snapshot | None) -> tuple[News, list[str]]:
    """The changelog's entries that the base does not have; and which changelogs cannot be read."""
    both = [(each, read_changelogs(each.tree, each.read)) for each in (target, base) if each]
    unread = [
        f"{path} of {each.name} was left out, not readable: {why}"
        for each, written in both
        for path, why in written.broken.items()
    ]
    new, known = both[0][1], both[1][1].entries if base else ()
    return News(new.entries, known, complete=new.complete), unread


def _unknown(request: SnapshotRequest, target: Snapshot, base: Snapshot | None, news: News) -> list[str]:
    """What a snapshot cannot tell, and what would help."""
    said = [f"{target.name} has no history: which commit took a patch cannot be known"]
    if not len(news):
        which = "new in its changelog" if base else "in it that is a changelog"
        said.append(f"nothing is {which}: since which release it has a patch cannot be known")
    if base is None:
        said.append(
            "no base was given: the patches' own context stands for it "
            "(--base with the release they were made on makes the answer surer)"
        )
    if target.name.endswith(".whl"):
        said.append("a wheel holds no tests and no documentation: what patches do to those is not judged")
    said += [f"{option} needs a history: it is left out" for option in request.unused]
    return said


def _verdict(
    patch: Patch, answer: Compared, placement: Placement, ruling: Ruling, *, after_base: str | None
) -> Verdict:
    match, said = _settled(answer.match, ruling)
    first = (answer.release or after_base) if match.relation in _CLAIMED else None
    if first and not answer.release:
        said += (Evidence("index", f"the index has no other release between the base and {first}"),)
    match = replace(match, evidence=(*match.evidence, *said))
    advice, kept = overrule(advise_snapshot(match, placement, ask=answer.ask), ruling, placement)
    return verdict_row(patch, match, placement, advice=advice, first_release=first, said=kept)


def _settled(match: Match, ruling: Ruling) -> tuple[Match, tuple[Evidence, ...]]:
    """The answer as decisions leave it. Commits they name cannot be looked up here."""
    settled = settle(match, ruling, named=match)
    if ruling.outcome is not None and ruling.outcome.kind is DecisionKind.IS:
        return replace(settled, confidence=match.confidence), (
            Evidence("decision", "whether this snapshot has the commit it names cannot be known"),
        )
    return settled, ()


def _changes(base: Snapshot, target: Snapshot, patch: Patch) -> Sequence[FileChange]:
    """What differs between two trees in the files a patch changes."""
    paths = sorted({path for c in patch.files for path in (c.old_path, c.new_path) if path})
    # Git reads both repositories' objects, and would write to ours if it wrote.
    both = base.repository.with_scratch(
        Scratch(index=target.repository.path / "no-index", objects=target.repository.objects_dir)
    )
    raw = both.run(
        "--literal-pathspecs", "diff-tree", "-p", "-r", "-M", "--no-ext-diff", "--no-textconv",
        "--full-index", "--src-prefix=a/", "--dst-prefix=b/", base.commit, target.commit, "--", *paths,
    )  # fmt: skip
    return parse_patch(raw, target.name).files if raw else ()


def _taken(patch: Patch, taken: Sequence[bool]) -> Sequence[FileChange]:
    """The patch with only those hunks that the target has."""
    flags = iter(taken)
    kept = []
    for change in patch.files:
        hunks = tuple(hunk for hunk in change.hunks if next(flags, False))
        if hunks:
            kept.append(replace(change, hunks=hunks))
    return kept
