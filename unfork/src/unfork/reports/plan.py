"""A plan's status as text. The tables are the same in a pipe, without colours."""

from collections.abc import Sequence

from unfork.model.plan import Stage
from unfork.model.status import Blocker, Forecast, Point, Readiness, Row, Status
from unfork.reports._safe import printable
from unfork.reports._terminal import Paint, pad, shorten, widths
from unfork.reports._words import plural

_GAP = "  "
_PIPE = 10_000  # columns of a pipe: nothing is cut
_BAR = 40  # columns of the longest bar
_MOST = 15  # blockers shown without --full, and layers


def render_status(
    status: Status, *, width: int | None = None, color: bool = False, quiet: bool = False, full: bool = False
) -> str:
    """All sections; ``quiet`` has the tables alone, ``full`` every blocking item."""
    paint = Paint(color=color)
    columns = width or _PIPE
    parts = [_heading(status, paint)] if not quiet else []
    parts.append(_tables(status, columns, paint))
    if not quiet:
        parts.append(_ready(status, paint))
        for readiness in status.readiness:
            parts.append(_blockers(readiness, columns, paint, full=full))
        parts += [_days(readiness, status, paint) for readiness in status.readiness]
        parts.append(_burndown(status, paint))
        parts.append(_forecasts(status, paint))
        parts.append(_sequence(status, columns, paint))
    return "\n".join("".join(f"{line.rstrip()}\n" for line in part) for part in parts if part)


def _heading(status: Status, paint: Paint) -> list[str]:
    lines = [paint(printable(status.title), "bold") + f", {status.today}"]
    coming = [each for each in status.milestones if each[1] >= status.today]
    if coming:
        name, day, what = coming[0]
        said = f" ({printable(what)})" if what else ""
        lines.append(f"next milestone: {printable(name)}{said} on {day}, in {(day - status.today).days} days")
    elif status.milestones:
        name, day, _ = status.milestones[-1]
        lines.append(f"all milestones have passed, the last one ({printable(name)}) on {day}")
    counts = ", ".join(plural(number, severity) for severity, number in sorted(status.findings.items()))
    lines.append(f"unfork plan check: {counts}" if counts else "unfork plan check: nothing found")
    return lines


def _tables(status: Status, width: int, paint: Paint) -> list[str]:
    """One table: the whole plan by disposition, then each project. A narrow one has no stages."""
    stages = [stage for stage in Stage if any(stage in row.stages for row in status.whole.rows)]
    lines = _table(status, stages, paint)
    if max(map(len, _table(status, stages, Paint(color=False)))) > width:
        lines = _table(status, [], paint)
    scanned = [
        f"{printable(str(each.project))} ({printable(each.scan)})" for each in status.projects if each.scan
    ]
    lines.append(f"scans: {', '.join(scanned) or 'none is recorded'}")
    if status.links:
        lines.append(f"links: {printable(status.links)}")
    lines += [
        paint(
            f"{printable(str(each.project))}: {plural(each.unplanned, 'patch', 'patches')} in no item", "red"
        )
        for each in status.projects
        if each.unplanned
    ]
    return lines


def _table(status: Status, stages: Sequence[Stage], paint: Paint) -> list[str]:
    blocks = [status.whole, *(status.projects if len(status.projects) > 1 else ())]
    rows: list[tuple[str, ...]] = [
        ("PROJECT", "DISPOSITION", "ITEMS", *(stage.upper() for stage in stages), "ENDED", "PATCHES",
         "CARRIED", "LINES")
    ]  # fmt: skip
    styles = ["dim"]
    for table in blocks:
        label = printable(table.project) if table.project else "all"
        for row in table.rows:
            rows.append((label, *_cells(row, stages, str(row.disposition or "(task)"))))
            styles.append("")
            label = ""
        if len(table.rows) > 1:
            rows.append(("", *_cells(table.total, stages, "")))
            styles.append("bold")
    return _aligned(rows, paint, styles=styles, left=2)


def _cells(row: Row, stages: Sequence[Stage], label: str) -> tuple[str, ...]:
    return (
        label,
        f"{row.items:,}",
        *(_number(row.stages.get(stage, 0)) for stage in stages),
        _number(row.ended),
        _number(row.patches),
        "-" if row.carried is None else f"{row.carried:,}",
        "-" if row.lines is None else f"{row.lines:,}",
    )


def _number(value: int) -> str:
    return f"{value:,}" if value else "."


def _aligned(
    rows: Sequence[Sequence[str]], paint: Paint, *, styles: Sequence[str] = ("dim",), left: int = 1
) -> list[str]:
    """The first columns to the left, numbers to the right; ``styles`` of the first rows."""
    sizes = widths(rows)
    lines = []
    for at, row in enumerate(rows):
        cells = [
            pad(cell, size) if place < left else " " * (size - len(cell)) + cell
            for place, (cell, size) in enumerate(zip(row, sizes, strict=True))
        ]
        lines.append(paint(_GAP.join(cells).rstrip(), styles[at] if at < len(styles) else ""))
    return lines


def _ready(status: Status, paint: Paint) -> list[str]:
    rows: list[tuple[str, ...]] = [
        ("READY FOR", "ITEMS", "ENDED", "CAN END", "PROMISED", "PROMISE PASSED", "NO PROMISE", "UNDECIDED")
    ]
    rows += [
        (
            str(each.gate),
            f"{each.items}",
            *map(
                _number, (each.ended, each.can_end, each.promised, each.late, each.unpromised, each.undecided)
            ),
        )
        for each in status.readiness
    ]
    return [paint("Readiness", "bold"), *_aligned(rows, paint)]


def _blockers(readiness: Readiness, width: int, paint: Paint, *, full: bool) -> list[str]:
    if not readiness.blockers:
        return [f"Nothing blocks the {readiness.gate}."] if readiness.items else []
    shown = readiness.blockers if full else readiness.blockers[:_MOST]
    title = f"Blocks the {readiness.gate}: {plural(len(readiness.blockers), 'item')}"
    rows: list[tuple[str, ...]] = [("ITEM", "DISPOSITION", "STAGE", "OWNER", "PROMISED", "WAITS FOR")]
    rows += [_blocker(each) for each in shown]
    sizes = widths(rows)
    room = max(width - sum(sizes[:-1]) - len(_GAP) * (len(sizes) - 1), 12)
    lines = [paint(title, "bold")]
    for at, row in enumerate(rows):
        text = _GAP.join([*map(pad, row[:-1], sizes), shorten(row[-1], room)]).rstrip()
        late = at > 0 and (shown[at - 1].late or shown[at - 1].promised is None)
        lines.append(paint(text, "dim" if at == 0 else "red" if late else ""))
    if len(shown) < len(readiness.blockers):
        lines.append(f"and {len(readiness.blockers) - len(shown)} more, --full shows them")
    return lines


def _blocker(each: Blocker) -> tuple[str, ...]:
    promised = "-" if each.promised is None else f"{each.promised}{' passed' if each.late else ''}"
    return (
        printable(each.item),
        str(each.disposition or "(task)"),
        f"{each.stage}{', can end' if each.can_end else ''}",
        printable(each.owner or "-"),
        promised,
        printable(", ".join(each.waits_for)),
    )


def _days(readiness: Readiness, status: Status, paint: Paint) -> list[str]:
    if not readiness.items:
        return []
    gate = str(readiness.gate)
    if readiness.possible is not None:
        lines = [
            paint(f"The {gate} is possible on {readiness.possible}", "bold")
            + ", by what is promised and what waits for what."
        ]
    else:
        lines = [
            paint(f"The {gate} has no date", "bold")
            + f": {plural(len(readiness.undated), 'item')} it waits for "
            f"{'has' if len(readiness.undated) == 1 else 'have'} no promised day."
        ]
        if readiness.not_before is not None:
            lines.append(f"By the promises there are it is not before {readiness.not_before}.")
    if readiness.chain:
        lines.append("The chain that decides it:")
    for number, step in enumerate(readiness.chain):
        said = f"promised for {step.promised}" if step.promised else "no promise of its own"
        passed = ", which has passed" if step.promised and step.promised < status.today else ""
        arrow = "  " if number == 0 else "  -> "
        lines.append(f"{arrow}{printable(step.item)}: {said}{passed}")
    return lines


def _burndown(status: Status, paint: Paint) -> list[str]:
    points = status.burndown
    if len(points) < 2:
        return []
    most = max(point.cohort + point.later for point in points) or 1
    since = f", the plan of {status.cohort}" if status.cohort else ""
    return [
        paint("Open items", "bold") + f": # original{since}, + found later (tasks left out)",
        *(_bar(point, most) for point in points),
    ]


def _bar(point: Point, most: int) -> str:
    scale = min(_BAR / most, 1.0)
    cohort = round(point.cohort * scale) or int(point.cohort > 0)
    later = round(point.later * scale) or int(point.later > 0)
    return f"{point.on}  {point.cohort:>5} + {point.later:<5} {'#' * cohort}{'+' * later}"


def _forecasts(status: Status, paint: Paint) -> list[str]:
    return [
        paint("Forecast", "bold") + ", when none is open if the weeks to come are like those recorded:",
        f"  the original items: {_forecast(status.cohort_forecast)}",
        f"  all, and scope goes on being found: {_forecast(status.all_forecast)}",
    ]


def _forecast(each: Forecast) -> str:
    if each.open == 0:
        return "none is open" if each.ends else "there are none"
    if not each.enough:
        return f"not enough history ({each.why_not})"
    if each.likely is None:
        return f"not within ten years in {each.never:.0%} of the simulations"
    late = str(each.late) if each.late is not None else "more than ten years"
    return (
        f"{each.likely}, 80 % between {each.early} and {late} "
        f"({plural(each.open, 'item')} open, {each.ends} ended in {each.weeks} weeks)"
    )


def _sequence(status: Status, width: int, paint: Paint) -> list[str]:
    if not status.layers:
        return []
    lines = [paint("Sequence", "bold") + ", not to a time scale (--svg draws it):"]
    for number, layer in enumerate(status.layers[:_MOST], 1):
        names = printable(", ".join(layer))
        lines.append(shorten(f"{number:>4}  {names}", max(width, 40)))
    if len(status.layers) > _MOST:
        lines.append(f"      and {len(status.layers) - _MOST} more layers")
    return lines
