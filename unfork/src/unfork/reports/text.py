"""The scan as text: a table for a terminal, or plain lines for a pipe.

Piped, there is one line a patch, nothing is cut, no cell but the last holds a space of ours, and
every other line starts with "#".
"""

from unfork.model import Relation, Scan, State, Verdict
from unfork.reports._kin import kin_counts
from unfork.reports._safe import printable
from unfork.reports._terminal import Paint, pad, shorten, widths
from unfork.reports._words import (
    ADVICE_COLOR,
    Labels,
    advice_of,
    commits_of,
    counts,
    ends,
    hash_of,
    labels_in,
    name_of,
    odds,
    percent,
    plural,
    promising,
    same_warnings,
    searched,
    some,
)

_NARROW = 100  # columns below which the advice's release (it has a column of its own) is left out
_WIDE = 140  # columns from which the subject has a column of its own
_RELEASE = 20  # columns a release's name may take
_LABEL = 16  # columns the name of a further repository may take
_GAP = "  "
_MOST_NAMES = 3  # names given with a warning that many patches have


def render_text(scan: Scan, *, width: int | None = None, color: bool = False, quiet: bool = False) -> str:
    """The table and its summary, ending in a line end.

    ``width`` is that of the terminal in columns, ``None`` for a pipe. ``quiet`` leaves the summary out;
    unreadable patches are named all the same.
    """
    if width is None:
        lines = _plain_rows(scan)
        summary = [f"# {line}".rstrip() for line in _summary(scan, Paint(color=False), quiet=quiet)]
        return "\n".join(lines + summary) + "\n"
    paint = Paint(color=color)
    lines = _table(scan, width, paint)
    summary = _summary(scan, paint, quiet=quiet)
    return "\n".join(lines + ([""] if summary and lines else []) + summary) + "\n"


# -- piped -------------------------------------------------------------------------------


def _plain_rows(scan: Scan) -> list[str]:
    """Aligned, whole, with "-" for what there is none of, so that ``awk`` can count columns."""
    labels = labels_in(scan)
    head = ("#patch", "relation", "commits", "release", "state", "alone", "advice", "confidence", "subject")
    rows = [head] + [
        (
            printable(verdict.name),
            str(verdict.relation),
            printable(",".join(hash_of(commit, labels, 12) for commit in verdict.commits)) or "-",
            printable(verdict.first_release or "-"),
            str(verdict.state),
            str(verdict.state_alone),
            printable(advice_of(verdict).replace(" ", ":")),
            f"{verdict.confidence:.3f}",
            printable(verdict.subject) or "-",
        )
        for verdict in scan.patches
    ]
    sizes = widths(rows)
    sizes[-1] = 0
    return [_GAP.join(map(pad, row, sizes)) for row in rows]


# -- on a terminal -----------------------------------------------------------------------


def _table(scan: Scan, width: int, paint: Paint) -> list[str]:
    """The rows, the patch's name cut so that a row fits ``width``."""
    if not scan.patches:
        return []
    wide = width >= _WIDE
    head = ("PATCH", "RELATION", "UPSTREAM", "RELEASE", "STATE", "ADVICE", "SURE")
    labels = {name: shorten(printable(label), _LABEL) for name, label in labels_in(scan).items()}
    rows = [head] + [_cells(verdict, labels, narrow=width < _NARROW) for verdict in scan.patches]
    sizes = widths(rows)
    fixed = sum(sizes[1:]) + len(_GAP) * (len(sizes) - 1)
    room = max(width - fixed, 12)
    titles = ["SUBJECT"] + [printable(verdict.subject) for verdict in scan.patches]
    own_subject = wide and room - len(_GAP) >= 40
    if own_subject:
        sizes[0] = min(sizes[0], (room - len(_GAP)) // 2)
    else:
        sizes[0] = min(sizes[0], room)
    rest = room - sizes[0] - len(_GAP)
    lines = []
    for at, row in enumerate(rows):
        cells = [pad(shorten(row[0], sizes[0]), sizes[0]), *map(pad, row[1:], sizes[1:])]
        if at:
            cells = _painted(cells, scan.patches[at - 1], paint)
        if own_subject:
            cells.append(shorten(titles[at], rest))
        line = _GAP.join(cells)
        lines.append(paint(line.rstrip(), "bold") if at == 0 else line.rstrip())
    return lines


def _cells(verdict: Verdict, labels: Labels, *, narrow: bool) -> tuple[str, ...]:
    name = name_of(verdict)
    title = name if name == verdict.name else f"{name} {verdict.subject}"
    return (
        printable(title),
        str(verdict.relation),
        commits_of(verdict, labels),
        shorten(printable(verdict.first_release or ""), _RELEASE),
        str(verdict.state),
        shorten(printable(str(verdict.advice) if narrow else advice_of(verdict)), len("drop-at ") + _RELEASE),
        percent(verdict.confidence) if verdict.relation is not Relation.UNKNOWN else "",
    )


def _painted(cells: list[str], verdict: Verdict, paint: Paint) -> list[str]:
    faint = "dim" if verdict.relation in (Relation.NONE, Relation.UNKNOWN) else ""
    state = "red" if verdict.state in (State.CONFLICT, State.OBSOLETE) else ""
    styles = ("", faint, "blue", "", state, ADVICE_COLOR[verdict.advice], "dim")
    return [paint(cell, style) for cell, style in zip(cells, styles, strict=True)]


# -- below the table ---------------------------------------------------------------------


def _summary(scan: Scan, paint: Paint, *, quiet: bool) -> list[str]:
    lines = [] if quiet else _counted(scan, paint)
    lines += [
        paint("unreadable:", "red") + f" {printable(verdict.name)}: {printable(verdict.error)}"
        for verdict in scan.patches
        if verdict.error
    ]
    if quiet:
        return lines
    lines += [paint("warning:", "yellow") + f" {printable(text)}" for text in scan.warnings]
    lines += [
        paint("warning:", "yellow") + f" {printable(some(names, _MOST_NAMES))}: {printable(text)}"
        for text, names in same_warnings(scan)
    ]
    return lines


def _counted(scan: Scan, paint: Paint) -> list[str]:
    total = counts(scan)
    advice = ", ".join(paint(f"{value} {number}", ADVICE_COLOR[value]) for value, number in total.advice)
    relation = ", ".join(f"{value} {number}" for value, number in total.relation)
    state = ", ".join(f"{value} {number}" for value, number in total.state)
    patches = plural(len(scan.patches), "patch", "patches")
    lines = [f"{patches} on {printable(ends(scan))}, {printable(searched(scan))}"]
    if scan.patches:
        lines += [f"advice    {advice}", f"relation  {relation}", f"state     {state}"]
    related = kin_counts(scan)
    if related:
        lines.append(f"series    {related}, see unfork show")
    asked = promising(scan)
    if asked:
        best = [f"{printable(name_of(each))} ({odds(each.suggestions[0].chance)})" for each in asked]
        many = plural(len(asked), "patch", "patches")
        lines.append(f"question  could upstream replace {many}? see unfork show: {some(best, _MOST_NAMES)}")
    return lines
