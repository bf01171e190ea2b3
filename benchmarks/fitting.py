"""Logistic regression, as all models here are fitted."""

import numpy as np
from numpy.typing import NDArray

PENALTY = 1.0  # L2, on coefficients of features that lie between 0 and 1


def fit(
    rows: NDArray[np.float64], labels: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Logistic regression with an L2 penalty by Newton's method; the last value is the intercept."""
    design = np.column_stack([rows, np.ones(len(rows))])
    penalty = np.eye(design.shape[1]) * PENALTY
    penalty[-1, -1] = 0
    beta = np.zeros(design.shape[1])
    for _ in range(60):
        chance = 1 / (1 + np.exp(-np.clip(design @ beta, -30, 30)))
        gradient = design.T @ (weights * (labels - chance)) - penalty @ beta
        curvature = (design * (weights * chance * (1 - chance))[:, None]).T @ design + penalty
        step = np.linalg.solve(curvature + 1e-9 * np.eye(len(beta)), gradient)
        beta += step
        if np.abs(step).max() < 1e-7:
            break
    return beta
