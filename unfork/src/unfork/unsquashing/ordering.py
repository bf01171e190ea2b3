"""The order of parts: what is defined before what uses it, the known order where it says nothing else.

Any order applies (``composing``); this one is for who reads, builds or bisects.
"""

from collections.abc import Sequence

from unfork.unsquashing.reading import Said


def in_order(groups: Sequence[Sequence[Said]], known: Sequence[int | None]) -> list[int]:
    """Places of ``groups`` in the order to apply. ``known`` gives the rank of those that have one: they
    stay in that order among themselves."""
    defined = [frozenset().union(*(each.defined & each.come for each in group)) for group in groups]
    used = [frozenset().union(*(frozenset(each.names) for each in group)) for group in groups]
    # Only who defines a name alone is waited for.
    makers: dict[str, list[int]] = {}
    for number, names in enumerate(defined):
        for name in names:
            makers.setdefault(name, []).append(number)
    needs = [
        [maker for name in names if len(makers.get(name, ())) == 1 and (maker := makers[name][0]) != number]
        for number, names in enumerate(used)
    ]
    left = set(range(len(groups)))
    order: list[int] = []
    while left:
        ranks = [rank for number in left if (rank := known[number]) is not None]
        first = min(ranks, default=None)
        ready = [number for number in left if known[number] in (None, first)]
        chosen = min(ready, key=lambda number: (sum(maker in left for maker in needs[number]), number))
        order.append(chosen)
        left.remove(chosen)
    return order
