"""``unfork show``: the evidence for one patch."""

import difflib
from collections.abc import Sequence

from unfork.commands.scan import ScanRequest, scan_with_sources
from unfork.errors import InputError
from unfork.git import Repository
from unfork.history import History
from unfork.matching import query_of_patch, shared_lines
from unfork.model import FileChange, Patch, Series, UpstreamCommit, Verdict
from unfork.model.detail import PatchDetail
from unfork.progress import Progress
from unfork.reports.align import detail
from unfork.series import parse_patch

_CANDIDATES = 2  # laid beside the patch when nothing is claimed


def run_show(request: ScanRequest, patch: str, *, progress: Progress | None = None) -> PatchDetail:
    """The patch named ``patch`` (its name, a unique part of it, its number or its id) beside upstream.

    Raises ``InputError`` when no patch or more than one is meant.
    """
    scanned = scan_with_sources(request, progress=progress)
    place = _find(scanned.series, patch)
    verdict = scanned.scan.patches[place]
    repository = scanned.history.repository
    sides = [(commit, _diff(repository, commit.sha), True) for commit in verdict.commits]
    if not sides:
        offered = _offered(verdict, scanned.history, scanned.series.patches[place])
        sides = [(commit, _diff(repository, commit.sha), False) for commit in offered]
    return detail(verdict, scanned.series.patches[place], sides)


def _offered(verdict: Verdict, history: History, patch: Patch) -> list[UpstreamCommit]:
    """The best candidates, in the form of a claim."""
    query = query_of_patch(patch)
    offered = []
    for each in verdict.candidates[:_CANDIDATES]:
        common = shared_lines(history.index, query, history.number(each.sha))
        share = common / len(query.lines) if len(query.lines) else 0.0
        offered.append(UpstreamCommit(repo=each.repo, sha=each.sha, subject=each.subject, share=share))
    return offered


def _diff(repository: Repository, sha: str) -> Sequence[FileChange]:
    """What an upstream commit changes."""
    raw = repository.run(
        "diff-tree", "-p", "-r", "-M", "--root", "--no-commit-id", "--no-ext-diff", "--no-textconv",
        "--full-index", "--src-prefix=a/", "--dst-prefix=b/", sha,
    )  # fmt: skip
    return parse_patch(raw, sha).files if raw else ()


def _find(series: Series, wanted: str) -> int:
    names = [patch.name for patch in series.patches]
    if wanted in names:
        return names.index(wanted)
    if wanted.isdigit() and 0 < int(wanted) <= len(names) and len(wanted) < 4:
        return int(wanted) - 1
    found = [
        place
        for place, patch in enumerate(series.patches)
        if wanted in patch.name or (len(wanted) >= 7 and patch.id.startswith(wanted))
    ]
    if len(found) == 1:
        return found[0]
    if found:
        several = ", ".join(names[place] for place in found[:3])
        raise InputError(
            f"{wanted!r} names {len(found)} patches",
            where=series.location,
            hint=f"more of the name, e.g. {several}",
        )
    near = difflib.get_close_matches(wanted, names, n=3, cutoff=0.3)
    raise InputError(
        f"no patch is called {wanted!r}",
        where=series.location,
        hint=f"nearest: {', '.join(near)}" if near else "unfork scan lists them",
    )
