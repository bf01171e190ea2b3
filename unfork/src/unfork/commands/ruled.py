"""Decisions on the way through a scan: read, checked against series and upstream, put in force."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from unfork.deciding import check_commits, read_decisions, rule, settle
from unfork.git import Repository
from unfork.history import History
from unfork.matching import Models, find_shared, match_named, match_series, read_standing
from unfork.model import Answers, Patch
from unfork.model.decision import DecisionKind, Ruling


def read_rulings(
    plan: Path | None, patches: Sequence[Patch], repositories: Sequence[Repository]
) -> list[Ruling]:
    """The ruling of each patch by the decisions of a plan's folder; ``None``: there is no plan.

    Raises ``InputError`` with file and line for a decision that cannot stand.
    """
    decisions = read_decisions(plan) if plan is not None else ()
    check_commits(decisions, repositories)
    return rule(decisions, patches)


def fingerprint(rulings: Sequence[Ruling]) -> bytes:
    """Changes when anything does that the answers take from the rulings."""
    return msgspec.msgpack.encode(rulings)


def match_with_decisions(
    history: History, patches: Sequence[Patch], models: Models, rulings: Sequence[Ruling], target: str
) -> Answers:
    """What each patch is to upstream: the matcher's answer, where nobody decided otherwise."""
    hidden = {
        patch.id: ruling.hidden for patch, ruling in zip(patches, rulings, strict=True) if ruling.hidden
    }
    answers = match_series(history, patches, models, hidden=hidden)
    standing = read_standing(history) if any(ruling.outcome for ruling in rulings) else None
    settled = []
    for patch, match, ruling in zip(patches, answers.matches, rulings, strict=True):
        named = None
        if standing is not None and ruling.outcome and ruling.outcome.kind is not DecisionKind.KEEP:
            named = match_named(
                history, patch, ruling.outcome.commits, naming=models.naming, standing=standing, target=target
            )
        settled.append(settle(match, ruling, named=named))
    shared = find_shared(history, patches, settled, models.naming)
    return Answers(tuple(settled), replace(answers.household, shared=shared))
