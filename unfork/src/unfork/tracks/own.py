"""The earlier patch of the series that a conflicting hunk misses."""

from collections.abc import Sequence

from unfork.model import Hunk, Patch
from unfork.model.carrying import Cause, CauseKind, How, Step
from unfork.tracks.blamed import Blamed
from unfork.tracks.onto import Conflict
from unfork.tracks.text import signed_lines
from unfork.tracks.walk import Walk

_TELLING = 4  # characters from which a line says something
_AS_IT_WAS = (How.STRAIGHT, How.MERGED)


def blame_series(
    walk: Walk, place: int, steps: Sequence[Step], conflict: Conflict, hunk: Hunk | None, blamed: Blamed
) -> Cause:
    """The patch before ``place`` whose lines the hunk builds on and that is not there as it was.

    Of several the one with most of the lines, then the nearest that is not there at all. Upstream is not the
    cause: on its file, with all of our earlier patches, the hunk would go in.
    """
    path = conflict.change.old_path or conflict.path
    start = hunk.old_start if hunk is not None else 0
    wanted = (
        {key for sign, text in signed_lines(hunk) if sign != b"+" and (key := _key(text))} if hunk else set()
    )
    best: tuple[int, int] | None = None
    for at in range(place):
        touched = _touched(walk.work.picks[at].patch, path)
        if touched is None or (steps[at].how in _AS_IT_WAS and conflict.base is not None):
            continue
        score = (len(touched & wanted), at)
        if (score[0] or not steps[at].how.is_there) and (best is None or score > best):
            best = score
    if best is None:
        detail = "the file the patch was made on is neither the base's nor made by the patches before it"
        if conflict.base is not None:
            detail = "neither upstream nor a patch before it explains it alone"
        return Cause(conflict.path, start, CauseKind.UNKNOWN, detail=detail)
    pick, step = walk.work.picks[best[1]], steps[best[1]]
    detail = (
        f"it is {step.how} on the target"
        if not step.how.is_there
        else f"it is there in another form ({step.how})"
    )
    if pick.upstream and not step.how.is_there:
        return blamed.cause(
            conflict.path, start, CauseKind.SERIES, pick.upstream[0], patch=pick.patch.name, detail=detail
        )
    return Cause(conflict.path, start, CauseKind.SERIES, patch=pick.patch.name, detail=detail)


def _touched(patch: Patch, path: str) -> set[bytes] | None:
    """The lines a patch adds to or takes from a file; ``None`` when it does not touch it."""
    changes = [change for change in patch.files if path in (change.old_path, change.new_path)]
    if not changes:
        return None
    return {
        key
        for change in changes
        for hunk in change.hunks
        for line in hunk.changed()
        if (key := _key(line[1:]))
    }


def _key(text: bytes) -> bytes:
    key = b"".join(text.split())
    return key if len(key) >= _TELLING else b""
