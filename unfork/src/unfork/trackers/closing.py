"""Why something was closed without being merged, from what people and bots write when they close it."""

import re
from collections.abc import Iterable

from unfork.model.plan import LinkState

# In this order: "superseded by 123, closed as stale" has a successor, and that is what matters.
_SIGNS = (
    (LinkState.SUPERSEDED, re.compile(
        r"supersed|replaced (?:by|with)|in favou?r of|duplicate|obsoleted by|continued in|moved to", re.I)),
    (LinkState.STALE, re.compile(
        r"\bstale\b|inactiv|no (?:recent )?(?:activity|updates?|response)"
        r"|without (?:any )?(?:comment|activity|update)|(?:weeks|months|days) (?:without|old)"
        r"|\bexpired\b|not been updated|auto-?abandon", re.I)),
    (LinkState.REJECTED, re.compile(
        r"reject|won'?t[ -]?(?:fix|merge)|not (?:planned|accepted|going to|acceptable|a bug)|\bnak\b|nacked"
        r"|declin|invalid|out of scope|\bwrong approach", re.I)),
)  # fmt: skip


def closed_as(texts: Iterable[str], *, refused: bool = False) -> LinkState:
    """``SUPERSEDED``, ``STALE`` or ``REJECTED`` where the reasons, or labels, say so.

    Else it was given up, or, when upstream had ``refused`` it (a blocking vote, closed by somebody else
    than its author), rejected.
    """
    text = "\n".join(texts)
    for state, sign in _SIGNS:
        if sign.search(text):
            return state
    return LinkState.REJECTED if refused else LinkState.ABANDONED
