"""The forward look as text."""

from collections import Counter

from unfork.model import Advice
from unfork.model.outlook import Outlook
from unfork.reports._safe import printable
from unfork.reports._terminal import Paint, pad, widths
from unfork.reports._words import plural

_MOST = 15  # turns shown without --full


def render_outlook(outlook: Outlook, *, color: bool = False, quiet: bool = False, full: bool = False) -> str:
    """One row a target; what changed since the last look; where each patch first does not fit."""
    paint = Paint(color=color)
    lines = [*_table(outlook, paint), "", *_turns(outlook, paint, full=full)]
    if full:
        lines += ["", *_first(outlook)]
    if not quiet:
        lines += [paint(f"warning: {printable(text)}", "yellow") for text in outlook.warnings]
    return "".join(f"{line}\n" for line in lines)


def _table(outlook: Outlook, paint: Paint) -> list[str]:
    advice = [each for each in Advice if any(each is s.advice for x in outlook.sights for s in x.patches)]
    rows: list[tuple[str, ...]] = [
        ("TARGET", "PATCHES", "FIT", "DO NOT FIT", *(str(each).upper() for each in advice))
    ]
    for sight in outlook.sights:
        counts = Counter(seen.advice for seen in sight.patches)
        fit = sum(seen.fits for seen in sight.patches)
        numbers = (len(sight.patches), fit, len(sight.patches) - fit, *(counts[each] for each in advice))
        rows.append((printable(sight.target_name), *map(str, numbers)))
    sizes = widths(rows)
    lines = ["  ".join(map(pad, row, sizes)).rstrip() for row in rows]
    return [paint(lines[0], "dim"), *lines[1:]]


def _turns(outlook: Outlook, paint: Paint, *, full: bool) -> list[str]:
    if outlook.last is None:
        return ["this is the first look: the next one says what changed"]
    lines = []
    if outlook.new_targets:
        lines.append(f"new targets: {', '.join(map(printable, outlook.new_targets))}")
    if outlook.new_patches:
        lines.append(f"new patches: {', '.join(map(printable, outlook.new_patches))}")
    turns = sorted(outlook.turns, key=lambda turn: not turn.worse)
    shown = turns if full else turns[:_MOST]
    for turn in shown:
        before = f"{turn.before}/{turn.advice_before}"
        text = f"{printable(turn.target_name)}: {printable(turn.patch)}: {before} -> {turn.now}/{turn.advice}"
        lines.append(paint(f"worse: {text}", "red") if turn.worse else f"changed: {text}")
    if len(shown) < len(turns):
        lines.append(f"and {len(turns) - len(shown)} more, see --full")
    return lines or [f"nothing changed since {outlook.last}"]


def _first(outlook: Outlook) -> list[str]:
    """For each patch the first target that it does not fit."""
    first: dict[str, list[str]] = {}
    met: set[str] = set()
    for sight in outlook.sights:
        for seen in sight.patches:
            if not seen.fits and seen.patch not in met:
                met.add(seen.patch)
                first.setdefault(sight.target_name, []).append(seen.patch)
    lines = []
    for target, patches in first.items():
        lines.append(f"first does not fit on {printable(target)}: {plural(len(patches), 'patch', 'patches')}")
        lines += [f"    {printable(patch)}" for patch in patches]
    return lines
