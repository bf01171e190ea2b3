"""``unfork show``: the evidence for one patch."""

from collections.abc import Sequence
from dataclasses import replace

from unfork.commands.find_patch import find_patch
from unfork.commands.scan import ScanRequest, as_snapshot, scan_with_sources
from unfork.history import History
from unfork.matching import query_of_patch, shared_lines
from unfork.model import FileChange, Patch, UpstreamCommit, Verdict
from unfork.model.detail import PatchDetail
from unfork.progress import Progress, Silent
from unfork.reports.align import detail
from unfork.series import parse_patch

_CANDIDATES = 2  # laid beside the patch when nothing is claimed


def run_show(request: ScanRequest, patch: str, *, progress: Progress | None = None) -> PatchDetail:
    """The patch named ``patch`` (its name, a unique part of it, its number or its id) beside upstream.

    Raises ``InputError`` when no patch or more than one is meant.
    """
    snapshot = as_snapshot(request)
    if snapshot is not None:
        from unfork.commands.snapshot import scan_snapshot  # with all it imports: only when asked for

        compared = scan_snapshot(snapshot, progress or Silent())
        place = find_patch(compared.series, patch)
        return detail(compared.scan.patches[place], compared.series.patches[place], compared.sides(place))
    scanned = scan_with_sources(replace(request, suggest=True), progress=progress)
    place = find_patch(scanned.series, patch)
    verdict = scanned.scan.patches[place]
    history = scanned.history
    sides = [(commit, commit_diff(history, commit.sha), True) for commit in verdict.commits]
    if not sides:
        offered = _offered(verdict, history, scanned.series.patches[place])
        sides = [(commit, commit_diff(history, commit.sha), False) for commit in offered]
    shown = detail(verdict, scanned.series.patches[place], sides)
    return replace(shown, upstreams=tuple(source.name for source in history.sources))


def _offered(verdict: Verdict, history: History, patch: Patch) -> list[UpstreamCommit]:
    """The best candidates, in the form of a claim."""
    query = query_of_patch(patch)
    offered = []
    for each in verdict.candidates[:_CANDIDATES]:
        common = shared_lines(history.index, query, history.number(each.sha))
        share = common / len(query.lines) if len(query.lines) else 0.0
        offered.append(UpstreamCommit(repo=each.repo, sha=each.sha, subject=each.subject, share=share))
    return offered


def commit_diff(history: History, sha: str) -> Sequence[FileChange]:
    """What an upstream commit changes."""
    raw = history.source_of(sha).repository.run(
        "diff-tree", "-p", "-r", "-M", "--root", "--no-commit-id", "--no-ext-diff", "--no-textconv",
        "--full-index", "--src-prefix=a/", "--dst-prefix=b/", sha,
    )  # fmt: skip
    return parse_patch(raw, sha).files if raw else ()
