"""What to do with a patch at the target, derived from its relation and its state."""

from unfork.model import Advice, Match, Placement, Relation, State


def advise(
    match: Match, placement: Placement, *, in_target: bool, ask: float, elsewhere: bool = False
) -> Advice:
    """The advice. ``in_target``: the target has what was claimed; ``elsewhere``: some of it is in another
    repository; ``ask``: the lower bound of doubt.

    What people agreed to do is the plan's to say; this is what the facts suggest.
    """
    if match.relation is Relation.UNKNOWN:
        return Advice.DECIDE
    if match.commits:
        if match.reverted_by is not None:
            return Advice.DECIDE
        if elsewhere:
            return _elsewhere(match, placement)
        if match.relation is Relation.PARTIAL:
            return Advice.TRIM if in_target else Advice.CARRY
        return Advice.DROP if in_target else Advice.DROP_AT
    # Alone: after the patches before it, a patch may be there only because we carry those.
    if placement.alone is State.ABSORBED:
        return Advice.DROP
    if match.candidates and match.candidates[0].score >= ask:
        return Advice.DECIDE
    return _BY_STATE.get(placement.in_series, Advice.CARRY)


def _elsewhere(match: Match, placement: Placement) -> Advice:
    """Another repository has the change, which is not to say that this tree has it: the code may have
    gone there, or be in both."""
    if placement.alone is State.ABSORBED:
        return Advice.DROP
    gone = placement.in_series is State.OBSOLETE
    return Advice.DROP if gone and match.relation is not Relation.PARTIAL else Advice.DECIDE


def advise_snapshot(match: Match, placement: Placement, *, ask: bool) -> Advice:
    """The advice where upstream is one tree: what is claimed is in that tree. ``ask``: it is in doubt."""
    if match.relation is Relation.UNKNOWN:
        return Advice.DECIDE
    if match.relation is Relation.PARTIAL:
        return Advice.TRIM
    if match.relation is not Relation.NONE or placement.alone is State.ABSORBED:
        return Advice.DROP
    return Advice.DECIDE if ask else _BY_STATE.get(placement.in_series, Advice.CARRY)


_BY_STATE = {
    State.OBSOLETE: Advice.DECIDE,
    State.UNKNOWN: Advice.DECIDE,
    State.CONFLICT: Advice.REWORK,
}
