"""Where the boxes of a layered drawing stand, and the way each line takes between them.

After Sugiyama: a line that skips layers gets a narrow place in each of them, so that it passes between boxes
and not behind them; then each layer is ordered by where its neighbours stand, back and forth.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_SWEEPS = 12  # passes over the layers; more change nothing at hundreds of boxes

Edge = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Layout:
    """Places in units of the caller: x of a layer is its number, y is from 0 down."""

    layers: tuple[tuple[str, ...], ...]
    y: Mapping[str, float]  # of the upper end of each box
    ways: Mapping[Edge, tuple[tuple[int, float], ...]]  # (layer, y) of the places between the two boxes
    height: float


@dataclass(frozen=True, slots=True)
class _Bend:
    """The place of a line in a layer that it passes."""

    edge: Edge
    layer: int


_Place = str | _Bend


def lay_out(layers: Sequence[Sequence[str]], edges: Sequence[Edge], *, box: float, bend: float) -> Layout:
    """Order and place the boxes; ``box`` and ``bend`` are the heights of a box and of a passing line."""
    at = {name: number for number, layer in enumerate(layers) for name in layer}
    full: list[list[_Place]] = [list(layer) for layer in layers]
    neighbours: dict[_Place, list[_Place]] = {}
    bends: dict[Edge, list[_Bend]] = {}
    for edge in edges:
        bends[edge] = [_Bend(edge, layer) for layer in range(at[edge[0]] + 1, at[edge[1]])]
        for place in bends[edge]:
            full[place.layer].append(place)
        steps: list[_Place] = [edge[0], *bends[edge], edge[1]]
        for one, other in pairwise(steps):
            neighbours.setdefault(one, []).append(other)
            neighbours.setdefault(other, []).append(one)
    _order(full, neighbours)

    def high(each: _Place) -> float:
        return box if isinstance(each, str) else bend

    height = max((sum(map(high, layer)) for layer in full), default=0.0)
    y: dict[_Place, float] = {}
    for layer in full:
        top = (height - sum(map(high, layer))) / 2
        for each in layer:
            y[each] = top
            top += high(each)
    return Layout(
        layers=tuple(tuple(each for each in layer if isinstance(each, str)) for layer in full),
        y={each: top for each, top in y.items() if isinstance(each, str)},
        ways={
            edge: tuple((place.layer, y[place] + bend / 2) for place in way) for edge, way in bends.items()
        },
        height=height,
    )


def _order(layers: list[list[_Place]], neighbours: Mapping[_Place, Sequence[_Place]]) -> None:
    """Sort each layer by the middle of its neighbours, as shares of their layers: these differ in length."""
    places: dict[_Place, float] = {}
    for layer in layers:
        places.update(_shares(layer))

    def middle(each: _Place) -> float:
        near = [places[other] for other in neighbours.get(each, ())]
        return sum(near) / len(near) if near else places[each]

    for sweep in range(_SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            layer.sort(key=middle)
            places.update(_shares(layer))


def _shares(layer: Sequence[_Place]) -> dict[_Place, float]:
    return {each: (place + 0.5) / len(layer) for place, each in enumerate(layer)}
