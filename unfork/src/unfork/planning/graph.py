"""What waits for what: cycles and layers of the items' dependencies."""

from collections.abc import Collection, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from unfork.model.plan import Item


def cycle_in(items: Mapping[str, Item]) -> tuple[str, ...]:
    """Items that wait for each other in a circle, the first again at the end; empty when there is none."""
    sorter = TopologicalSorter({name: item.after for name, item in items.items() if item.after})
    try:
        sorter.prepare()
    except CycleError as error:
        # graphlib lists each item after those that wait for it; people read "waits for" from the left.
        return tuple(reversed(error.args[1]))
    return ()


def order_of(items: Mapping[str, Item]) -> list[str]:
    """All items, each after those it waits for."""
    return [*TopologicalSorter({name: item.after for name, item in items.items()}).static_order()]


def layers_of(items: Mapping[str, Item], order: Sequence[str], wanted: Collection[str]) -> list[list[str]]:
    """The wanted items in layers: each in the first layer after all it waits for, in the plan's order.

    ``order`` is that of ``order_of``; what a wanted item waits for is wanted too.
    """
    depth: dict[str, int] = {}
    for name in order:
        if name in wanted:
            depth[name] = max((depth[each] for each in items[name].after), default=-1) + 1
    layers: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for name in items:
        if name in wanted:
            layers[depth[name]].append(name)
    return layers


def closure(items: Mapping[str, Item], start: Sequence[str]) -> set[str]:
    """``start`` and everything they wait for, however far away."""
    found: set[str] = set()
    waiting = [*start]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(items[name].after)
    return found
