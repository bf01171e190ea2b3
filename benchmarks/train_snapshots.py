"""Train the models that judge a patch by trees and a changelog, on backports of a public history.

    python benchmarks/train_snapshots.py --clone NEUTRON --out snapshots.json

What is trained on (neutron) must not be what is measured on (nova): docs/snapshots.md.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path

import numpy as np
from fitting import PENALTY, fit
from numpy.typing import NDArray
from snapshot_rows import SEED, Known, Project, meetings, thinned, unlogged
from unfork.comparing import (
    FEATURES,
    HUNK_PRODUCTS,
    PATCH_FEATURES,
    PATCH_PRODUCTS,
    Sides,
    Snapshots,
    features_of,
    see,
    snapshots_of,
)
from unfork.model import State

RELEASES = [f"{number}.0.0" for number in range(7, 24)]
LINES = ("pike", "queens", "rocky", "stein", "train", "ussuri", "victoria", "wallaby")
BACKPORTS = [(f"{number}.0.0", f"{line}-eol") for number, line in enumerate(LINES, start=11)]
MOST = 120  # patches of a branch: enough, and every branch weighs the same
# The bounds are chosen here, on neutron, and not where they are measured: see docs/snapshots.md.
BOUNDS = {"hunk": {"claim": 0.9, "ask": 0.5}, "patch": {"claim": 0.9, "ask": 0.5}}
ENTRY = 0.6
PART = 0.1
# What these histories do not show: their changelogs hold subjects only, and truth is known by the very
# hashes. A number both name halves the doubt and more; a commit or a dropped file settles it nearly.
BY_HAND = {"log_joined": 1.5, "log_advisory": 2.5, "log_commit": 4.0, "log_named": 3.0}

Rows = list[tuple[tuple[float, ...], bool]]


def main() -> int:
    """Read, fit, write the data file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clone", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache-dir", type=Path, help="keep the states, for the next time")
    options = parser.parse_args()
    project = Project(options.clone, RELEASES, BACKPORTS, MOST)
    with tempfile.TemporaryDirectory() as scratch:
        met = list(meetings(project, options.cache_dir or Path(scratch)))
    hunks: Rows = []
    for each in met:
        for sides in (each.sides, each.blind):
            hunks += _hunk_rows(each.rows, sides)
    hunk = _fitted("hunk", FEATURES, HUNK_PRODUCTS, hunks)
    data = {"entry": ENTRY, "part": PART, "models": {"hunk": hunk, "patch": hunk}}
    models = snapshots_of(data)
    patches: Rows = []
    for each in met:
        for sides in (each.sides, each.blind):
            # Without a changelog all three are the same meeting, which must not count three times.
            as_told = (sides, thinned(sides, each.target), unlogged(sides)) if len(sides.news) else (sides,)
            for told in as_told:
                patches += _patch_rows(each.rows, told, models)
    data["models"] = {"hunk": hunk, "patch": _fitted("patch", PATCH_FEATURES, PATCH_PRODUCTS, patches)}
    made = {
        "by": "benchmarks/train_snapshots.py",
        "from": {"project": "neutron", "releases": RELEASES, "backports": BACKPORTS, "most": MOST},
        "seed": SEED,
        "l2": PENALTY,
        "set_by_hand": BY_HAND,
    }
    options.out.write_text(json.dumps({"made": made, **data}, indent=2) + "\n", encoding="utf-8")
    return 0


def _hunk_rows(rows: Sequence[Known], sides: Sides) -> Rows:
    found: Rows = []
    for row in rows:
        seen = see(row.patch, sides.target, sides.base)
        found += [(astuple(one.features), taken) for one, taken in zip(seen, row.taken, strict=True)]
    return found


def _patch_rows(rows: Sequence[Known], sides: Sides, models: Snapshots) -> Rows:
    found: Rows = []
    for number, row in enumerate(rows):
        seen = see(row.patch, sides.target, sides.base)
        had = sides.at_base is not None and sides.at_base[number].alone is State.ABSORBED
        features = features_of(
            seen,
            [models.hunk_chance(one.features) for one in seen],
            sides.at_target[number],
            sides.news.find(row.patch),
            news=sides.news,
            based=sides.base is not None,
            had=had,
        )
        values = astuple(features)
        blind = [
            0.0 if name in BY_HAND else value for name, value in zip(PATCH_FEATURES, values, strict=True)
        ]
        found.append((tuple(blind), row.whole))
    return found


def _fitted(
    name: str, names: Sequence[str], products: Sequence[tuple[str, str]], rows: Rows
) -> dict[str, object]:
    values = np.array([features for features, _ in rows])
    labels = np.array([float(taken) for _, taken in rows])
    at = {feature: number for number, feature in enumerate(names)}
    design = np.column_stack([values, *(values[:, at[one]] * values[:, at[two]] for one, two in products)])
    beta = fit(design, labels, np.ones(len(labels)))
    terms = [*names, *(f"{one}*{two}" for one, two in products)]
    coefficients = {
        term: round(float(value), 4)
        for term, value in zip(terms, beta[:-1], strict=True)
        if abs(value) >= 0.0001
    }
    _report(name, design, labels, beta)
    return {
        "rows": len(labels),
        "positive": int(labels.sum()),
        "bounds": BOUNDS[name],
        "intercept": round(float(beta[-1]), 4),
        "coefficients": coefficients | (BY_HAND if name == "patch" else {}),
    }


def _report(
    name: str, design: NDArray[np.float64], labels: NDArray[np.float64], beta: NDArray[np.float64]
) -> None:
    chance = 1 / (1 + np.exp(-np.clip(np.column_stack([design, np.ones(len(design))]) @ beta, -40, 40)))
    print(f"{name}: {len(labels)} rows, {int(labels.sum())} true", file=sys.stderr)
    for claim in (0.5, 0.8, 0.9, 0.95, 0.98):
        yes = chance >= claim
        print(
            f"  from {claim}: found {labels[yes].sum() / labels.sum():.3f},"
            f" false {1 - labels[yes].mean():.4f} of claims,"
            f" {(yes & (labels == 0)).sum() / (labels == 0).sum():.4f} of what is not there",
            file=sys.stderr,
        )


if __name__ == "__main__":
    sys.exit(main())
