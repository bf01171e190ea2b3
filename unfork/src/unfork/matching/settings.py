"""What the matcher goes by, as data: coefficients, bounds, and how far it searches (``confidence.json``).

The file says how it was made; the script is ``benchmarks/train_confidence.py``. The matcher has no
other thresholds.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def settings() -> dict[str, Any]:
    """The data file that ships with the package."""
    text = (files("unfork.matching") / "confidence.json").read_text(encoding="utf-8")
    data: dict[str, Any] = json.loads(text)
    return data


@dataclass(frozen=True, slots=True)
class Naming:
    """Shares of changed lines that name what a cover is."""

    whole: float  # from here on the whole patch is explained
    bulk: float  # from here on the patch is the bulk of a commit


@dataclass(frozen=True, slots=True)
class Search:
    """How far the search for candidates goes: what is beyond is never compared. Wider costs time."""

    common_line: float  # a line that more than this share of commits have names nobody
    common_name: float  # the same for names: they are shorter, and more commits have the telling ones
    few_commits: int  # in a small history these shares are never fewer commits than this
    elsewhere: float  # what names count in a commit with no file in common; 1 more with all in common
    best: int  # candidates by each measure
    same_id: int  # commits that share an identifier; a bug with more is a theme
    near_subjects: int  # candidates by subject
    alike_subject: float  # share of a subject's weight that a near one must have
    look: int  # candidates by each model that are looked at with their context
    worth_a_look: float  # and the probability below which they are not
    near: int  # lines around a changed one in which the same context puts both in the same place
    telling: int  # bytes of ink from which on a line of context tells one place from another
    core: int  # lines of a patch's own that a part of it has at least: see ``bags.core_lines``
    core_share: float  # or this share of them
    most: float  # share of a piece of the patch from which on a commit has most of it
    parts: int  # commits a patch is taken apart into; more is a whole release


def default_naming() -> Naming:
    """How covers are named."""
    return Naming(**settings()["naming"])


def default_search() -> Search:
    """How far is searched."""
    return Search(**settings()["search"])
