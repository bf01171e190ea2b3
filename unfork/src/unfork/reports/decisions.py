"""Decisions as text for people."""

from collections.abc import Sequence

from unfork.model.decision import Decision
from unfork.reports._safe import printable
from unfork.reports._words import plural, some

_MOST = 6  # names that one line holds


def render_decisions(decisions: Sequence[Decision], *, path: str, quiet: bool = False) -> str:
    """One line a decision, what is decided first; ends in a line end unless there is nothing to say."""
    lines = [render_decision(each) for each in decisions]
    if not quiet:
        lines.append(f"# {plural(len(decisions), 'decision')} in {printable(path)}")
    return "".join(f"{line}\n" for line in lines)


def render_decision(decision: Decision) -> str:
    """``NAME: is not 0123456789ab: why (A U Thor <a@example.org>, 2026-01-31)``."""
    return printable(f"{decision.patch}: {decision} ({decision.by}, {decision.date:%Y-%m-%d})")


def render_undecided(names: Sequence[str]) -> str:
    """The patches of which it should be said, too, what becomes of them."""
    return printable(f"undecided yet, and part of the same: {some(names, _MOST)}")
