"""The sequencing view as SVG: what waits for what, in layers, not to a time scale."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from xml.sax.saxutils import escape

from unfork.model.plan import Gate, Item, Plan
from unfork.reports._layout import lay_out
from unfork.reports._safe import printable

_WIDE, _HIGH = 190, 54  # of a box
_ACROSS, _DOWN = 64, 16  # between boxes
_EDGE, _TOP = 24, 92  # around the drawing; the title and legend are in the top
_LINE = 28  # characters of a title in one line of a box
_FILL = {Gate.CUTOVER: "#fde2d8", Gate.RELEASE: "#dfe9f7", Gate.NONE: "#f1f1ee"}
_STROKE = {Gate.CUTOVER: "#b5482a", Gate.RELEASE: "#3c6ca8", Gate.NONE: "#8a8a84"}
_MEANS = {Gate.CUTOVER: "blocks the cutover", Gate.RELEASE: "blocks the release", Gate.NONE: "blocks neither"}


@dataclass(frozen=True, slots=True)
class _Box:
    x: float
    y: float
    item: Item


def render_sequence(plan: Plan, layers: Sequence[Sequence[str]], *, title: str) -> bytes:
    """The drawing, self-contained; an empty plan draws its title."""
    edges = _reduced(plan.items, layers)
    layout = lay_out(layers, edges, box=_HIGH + _DOWN, bend=_DOWN)
    height = _TOP + max(layout.height, _HIGH) + _EDGE
    width = max(2 * _EDGE + len(layers) * (_WIDE + _ACROSS) - _ACROSS, 640)
    boxes = {
        name: _Box(_x(number), _TOP + layout.y[name], plan.items[name])
        for number, layer in enumerate(layout.layers)
        for name in layer
    }
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height:.0f}" '
        f'viewBox="0 0 {width} {height:.0f}" font-family="sans-serif" font-size="11">',
        f"<title>{_text(title)}</title>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="#77776f"/></marker></defs>',
        f'<rect width="{width}" height="{height:.0f}" fill="#ffffff"/>',
        f'<text x="{_EDGE}" y="34" font-size="18" font-weight="bold">{_text(title)}</text>',
        f'<text x="{_EDGE}" y="52" fill="#66665f">What waits for what; not a time scale.</text>',
        *_legend(),
        *(_arrow(boxes[one], layout.ways[one, other], boxes[other]) for one, other in edges),
        *(_box(name, box) for name, box in boxes.items()),
        "</svg>",
    ]
    return "\n".join(parts).encode("utf-8") + b"\n"


def _legend() -> list[str]:
    parts = []
    x = _EDGE
    for gate, means in _MEANS.items():
        parts.append(
            f'<rect x="{x}" y="62" width="14" height="12" rx="2" fill="{_FILL[gate]}" '
            f'stroke="{_STROKE[gate]}"/>'
            f'<text x="{x + 20}" y="72">{means}</text>'
        )
        x += 150
    return [*parts, f'<text x="{x}" y="72">✓ has ended</text>']


def _box(name: str, box: _Box) -> str:
    item = box.item
    ended = item.ended is not None
    lines = wrap(printable(item.title), _LINE)
    if len(lines) > 2:
        lines = [lines[0], f"{lines[1][: _LINE - 1]}…"]
    y = box.y + (16 if len(lines) == 2 else 22)
    texts = [
        f'<text x="{box.x + 8:.0f}" y="{y + 13 * at:.0f}">{_text(line)}</text>'
        for at, line in enumerate(lines)
    ]
    small = " · ".join(filter(None, (item.project, item.owner)))
    mark = "✓ " if ended else ""
    texts.append(
        f'<text x="{box.x + 8:.0f}" y="{box.y + _HIGH - 7:.0f}" font-size="9" fill="#66665f">'
        f"{mark}{_text(printable(small))}</text>"
    )
    return (
        f'<g opacity="{0.55 if ended else 1}"><title>{_text(printable(f"{name}: {item.title}"))}</title>'
        f'<rect x="{box.x:.0f}" y="{box.y:.0f}" width="{_WIDE}" height="{_HIGH}" rx="5" '
        f'fill="{_FILL[item.gate]}" stroke="{_STROKE[item.gate]}"/>{"".join(texts)}</g>'
    )


def _x(layer: int) -> float:
    return _EDGE + layer * (_WIDE + _ACROSS)


def _arrow(one: _Box, way: Sequence[tuple[int, float]], other: _Box) -> str:
    """A line that is level where it passes a layer, and bends between layers."""
    y = one.y + _HIGH / 2
    path = [f"M{one.x + _WIDE:.0f},{y:.0f}"]
    x = one.x + _WIDE
    for layer, between in way:
        path.append(_curve(x, y, _x(layer), _TOP + between))
        x, y = _x(layer) + _WIDE, _TOP + between
        path.append(f"L{x:.0f},{y:.0f}")
    path.append(_curve(x, y, other.x - 2, other.y + _HIGH / 2))
    return (
        f'<path d="{" ".join(path)}" fill="none" stroke="#77776f" stroke-width="1.2" marker-end="url(#tip)"/>'
    )


def _curve(x1: float, y1: float, x2: float, y2: float) -> str:
    bend = _ACROSS * 0.6
    return f"C{x1 + bend:.0f},{y1:.0f} {x2 - bend:.0f},{y2:.0f} {x2:.0f},{y2:.0f}"


def _reduced(items: Mapping[str, Item], layers: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
    """The dependencies as (before, after), without those that follow from others."""
    before: dict[str, set[str]] = {}  # all that an item waits for, however far
    edges = []
    for layer in layers:
        for name in layer:
            direct = items[name].after
            far = set().union(*(before[each] for each in direct)) if direct else set()
            before[name] = far | {*direct}
            edges += [(each, name) for each in direct if each not in far]
    return edges


def _text(text: str) -> str:
    return escape(printable(text))
