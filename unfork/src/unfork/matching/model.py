"""The probability that a change and an upstream commit are the same: a small logistic model.

Its coefficients and the two bounds between which a person decides are data: see ``settings``.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unfork.grouping import Bounds
from unfork.matching.features import FEATURE_NAMES
from unfork.matching.settings import Naming, default_naming, settings

# Products that let two weak signs count more together than apart.
PRODUCTS = (
    ("jaccard", "matter"),
    ("contained", "matter"),
    ("covering", "matter"),
    ("contained", "covering"),
    ("jaccard", "subject_known"),
    ("subject", "jaccard"),
    ("subject_same", "jaccard"),
    ("subject_same", "paths"),
    ("author", "subject"),
    ("same_lines", "matter"),
    ("moved", "matter"),
    ("runs", "matter"),
    ("added", "matter"),
    ("added", "covering"),
    ("moved", "jaccard"),
    ("contained", "much"),
    ("covering", "runs_matter"),
    ("looked", "jaccard"),
    ("surroundings", "jaccard"),
    ("surroundings", "matter"),
    ("names", "paths"),
    ("names", "names_matter"),
    ("names_placed", "names_matter"),
    ("names_placed", "paths"),
    ("names_added", "names_matter"),
    ("names", "subject"),
    ("names", "looked"),
    ("anchored", "anchored_matter"),
    ("anchored_matter", "names"),
    ("anchored_found", "anchored_matter"),
    ("anchored_found", "matter"),
    ("looked", "matter"),
    ("looked", "runs_matter"),
    ("subject_words", "names"),
    ("subject_words", "paths"),
    ("subject_words", "subject_matter"),
    ("subject_words", "matter"),
    ("subject_matter", "paths"),
    ("core", "core_matter"),
    ("core_matter", "names"),
    ("core_matter", "paths"),
    ("core_matter", "subject_words"),
    ("core_matter", "covering"),
    ("anchored_core", "core"),
    ("anchored_core", "names"),
    ("anchored_core", "subject_words"),
    ("anchored_core", "anchored_found"),
    ("anchored_much", "names"),
    ("anchored_found", "anchored_much"),
    ("anchored_much", "paths"),
    ("their_size", "names_new"),
    ("size", "piece"),
    ("size", "names_placed"),
    ("telling", "piece"),
    ("size", "names_new"),
    ("size", "core_matter"),
    ("size", "telling"),
    ("pieces", "telling"),
    ("their_size", "their_file"),
    ("their_size", "covering"),
    ("run", "names"),
    ("their_size", "names_matter"),
    ("names_new", "names_added"),
    ("piece", "names"),
    ("author", "names_placed"),
    ("telling", "subject_words"),
    ("names_new", "subject_words"),
    ("telling", "anchored_core"),
)
TERMS = (*FEATURE_NAMES, *(f"{first}*{second}" for first, second in PRODUCTS))


def expand(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Feature rows with the products beside them, in the order of ``TERMS``."""
    at = {name: number for number, name in enumerate(FEATURE_NAMES)}
    products = [rows[:, at[first]] * rows[:, at[second]] for first, second in PRODUCTS]
    return np.column_stack([rows, *products])


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Coefficients and the two bounds between which a person decides."""

    coefficients: NDArray[np.float64]
    intercept: float
    claim: float  # from here on the relation is claimed
    ask: float  # from here on a person is asked

    def probability(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """For each feature row the probability that both are the same change."""
        if not len(rows):
            return np.empty(0)
        score = expand(rows) @ self.coefficients + self.intercept
        return 1 / (1 + np.exp(-np.clip(score, -40, 40)))


@dataclass(frozen=True, slots=True, eq=False)
class Models:
    """What decides: is it the same change, is it part of it, is it about the same thing, what is that
    called, and which patches of a series belong together?"""

    same: Model
    part: Model
    topic: Model  # orders candidates, claims nothing
    naming: Naming
    series: Bounds


@cache
def default_models() -> Models:
    """The models that ship with the package."""
    models = settings()["models"]
    return Models(
        same=_model(models["same"]),
        part=_model(models["part"]),
        topic=_model(models["topic"]),
        naming=default_naming(),
        series=Bounds(**settings()["series"]["bounds"]),
    )


def _model(data: dict[str, Any]) -> Model:
    return Model(
        coefficients=np.array([data["coefficients"].get(term, 0.0) for term in TERMS]),
        intercept=float(data["intercept"]),
        claim=float(data["bounds"]["claim"]),
        ask=float(data["bounds"]["ask"]),
    )
