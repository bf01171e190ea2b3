"""How far an item is: what the plan says, or what the state of its links proves, whichever is farther."""

from collections.abc import Iterable

from unfork.model.plan import Item, Link, LinkKind, LinkState, Stage
from unfork.planning.links import kind_of

_CODE = (LinkKind.REVIEW, LinkKind.MERGE_REQUEST)
_INTENT = (LinkKind.SPEC, LinkKind.BLUEPRINT, LinkKind.BUG)
_DONE = (LinkState.MERGED, LinkState.RELEASED)


def stage_of(item: Item, known: Iterable[Link]) -> Stage:
    """The stage reached. A review that is open proves "in-review", all of them merged "merged".

    ``known`` are the item's links, with their state as far as it is known.
    """
    links = [each for each in known if each.state is not None]
    code = [each.state for each in links if kind_of(each) in _CODE]
    proven = [item.stage]
    if LinkState.OPEN in code:
        proven.append(Stage.REVIEW)
    if code and all(state in _DONE for state in code):
        proven.append(Stage.RELEASED if all(state is LinkState.RELEASED for state in code) else Stage.MERGED)
    for each in links:
        if kind_of(each) in _INTENT:
            proven.append(Stage.APPROVED if each.state in _DONE else Stage.PROPOSED)
    farthest = proven[0]
    for stage in proven:
        farthest = stage if stage.reaches(farthest) else farthest
    return farthest
