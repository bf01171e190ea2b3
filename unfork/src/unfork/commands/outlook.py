"""``unfork track outlook``: the series on the next targets, before anybody rebases."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from unfork.commands.scan import ScanRequest, run_scan
from unfork.errors import UsageError
from unfork.files import cache_root
from unfork.history import open_upstream
from unfork.model.outlook import Outlook, Seen, Sight
from unfork.progress import Progress, Silent
from unfork.tracks import keep_look, last_look, targets_after, tracks_root, turns_between


def run_outlook(
    request: ScanRequest,
    *,
    targets: Sequence[str] = (),
    last: int = 10,
    tracks: Path | None = None,
    progress: Progress | None = None,
) -> Outlook:
    """Scan the series on each target and compare with the last look, which is replaced.

    ``targets`` names them; without it they are the last releases, a release candidate, and the main branch.
    """
    progress = progress or Silent()
    if not request.series or not request.upstream or request.base is None:
        raise UsageError("an outlook needs a series, an upstream and the base the series was made on")
    repository = open_upstream(request.upstream, cache_root(request.cache_dir), progress)
    base = repository.resolve(request.base)
    names = list(targets) or targets_after(repository, base, last=last, pattern=request.release_pattern)
    sights: list[Sight] = []
    warnings: dict[str, None] = {}
    for name in names:
        begin = time.monotonic()
        scan = run_scan(replace(request, target=name), progress=progress)
        seen = tuple(Seen(each.name, each.id, each.state, each.advice) for each in scan.patches)
        sights.append(Sight(name, scan.target, seen, round(time.monotonic() - begin, 2)))
        warnings.update(dict.fromkeys(scan.warnings))
    root = tracks_root(tracks)
    before = last_look(root, repository, scan.series, base)
    old = before[1] if before else ()
    known_targets = {sight.target_name for sight in old}
    known_patches = {seen.patch for sight in old for seen in sight.patches}
    outlook = Outlook(
        series=scan.series,
        upstream=scan.upstream,
        base_name=request.base,
        looked_on=datetime.now(tz=UTC).date(),
        sights=tuple(sights),
        last=before[0] if before else None,
        turns=tuple(turns_between(old, sights)),
        new_targets=tuple(name for name in names if name not in known_targets) if before else (),
        new_patches=tuple(
            each.patch for each in (sights[-1].patches if before else ()) if each.patch not in known_patches
        ),
        warnings=tuple(warnings),
    )
    keep_look(root, repository, base, outlook)
    return outlook
