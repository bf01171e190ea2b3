"""How far a track is, as text."""

from collections import Counter

from unfork.model.carrying import Cause, CauseKind, How, Step, TrackStatus
from unfork.model.track import Track, TrackState
from unfork.reports._safe import printable
from unfork.reports._terminal import Paint, pad, widths
from unfork.reports._words import plural

_SHORT = 12
_MOST_LOST = 10  # lines shown of one patch without --full
_PLAIN = (How.STRAIGHT, How.MERGED)  # nothing to look at
_SAID = {
    CauseKind.CHANGED: "changed these lines",
    CauseKind.MOVED: "moved these lines",
    CauseKind.DELETED: "took these lines away",
    CauseKind.ADDED: "made the same file",
    CauseKind.NOT_IN_TARGET: "is in the base and not in the target",
    CauseKind.SERIES: "an earlier patch of the series",
    CauseKind.UNKNOWN: "not found out",
}


def render_carried(
    carried: TrackStatus, *, color: bool = False, quiet: bool = False, full: bool = False
) -> str:
    """Where a person is needed, or the end; what to look at; what to do next."""
    paint = Paint(color=color)
    lines = [*_heading(carried, paint), *_looked_at(carried, paint, full=full)]
    if carried.stop is not None:
        lines += ["", *_stop(carried, paint)]
    if not quiet:
        lines += [paint(f"warning: {printable(text)}", "yellow") for text in carried.warnings]
        lines += _next(carried)
    return "".join(f"{line}\n" for line in lines)


def _heading(carried: TrackStatus, paint: Paint) -> list[str]:
    track = carried.track
    done = len(carried.steps)
    how = Counter(step.how for step in carried.steps)
    counts = ", ".join(f"{how[each]} {each}" for each in How if how[each])
    names = f"{printable(track.base_name)} to {printable(track.target_name)}"
    there = sum(step.how.is_there for step in carried.steps)
    return [
        paint(f"track {track.name}", "bold") + f": {printable(track.series)}, {names}, {_state(carried)}",
        f"{done} of {plural(carried.patches, 'patch', 'patches')}, {plural(there, 'commit')}"
        + (f": {counts}" if counts else ""),
    ]


def _state(carried: TrackStatus) -> str:
    if carried.stop is not None:
        return "stopped at a conflict"
    return {TrackState.RUNNING: "cut short", TrackState.UNDOING: "its undoing has begun"}.get(
        carried.track.state, str(carried.track.state)
    )


def _looked_at(carried: TrackStatus, paint: Paint, *, full: bool) -> list[str]:
    """The steps that a person should look at; all that have anything to say with ``full``."""
    lines = []
    for step in carried.steps:
        if step.lost or (step.how not in (*_PLAIN, How.LEFT_OUT)) or (full and step.notes):
            commit = f" {step.commit[:_SHORT]}" if step.commit else ""
            lines.append(f"{paint(step.how, 'cyan')}{commit} {printable(step.patch)}")
            lines += [f"    {printable(note)}" for note in step.notes]
            lines += _lost(step, paint, full=full)
    return lines


def _lost(step: Step, paint: Paint, *, full: bool) -> list[str]:
    if not step.lost:
        return []
    count = len(step.lost)
    head = f"    lost upstream content: {plural(count, 'line')} that the patch never removed"
    shown = step.lost if full else step.lost[:_MOST_LOST]
    lines = [paint(head, "red")]
    lines += [f"      {printable(each.path)}:{each.line}: {printable(each.text)}" for each in shown]
    if len(shown) < count:
        lines.append(f"      and {count - len(shown)} more, see --full")
    return lines


def _stop(carried: TrackStatus, paint: Paint) -> list[str]:
    stop = carried.stop
    assert stop is not None  # noqa: S101 - for the type checker: the caller looked
    lines = [paint(f"patch {stop.place} conflicts: {printable(stop.patch)}", "bold", "red")]
    lines += [f"    {printable(note)}" for note in stop.notes]
    lines += [f"    {_cause(each)}" for each in stop.causes]
    return lines


def _cause(cause: Cause) -> str:
    where = f"{printable(cause.path)}:{cause.hunk}" if cause.hunk else printable(cause.path)
    if cause.kind is CauseKind.UNKNOWN:
        return f"{where}: cause {_SAID[cause.kind]}" + (
            f": {printable(cause.detail)}" if cause.detail else ""
        )
    parts = []
    if cause.patch is not None:
        parts.append(f"{_SAID[CauseKind.SERIES]}: {printable(cause.patch)}")
    if cause.sha is not None:
        inside = [text for text in (cause.release, cause.review) if text]
        more = f" ({', '.join(map(printable, inside))})" if inside else ""
        parts.append(f"{cause.sha[:_SHORT]} {printable(cause.subject)}{more} {_SAID[cause.kind]}")
    return f"{where}: {'; '.join(parts)}" + (f"; {printable(cause.detail)}" if cause.detail else "")


def _next(carried: TrackStatus) -> list[str]:
    track = carried.track
    if carried.stop is not None:
        return [
            "",
            f"resolve it in {printable(track.worktree)}",
            f"then: unfork track continue {track.name}   (--skip leaves the patch out, "
            f"unfork track abort {track.name} undoes all)",
        ]
    if track.state is TrackState.DONE:
        return [f"branch track/{track.name} at {track.tip[:_SHORT]}, worktree {printable(track.worktree)}"]
    word = "abort" if track.state is TrackState.UNDOING else "continue"
    return [f"next: unfork track {word} {track.name}"]


def render_tracks(tracks: tuple[Track, ...]) -> str:
    """One line a track."""
    rows = [("TRACK", "STATE", "BASE", "TARGET", "MADE", "SERIES")]
    rows += [
        (each.name, str(each.state), printable(each.base_name), printable(each.target_name),
         str(each.made_on), printable(each.series))
        for each in tracks
    ]  # fmt: skip
    sizes = widths(rows)
    return "".join("  ".join(map(pad, row, sizes)).rstrip() + "\n" for row in rows)
