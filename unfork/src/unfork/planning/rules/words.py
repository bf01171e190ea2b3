"""What a plan must say in words. A gate that takes any word gets words, so the words are looked at."""

import re
from collections.abc import Iterator

from unfork.model.finding import Finding
from unfork.model.plan import Disposition, Item, Kind
from unfork.planning.join import blocking
from unfork.planning.rules.found import Asked

# Words that tell nothing about this patch, and those that only join others.
_WORDS = """
a above an and any anyway applicable are as at be because bug business by can carried carry change
changes customer discussed do does downstream feature fix fixed fixes fixme for hack has have here i
idk if in inappropriate internal is issue it its just keep kept later legacy local misc
miscellaneous n na need needed needs no none not now obvious of ok on only or other our patch
patches pending please private reason reasons required same see so specific still stuff tbc tbd temp
temporary that the there these they thing things this to todo unknown unspecified upstream us used
useful various vendor want wanted was we will wip with workaround x xx xxx yes yet
"""
_FILLERS = frozenset(_WORDS.split())
_LEAST = 2  # words that tell something, fewer is a filler
_WORD = re.compile(r"\w+")


def tells_nothing(reason: str, *others: str) -> bool:
    """Whether a reason has fewer than two words that say something beyond ``others`` (title, disposition)."""
    known = {word for text in others for word in _words(text)}
    return len(_words(reason) - _FILLERS - known) < _LEAST


def check_words(asked: Asked) -> Iterator[Finding]:
    """Missing dispositions, reasons, places and days."""
    for name, item in asked.joined.plan.items.items():
        if item.ended is not None or item.kind is Kind.TASK:
            continue
        yield from _item(asked, name, item)


def _item(asked: Asked, name: str, item: Item) -> Iterator[Finding]:
    if item.disposition is Disposition.UNDECIDED and (item.patches or blocking(item)):
        yield asked.about(
            "disposition-missing",
            name,
            "disposition",
            "it is not decided how it ends",
            "agree on a disposition",
        )
    if not item.reason:
        if item.patches:
            yield asked.about("reason-missing", name, "", "there is no reason", "say why it is carried")
    elif tells_nothing(item.reason, item.title, item.disposition):
        yield asked.about(
            "reason-filler",
            name,
            "reason",
            f"the reason says nothing: {item.reason!r}",
            "say what breaks without it, and for whom",
        )
    if item.disposition in (Disposition.REFACTOR, Disposition.PLUGIN) and not item.outside:
        yield asked.about(
            "outside-missing",
            name,
            "disposition",
            f"is {item.disposition}, and where is not said",
            "add outside: COMPONENT",
        )
    if item.disposition is Disposition.KEEP and item.review_on is None:
        yield asked.about(
            "review-missing",
            name,
            "disposition",
            "is carried on, and never asked about again",
            "add review-on: DATE",
        )


def _words(text: str) -> set[str]:
    return {*_WORD.findall(text.lower())}
