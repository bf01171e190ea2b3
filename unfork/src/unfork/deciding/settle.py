"""Decisions in force: what they make of the matcher's answer and of the advice."""

from dataclasses import replace

from unfork.model import Advice, Evidence, Match, Placement, State
from unfork.model.decision import Decision, DecisionKind, Ruling

METHOD = "decision"  # of the evidence a decision is


def settle(match: Match, ruling: Ruling, *, named: Match | None) -> Match:
    """The matcher's answer as decisions leave it.

    ``match`` is the matcher's, who did not see the commits that were refused. ``named`` is what
    the content says of the commits a decision names: needed for ``is`` and, with none
    named, for ``replaced-by``.
    """
    if not ruling.decisions:
        return match
    evidence = [each for decision in ruling.decisions for each in _evidence(decision)]
    warnings = [
        f"decided on {each.date:%Y-%m-%d} that it {_reads(each)}, but its content has changed since: "
        "look again, and decide it again or --forget it"
        for each in ruling.changed
    ]
    outcome = ruling.outcome
    if outcome is None or outcome.kind is DecisionKind.KEEP:
        return replace(match, evidence=(*evidence, *match.evidence), warnings=(*match.warnings, *warnings))
    if named is None:
        raise ValueError(f"a decision of kind {outcome.kind} needs what the content says")
    return replace(
        named,
        candidates=match.candidates,
        confidence=1.0,
        evidence=(*evidence, *named.evidence),
        warnings=(*named.warnings, *warnings),
    )


def overrule(advice: Advice, ruling: Ruling, placement: Placement) -> tuple[Advice, tuple[str, ...]]:
    """The advice as decisions leave it, and what is to be said about that."""
    if ruling.outcome is None:
        return advice, ()
    if ruling.outcome.kind is DecisionKind.REPLACED_BY:
        return Advice.DROP, ()
    if ruling.outcome.kind is not DecisionKind.KEEP:
        return advice, ()
    stuck = placement.in_series in (State.CONFLICT, State.OBSOLETE)
    kept = Advice.REWORK if stuck else Advice.CARRY
    if advice in (Advice.DROP, Advice.DROP_AT, Advice.TRIM):
        return kept, (f"kept as decided, although by what upstream has the advice would be {advice}",)
    return kept, ()


def _evidence(decision: Decision) -> list[Evidence]:
    said = f"{decision.by}, {decision.date:%Y-%m-%d}"
    why = f": {decision.why}" if decision.why else ""
    if decision.kind is DecisionKind.REPLACED_BY:
        return [Evidence(METHOD, f"replaced by {decision.text}, says {said}{why}")]
    if decision.kind is DecisionKind.KEEP:
        return [Evidence(METHOD, f"kept, says {said}{why}")]
    verb = "is" if decision.kind is DecisionKind.IS else "is not"
    return [Evidence(METHOD, f"it {verb} this commit, says {said}{why}", sha) for sha in decision.commits]


def _reads(decision: Decision) -> str:
    return {
        DecisionKind.REPLACED_BY: "is replaced",
        DecisionKind.KEEP: "is kept",
    }.get(decision.kind, str(replace(decision, why=None)))
