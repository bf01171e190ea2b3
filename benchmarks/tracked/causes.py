"""Ask for the cause of each conflict that was planted."""

import time
from dataclasses import dataclass, field

from unfork.git import Repository
from unfork.model.carrying import CauseKind
from unfork.series import read_series
from unfork.tracks import Pick, Work, explain
from unfork.tracks.walk import Walk

from tracked.history import History


@dataclass(slots=True)
class Found:
    """What was said."""

    asked: int = 0
    right: int = 0
    unknown: int = 0
    clean: int = 0  # patches that were to conflict and do not
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)


def measure_causes(history: History) -> Found:
    """Each planted patch alone on the target; right is when the commit named first is the planted one."""
    found = Found()
    repository = Repository(history.repository)
    base, target = repository.resolve(history.base), repository.resolve(history.target)
    for planted in history.conflicting:
        series = read_series(f"{history.repository}:{planted.sha}^..{planted.sha}")
        picks = tuple(Pick(patch, "carry", "unknown", drop=False) for patch in series.patches)
        work = Work("", base, target, "Dev <dev@example.org>", 0, picks, None)
        begin = time.perf_counter()
        walk = Walk(repository, work, target, 0)
        taken = walk.take(0)
        if not taken.stops:
            found.clean += 1
            continue
        causes = list(explain(walk, 0, taken, ()))
        found.seconds += time.perf_counter() - begin
        found.asked += 1
        if any(cause.kind is CauseKind.UNKNOWN for cause in causes):
            found.unknown += 1
        elif causes and causes[0].sha in planted.causes:
            found.right += 1
            continue
        said = ", ".join(f"{cause.kind} {(cause.sha or '')[:10]} {cause.detail}" for cause in causes)
        found.wrong.append(f"{planted.sha[:10]}: {said}, planted {sorted(planted.causes)[0][:10]}")
    return found
