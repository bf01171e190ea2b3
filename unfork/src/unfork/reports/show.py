"""``unfork show`` as text: what is claimed and why, then the patch beside each upstream commit."""

from collections.abc import Iterator
from datetime import UTC, datetime

from unfork.model import Verdict
from unfork.model.detail import DiffLine, LineKind, PatchDetail, Side
from unfork.reports._kin import part_line, relations_of, shared_line, together_line
from unfork.reports._marks import EXTRA, LEFT_OVER, LEGEND, Fold, folded, marks, signed
from unfork.reports._safe import code_line, printable
from unfork.reports._terminal import Paint, pad, shorten
from unfork.reports._words import (
    ADVICE_COLOR,
    ADVICE_MEANING,
    RELATION_MEANING,
    SHORT,
    STATE_MEANING,
    Labels,
    advice_of,
    hash_of,
    labels_of,
    odds,
    percent,
    plural,
    release_of,
)

_BESIDE_FROM = 120  # columns from which two diffs fit side by side
_LABEL = 11  # width of the labels in the heading
_LINE_COLOR = {
    LineKind.FILE: "bold",
    LineKind.HUNK: "cyan",
    LineKind.ADDED: "green",
    LineKind.REMOVED: "red",
    LineKind.NOTE: "dim",
}


def render_detail(
    detail: PatchDetail, *, width: int | None = None, color: bool = False, full: bool = False
) -> str:
    """The whole page, ending in a line end.

    ``width`` is that of the terminal, ``None`` for a pipe (then nothing is cut). ``full`` shows also
    the long runs of lines that only upstream has.
    """
    paint = Paint(color=color)
    lines = [*_heading(detail, paint), ""]
    margin = marks(detail)
    if width is not None and width >= _BESIDE_FROM and detail.sides:
        for number, side in enumerate(detail.sides, start=1):
            lines += [*_beside(detail, side, number, margin, width, paint, full=full), ""]
    else:
        lines += [*_alone(detail, margin, width, paint), ""]
        for number, side in enumerate(detail.sides, start=1):
            lines += [*_below(side, number, width, paint, full=full), ""]
    lines.append(paint(LEGEND, "dim"))
    return "\n".join(line.rstrip() for line in lines) + "\n"


# -- heading -----------------------------------------------------------------------------


def _heading(detail: PatchDetail, paint: Paint) -> list[str]:
    verdict = detail.verdict
    lines = [paint(printable(verdict.name), "bold"), printable(verdict.subject)]
    lines += [f"{paint(f'{label:<{_LABEL}}', 'dim')}{text}" for label, text in _facts(detail, paint)]
    return lines


def _facts(detail: PatchDetail, paint: Paint) -> Iterator[tuple[str, str]]:
    verdict, patch = detail.verdict, detail.patch
    labels = labels_of(detail.upstreams)
    if patch.author is not None:
        day = f", {datetime.fromtimestamp(patch.date, UTC):%Y-%m-%d}" if patch.date is not None else ""
        yield "author", printable(str(patch.author)) + day
    yield "size", f"{plural(verdict.files, 'file')}, +{verdict.added} -{verdict.removed}"
    if verdict.error:
        yield "error", paint(printable(verdict.error), "red")
    yield (
        "relation",
        f"{verdict.relation} ({percent(verdict.confidence)} sure): {RELATION_MEANING[verdict.relation]}",
    )
    yield "state", _state(verdict)
    yield (
        "advice",
        paint(printable(advice_of(verdict)), ADVICE_COLOR[verdict.advice])
        + f": {ADVICE_MEANING[verdict.advice]}",
    )
    if verdict.first_release:
        yield "release", printable(verdict.first_release)
    changed = sum(line.kind.changes for line in detail.lines)
    if any(side.claimed for side in detail.sides):
        yield "left over", f"{len(detail.residue)} of {plural(changed, 'changed line')}"
    for number, side in enumerate(detail.sides, start=1):
        yield ("upstream" if side.claimed else "candidate"), f"{number}  {_commit(side, labels, paint)}"
    for found in verdict.evidence:
        about = f" [{found.sha[:SHORT]}]" if found.sha else ""
        yield "evidence", f"{found.method}: {printable(found.detail)}{about}"
    yield from _series(verdict)
    for suggestion in verdict.suggestions:
        release = release_of(suggestion, labels)
        release = f" ({printable(release)})" if release else ""
        about = f"{printable(suggestion.title)}{release}: {printable(suggestion.detail)}"
        yield "perhaps", f"{about}; chance {odds(suggestion.chance)}"
    for key, value in patch.trailers:
        yield "trailer", f"{printable(key)}: {printable(value)}"
    for warning in verdict.warnings:
        yield "warning", paint(printable(warning), "yellow")


def _series(verdict: Verdict) -> Iterator[tuple[str, str]]:
    """What the patch is to the others of its series."""
    for word, other, why in relations_of(verdict):
        yield "in series", printable(f"{word} {other}: {why}")
    for part in verdict.parts:
        yield "part", printable(part_line(part))
    for shared in verdict.shared:
        yield "shared", printable(shared_line(shared, verdict))
    if verdict.together:
        yield "together", printable(together_line(verdict))


def _state(verdict: Verdict) -> str:
    text = f"{verdict.state}: {STATE_MEANING[verdict.state]}"
    if verdict.state_alone is not verdict.state:
        text += f"; alone on the target: {verdict.state_alone}"
    return text


def _commit(side: Side, labels: Labels, paint: Paint) -> str:
    commit = side.commit
    text = f"{paint(printable(hash_of(commit, labels)), 'blue')} {printable(commit.subject)}"
    facts = [f"{percent(commit.share)} of the patch's lines"]
    if commit.first_release:
        facts.append(f"first in {printable(commit.first_release)}")
    if commit.backports:
        facts.append(f"backported in {printable(', '.join(commit.backports))}")
    return f"{text} ({', '.join(facts)})"


def _title(side: Side, number: int) -> str:
    return f"[{number}] {side.commit.sha[:SHORT]} {printable(side.commit.subject)}"


# -- diffs -------------------------------------------------------------------------------


def _shown(line: DiffLine, paint: Paint, width: int | None) -> str:
    text = code_line(signed(line))
    if width is not None:
        text = pad(shorten(text, width), width)
    return paint(text, _LINE_COLOR.get(line.kind, ""))


def _margin(mark: str, width: int, paint: Paint) -> str:
    return paint(f"{mark:>{width}}", "red" if mark == LEFT_OVER else "yellow")


def _beside(
    detail: PatchDetail, side: Side, number: int, margin: list[str], width: int, paint: Paint, *, full: bool
) -> Iterator[str]:
    gutter = max(map(len, margin), default=1)
    room = (width - gutter - len(EXTRA) - 5) // 2
    blank = " " * room
    extra = set(side.extra)
    heads = pad(shorten(printable(detail.verdict.name), room), room), shorten(_title(side, number), room)
    yield paint(f"{'':>{gutter}} {heads[0]} │ {'':>{len(EXTRA)}} {heads[1]}", "bold")
    for row in folded(side, full=full):
        if isinstance(row, Fold):
            yield paint(
                f"{'':>{gutter}} {blank} │   … {plural(row.rows, 'more line')} only upstream has", "dim"
            )
            continue
        mark = margin[row.left] if row.left is not None else ""
        left = _shown(detail.lines[row.left], paint, room) if row.left is not None else blank
        right = _shown(side.lines[row.right], paint, room) if row.right is not None else ""
        only = EXTRA if row.right in extra else " "
        yield f"{_margin(mark, gutter, paint)} {left} │ {paint(only, 'yellow')} {right}"


def _alone(detail: PatchDetail, margin: list[str], width: int | None, paint: Paint) -> Iterator[str]:
    gutter = max(map(len, margin), default=1)
    room = None if width is None else width - gutter - 1
    yield paint(f"--- {printable(detail.verdict.name)}", "bold")
    for mark, line in zip(margin, detail.lines, strict=True):
        yield f"{_margin(mark, gutter, paint)} {_shown(line, paint, room)}"


def _below(side: Side, number: int, width: int | None, paint: Paint, *, full: bool) -> Iterator[str]:
    extra = set(side.extra)
    room = None if width is None else width - 2
    yield paint(f"+++ {_title(side, number)}", "bold")
    for row in folded(side, full=full):
        if isinstance(row, Fold):
            yield paint(f"  … {plural(row.rows, 'more line')} only upstream has", "dim")
        elif row.right is not None:
            only = EXTRA if row.right in extra else " "
            yield f"{paint(only, 'yellow')} {_shown(side.lines[row.right], paint, room)}"
