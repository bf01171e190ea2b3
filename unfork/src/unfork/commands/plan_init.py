"""``unfork plan init``: a plan proposed from a scan."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from unfork.commands.record import record_scan
from unfork.commands.scan import ScanRequest, scan_with_sources
from unfork.errors import InputError
from unfork.model.plan import Project
from unfork.planning import PLAN_FILE, has_plan
from unfork.planning.propose import propose
from unfork.planning.write_new import write_new_plan
from unfork.progress import Progress


@dataclass(frozen=True, slots=True)
class Proposed:
    """What was written."""

    head: Path
    items: Path
    count: int
    dispositions: Mapping[str, int]
    patches: int
    warning: str | None  # why the scan is not in the store


def run_plan_init(
    request: ScanRequest, *, name: str | None, today: date | None = None, progress: Progress | None = None
) -> Proposed:
    """Scan, propose an item for each group of patches, and write that as a plan."""
    folder = request.plan
    if folder is None:
        raise ValueError("a plan needs a folder")
    if has_plan(folder):
        raise InputError(
            "exists already", where=str(folder / PLAN_FILE), hint="unfork plan check names what it lacks"
        )
    scanned = scan_with_sources(request, progress=progress)
    items = propose(scanned.series.patches, scanned.scan.patches)
    project = request.project or _name(Path(request.upstream).name)
    settings = Project(
        series=request.series, upstream=request.upstream, base=request.base, target=request.target
    )
    head, further = write_new_plan(
        folder,
        name or project,
        project,
        settings,
        items,
        today=today or datetime.now(UTC).astimezone().date(),
    )
    counts: dict[str, int] = {}
    for each in items:
        counts[str(each.disposition)] = counts.get(str(each.disposition), 0) + 1
    warning = record_scan(scanned.scan, plan=folder, project=project, store=request.store)
    return Proposed(head, further, len(items), counts, len(scanned.scan.patches), warning)


def _name(upstream: str) -> str:
    """A project's name from that of its repository."""
    return re.sub(r"\.git$|[^\w.-]", "", upstream) or "upstream"
