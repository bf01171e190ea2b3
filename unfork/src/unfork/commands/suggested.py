"""Ask what upstream could replace, for the patches of a scan that are not upstream."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from unfork.git import Repository
from unfork.history import History
from unfork.model import Advice, Patch, Relation, Verdict
from unfork.model.decision import Ruling
from unfork.progress import Progress
from unfork.suggesting import Asked, suggest


def with_suggestions(
    verdicts: Sequence[Verdict],
    patches: Sequence[Patch],
    rulings: Sequence[Ruling],
    history: History,
    *,
    specs: Repository | None,
    store: Path,
    progress: Progress,
) -> tuple[list[Verdict], list[str]]:
    """The verdicts with their suggestions, and warnings about sources that could not be read.

    Only where a person has still to say what becomes of the patch: it is not upstream, or only in
    part, or perhaps; and nobody has decided.
    """
    asked = {
        place: Asked(patches[place], verdict.candidates, _settled(verdict, rulings[place]))
        for place, verdict in enumerate(verdicts)
        if _is_open(verdict) and rulings[place].outcome is None
    }
    answer = suggest(
        history,
        [*asked.values()],
        ((specs, specs.resolve("HEAD")),) if specs else (),
        store=store,
        progress=progress,
    )
    told = list(verdicts)
    for place, suggestions in zip(asked, answer.suggestions, strict=True):
        told[place] = replace(told[place], suggestions=suggestions)
    return told, answer.warnings


def _is_open(verdict: Verdict) -> bool:
    missing = verdict.relation in (Relation.NONE, Relation.PARTIAL) or verdict.advice is Advice.DECIDE
    return missing and verdict.error is None


def _settled(verdict: Verdict, ruling: Ruling) -> tuple[str, ...]:
    """The commits there is nothing to ask about: those claimed, and those a person said it is not."""
    return (*(commit.sha for commit in verdict.commits), *sorted(ruling.hidden))
