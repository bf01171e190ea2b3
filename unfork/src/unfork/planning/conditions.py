"""Conditional ends: "drop when 552722 and 571111 are both in the release"."""

from collections.abc import Iterable

from unfork.model.plan import Condition, Link, LinkState
from unfork.planning.links import names_of

_RELEASED = (LinkState.RELEASED,)
_MERGED = (LinkState.MERGED, LinkState.RELEASED)


def unmet(links: Iterable[Link], condition: Condition) -> tuple[str, ...]:
    """What has not come true yet, in words; of a link whose state nobody saw, nothing has.

    ``links`` are those of the whole plan.
    """
    states: dict[str, set[LinkState | None]] = {}
    wanted = {*condition.merged, *condition.released}
    for link in links:
        for word in names_of(link) & wanted:
            states.setdefault(word, set()).add(link.state)
    missing = [f"{word} merged" for word in condition.merged if not states.get(word, set()) & {*_MERGED}]
    missing += [
        f"{word} released" for word in condition.released if not states.get(word, set()) & {*_RELEASED}
    ]
    return tuple(missing)
