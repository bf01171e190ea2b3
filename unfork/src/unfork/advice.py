"""What to do with a patch at the target, derived from its relation and its state."""

from unfork.model import Advice, Match, Placement, Relation, State


def advise(match: Match, placement: Placement, *, in_target: bool, ask: float) -> Advice:
    """The advice. ``in_target``: the target has what was claimed; ``ask``: the lower bound of doubt.

    What people agreed to do is the plan's to say; this is what the facts suggest.
    """
    if match.relation is Relation.UNKNOWN:
        return Advice.DECIDE
    if match.commits:
        if match.reverted_by is not None:
            return Advice.DECIDE
        if match.relation is Relation.PARTIAL:
            return Advice.TRIM if in_target else Advice.CARRY
        return Advice.DROP if in_target else Advice.DROP_AT
    # Alone: after the patches before it, a patch may be there only because we carry those.
    if placement.alone is State.ABSORBED:
        return Advice.DROP
    if match.candidates and match.candidates[0].score >= ask:
        return Advice.DECIDE
    return {
        State.OBSOLETE: Advice.DECIDE,
        State.UNKNOWN: Advice.DECIDE,
        State.CONFLICT: Advice.REWORK,
    }.get(placement.in_series, Advice.CARRY)
