"""The probabilities: is a hunk in the target, is the patch? Two small logistic models.

Their coefficients and bounds are data (``snapshots.json``) with how they were made; the training
script is ``benchmarks/train_snapshots.py``.
"""

import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from functools import cache
from importlib.resources import files
from itertools import combinations
from math import exp, log, log2
from typing import Any

from unfork.comparing.hunks import FEATURES, HunkFeatures, Seen
from unfork.comparing.news import Mention, News
from unfork.model import Placement, State

_FURTHEST = 6.0  # log odds of a hunk beyond which it counts no more
_MANY = 128  # weight of a patch from which more makes it no surer
# Pairs of hunk features that mean more together than apart.
HUNK_PRODUCTS = tuple(
    combinations(("added", "joined", "gone", "parted", "after", "after_near", "before", "before_near"), 2)
)


@dataclass(frozen=True, slots=True)
class PatchFeatures:
    """What is seen of a whole patch; each between 0 and 1, ``odds`` between -1 and 1."""

    odds: float  # mean log odds of its hunks
    low: float  # chance of the hunk that is least likely there
    high: float
    share: float  # of its weight in hunks that are more likely there than not
    reverse: float  # git can take it back, and could not at the base
    forward: float  # git applies it as it is
    fuzzy: float
    conflict: float
    obsolete: float
    matter: float
    log: float  # there is a changelog that names every commit
    told: float  # there is a changelog that says anything: its silence means something
    log_same: float
    log_near: float
    log_joined: float
    log_advisory: float
    log_commit: float
    log_named: float
    based: float


PATCH_FEATURES = tuple(field.name for field in fields(PatchFeatures))
PATCH_PRODUCTS = (
    ("odds", "matter"),
    ("low", "share"),
    ("reverse", "matter"),
    ("forward", "matter"),
    ("odds", "forward"),
    ("odds", "log_same"),
    ("odds", "log_near"),
    ("told", "odds"),
    ("told", "low"),
    ("told", "forward"),
    ("log", "log_same"),
    ("log", "log_near"),
    ("log", "forward"),
    ("log_same", "forward"),
    ("log_same", "conflict"),
    ("share", "conflict"),
    ("odds", "based"),
)


@dataclass(frozen=True, slots=True)
class Logistic:
    """Coefficients by the name of a feature or of a product of two ("a*b")."""

    intercept: float
    coefficients: dict[str, float]
    claim: float  # from here on it is said
    ask: float  # from here on a person is asked

    def chance(self, names: Sequence[str], values: Sequence[float]) -> float:
        """The probability for the features ``names``."""
        at = dict(zip(names, values, strict=True))
        score = self.intercept
        for term, weight in self.coefficients.items():
            first, _, second = term.partition("*")
            score += weight * at[first] * (at[second] if second else 1.0)
        return 1 / (1 + exp(-max(-40.0, min(40.0, score))))


@dataclass(frozen=True, slots=True)
class Snapshots:
    """What decides about a patch and a snapshot."""

    hunk: Logistic
    patch: Logistic
    entry: float  # share of words from which an entry is taken for the patch's
    part: float  # share of a patch's lines from which the hunks that are there make a part of it

    def hunk_chance(self, features: HunkFeatures) -> float:
        """The probability that a hunk is in the target."""
        return self.hunk.chance(FEATURES, astuple(features))

    def patch_chance(self, features: PatchFeatures) -> float:
        """The probability that upstream took the patch, and the target has it."""
        return self.patch.chance(PATCH_FEATURES, astuple(features))


def features_of(
    seen: Sequence[Seen],
    chances: Sequence[float],
    placement: Placement,
    mention: Mention,
    *,
    news: News,
    based: bool,
    had: bool,
) -> PatchFeatures:
    """The features of a patch, by those of its hunks of which there is something to see.

    ``had``: the base has the patch already.
    """
    judged = [(each.weight, sure) for each, sure in zip(seen, chances, strict=True) if each.is_judged]
    weight = sum(each for each, _ in judged) or 1
    odds = sum(each * _odds(sure) for each, sure in judged) / weight
    inside = sum(each for each, sure in judged if sure >= 0.5)
    state = placement.alone
    return PatchFeatures(
        odds=odds / _FURTHEST,
        low=min((sure for _, sure in judged), default=0.0),
        high=max((sure for _, sure in judged), default=0.0),
        share=inside / weight,
        reverse=float(state is State.ABSORBED and not had),
        forward=float(state in (State.CLEAN, State.OFFSET)),
        fuzzy=float(state is State.FUZZY),
        conflict=float(state is State.CONFLICT),
        obsolete=float(state is State.OBSOLETE),
        matter=log2(1 + min(_MANY, weight)) / log2(1 + _MANY),
        log=float(news.complete),
        told=float(len(news) > 0),
        log_same=mention.same,
        log_near=mention.near,
        log_joined=float(bool(mention.joined)),
        log_advisory=float(bool(mention.advisory)),
        log_commit=float(mention.commit is not None),
        log_named=float(mention.named),
        based=float(based),
    )


def _odds(chance: float) -> float:
    bounded = min(max(chance, 1e-9), 1 - 1e-9)
    return max(-_FURTHEST, min(_FURTHEST, log(bounded / (1 - bounded))))


@cache
def default_snapshots() -> Snapshots:
    """The models that ship with the package."""
    text = (files("unfork.comparing") / "snapshots.json").read_text(encoding="utf-8")
    return snapshots_of(json.loads(text))


def snapshots_of(data: dict[str, Any]) -> Snapshots:
    """The models in a data file."""
    return Snapshots(
        hunk=_logistic(data["models"]["hunk"]),
        patch=_logistic(data["models"]["patch"]),
        entry=float(data["entry"]),
        part=float(data["part"]),
    )


def _logistic(data: dict[str, Any]) -> Logistic:
    bounds = data["bounds"]
    return Logistic(
        float(data["intercept"]), dict(data["coefficients"]), float(bounds["claim"]), float(bounds["ask"])
    )
