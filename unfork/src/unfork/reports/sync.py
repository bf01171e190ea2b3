"""What moved at the trackers, as text and as JSON; ``docs/sync.schema.json`` is made from the type here."""

from datetime import datetime

import msgspec

from unfork import __version__
from unfork.model.plan import LinkState
from unfork.model.sync import Move, Sync, Trouble
from unfork.model.tracker import LinkSeen, Observation
from unfork.reports._safe import printable
from unfork.reports._terminal import Paint, pad, shorten, widths
from unfork.reports._words import plural
from unfork.reports.json import to_json

SCHEMA = "unfork-sync/1"
_GAP = "  "
_PIPE = 10_000  # columns of a pipe: nothing is cut
_COLOR = {
    LinkState.OPEN: "",
    LinkState.MERGED: "green",
    LinkState.RELEASED: "green",
    LinkState.ABANDONED: "yellow",
    LinkState.REJECTED: "red",
    LinkState.SUPERSEDED: "yellow",
    LinkState.STALE: "yellow",
}


class SyncDocument(msgspec.Struct, frozen=True, tag_field="schema", tag=SCHEMA):
    """What `unfork sync --json` writes."""

    unfork: str  # version of unfork that wrote this
    sync: Sync


def render_sync_json(sync: Sync) -> bytes:
    """The result as an ``unfork-sync/1`` document."""
    return to_json(SyncDocument(unfork=__version__, sync=sync))


def render_sync(
    sync: Sync, *, width: int | None = None, color: bool = False, quiet: bool = False, verbose: bool = False
) -> str:
    """A line for each link that moved (``verbose``, or without a network: for each link), then what was
    not answered, then counts."""
    paint = Paint(color=color)
    if sync.offline or verbose:
        lines = _table(
            [_known(each, sync) for each in sync.links], [*map(_style_of, sync.links)], width, paint
        )
    else:
        styles = [_style(each.now) for each in sync.moved]
        lines = _table([_moved(each) for each in sync.moved], styles, width, paint)
    lines += [paint(f"{printable(_trouble(each, sync))}", "red") for each in sync.troubles]
    lines += [paint(f"warning: {printable(each)}", "yellow") for each in sync.warnings]
    if not quiet:
        lines += [f"# {line}" for line in _summary(sync)]
    return "".join(f"{line}\n" for line in lines)


def _moved(move: Move) -> tuple[str, ...]:
    now = move.now
    return (
        move.link,
        _state(move.was) if move.was is not None else "-",
        _state(now) if now is not None else "not there",
        _details(now, move.first_release),
        ", ".join(move.items) or f"{move.patches[0]}{_more(len(move.patches))}",
        now.title if now is not None else "",
    )


def _known(seen: LinkSeen, sync: Sync) -> tuple[str, ...]:
    now = seen.observation
    return (
        seen.key,
        _age(seen.asked, sync.at),
        _state(now) if now is not None else "not there" if seen.asked is not None else "unknown",
        _details(now, seen.first_release),
        now.owner if now is not None else "",
        now.title if now is not None else "",
    )


def _table(rows: list[tuple[str, ...]], styles: list[str], width: int | None, paint: Paint) -> list[str]:
    clean = [tuple(printable(cell) for cell in row) for row in rows]
    if not clean:
        return []
    sizes = widths(clean)
    room = max((width or _PIPE) - sum(sizes[:-1]) - len(_GAP) * (len(sizes) - 1), 20)
    return [
        paint(_GAP.join([*map(pad, row[:-1], sizes), shorten(row[-1], room)]).rstrip(), style)
        for row, style in zip(clean, styles, strict=True)
    ]


def _state(observation: Observation) -> str:
    """Our word for it, and the tracker's own where that says more."""
    said, state = observation.said, str(observation.state)
    same = said.lower() in (state, "new", "active", "opened", "open")
    return state if same else f"{state} ({said})"


def _details(observation: Observation | None, first_release: str | None) -> str:
    if observation is None:
        return ""
    parts = []
    if observation.commit:
        parts.append(observation.commit[:10])
    if first_release or observation.release:
        parts.append(f"in {first_release or observation.release}")
    elif observation.state is LinkState.OPEN and observation.revision and len(observation.revision) < 7:
        parts.append(f"patch set {observation.revision}")
    if observation.activity is not None:
        parts.append(f"{observation.activity:%Y-%m-%d}")
    return " ".join(parts)


def _style_of(seen: LinkSeen) -> str:
    return _style(seen.observation)


def _style(observation: Observation | None) -> str:
    return _COLOR[observation.state] if observation is not None else "dim"


def _trouble(trouble: Trouble, sync: Sync) -> str:
    number = plural(len(trouble.links), "link")
    since = f"; known from {_age(trouble.oldest, sync.at)}" if trouble.oldest is not None else ""
    return f"{trouble.host}: {trouble.why}; {number} not answered{since}"


def _more(number: int) -> str:
    return f" and {number - 1} more" if number > 1 else ""


def _age(at: datetime | None, now: datetime) -> str:
    if at is None:
        return "never asked"
    seconds = max((now - at).total_seconds(), 0)
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{plural(int(seconds // size), word)} ago"
    return "just now"


def _summary(sync: Sync) -> list[str]:
    waiting = sum(len(each.links) for each in sync.troubles)
    parts = [f"{sync.asked} answered" + (f", {sync.unchanged} of them unchanged" if sync.unchanged else "")]
    if sync.fresh:
        parts.append(f"{sync.fresh} known well enough")
    if waiting:
        parts.append(f"{waiting} not answered")
    if sync.offline:
        known = [each.asked for each in sync.links if each.asked is not None]
        oldest = f", the oldest {_age(min(known), sync.at)}" if known else ""
        parts = [f"{len(known)} known{oldest}; nobody was asked"]
    moved = "" if sync.offline else f"; {plural(len(sync.moved), 'link')} moved"
    lines = [f"{printable(sync.plan)}: {'; '.join(parts)}{moved}"]
    if sync.unknown:
        hosts = ", ".join(printable(each) for each in sync.unknown)
        lines.append(
            f'no tracker is known at {hosts}: add [trackers."{printable(sync.unknown[0])}"] to unfork.toml'
        )
    return lines
