"""What taking apart goes by, as data: ``weights.json``. The file says how it was made."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from unfork.unsquashing.features import Square, terms


@dataclass(frozen=True, slots=True)
class Costs:
    """Of a line that is given to a known part; a line of ``long`` characters that the part lacks costs 1."""

    long: int
    nobody: float  # of a line that is given to no known part
    elsewhere: float  # of one that the part has, but not after the line before it
    change: float  # of going from one part to another within a run


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """The logistic model of two pieces, and the costs of lines."""

    coefficients: dict[str, float]
    intercept: float
    costs: Costs
    largest: int  # pieces above which hunks, and then files, are put together instead

    def log_odds(self, features: dict[str, Square]) -> Square:
        """Of each pair: that the two belong together."""
        score = np.full_like(next(iter(features.values())), self.intercept)
        for name, value in terms(features):
            score += np.float32(self.coefficients.get(name, 0.0)) * value
        return score


@cache
def default_weights() -> Weights:
    """What ships with the package."""
    text = (files("unfork.unsquashing") / "weights.json").read_text(encoding="utf-8")
    data: dict[str, Any] = json.loads(text)
    return Weights(data["coefficients"], data["intercept"], Costs(**data["costs"]), data["largest"])
