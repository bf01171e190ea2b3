"""What decides in this room. The values are data: the section ``series`` of ``matching/confidence.json``."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """Shares are of changed text, each line weighed by its length up to ``long`` characters."""

    long: int  # characters without white space from which a line counts as a whole one
    matter: float  # whole lines that two patches must at least have in common to be told by content
    little: float  # the same for two that are each other's reversal or copy whole
    bulk: float  # "most of it"
    whole: float  # "all of it", with what a rebase changes
    same: float  # from here on nothing is lost when one of two is left out
    touch: float  # share of a patch's text that must meet another one which its message names
    members: int  # of a change to look up as one: more are a product, not a change
    common: int  # a line that more patches of the series change says nothing about two of them
