"""What the measurements of suggestions share: patches with known replacements, ranks, figures."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from unfork.model import Candidate
from unfork.suggesting import Commits, Documents, Query, Ranking, Weights

FIRST = 5


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A patch whose replacements are known."""

    name: str
    query: Query
    candidates: tuple[Candidate, ...]
    truth: frozenset[int]  # numbers of the true documents
    hidden: frozenset[int] = frozenset()  # of those that must not be offered


def ranks(commits: Commits, documents: Documents, rows: Sequence[Row], weights: Weights) -> list[int]:
    """The place from 1 of the best true document for each row; ties count against us."""
    ranking = Ranking(commits, documents, weights)
    found = []
    for row in rows:
        chances = ranking.chances(row.query, row.candidates, row.hidden)
        best = max(chances[number] for number in row.truth)
        better = np.flatnonzero(chances >= best).tolist()
        found.append(1 + sum(1 for number in better if number not in row.truth))
    return found


def figures(found: Sequence[int]) -> str:
    """Shares with a true one first, in the first 5, 10, 20; and the mean of 1/rank."""
    within = [sum(rank <= most for rank in found) / len(found) for most in (1, FIRST, 10, 20)]
    return "  ".join(f"{share:.3f}" for share in [*within, sum(1 / rank for rank in found) / len(found)])


HEADING = "first  in 5   in 10  in 20  mean 1/rank"


def interval(hits: int, of: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    z = 1.96
    share = hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return middle - half, middle + half
