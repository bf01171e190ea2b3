"""Train the coefficients of the confidence model on the backports of public histories.

    python benchmarks/train_confidence.py --out confidence.json \\
        --project neutron=CLONE 11.0.0 11.0.0..pike-eol 12.0.0..queens-eol

Each ``--project NAME=CLONE SINCE RANGE...`` gives one history. What is trained on must not be what
is measured on: the table in docs/matching.md says which projects were used for which.

A backport is close to its original; a carried patch is often not. So every backport is also taken
in a damaged form: lines dropped, foreign lines added, another subject, another author, other
surroundings, by amounts drawn at random with a fixed seed and without asking the matcher.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from unfork.files import cache_root
from unfork.git import Repository
from unfork.history import History, Range, WideDiff, open_history, read_wide
from unfork.matching import (
    FEATURE_NAMES,
    TERMS,
    Model,
    Query,
    Truth,
    as_row,
    expand,
    make_lookup,
    rank,
    read_truth,
    wanted_of,
)
from unfork.progress import Silent

SEED = 2018
PENALTY = 1.0  # L2, on coefficients of features that lie between 0 and 1
# A damaged row is our guess at what vendors do, a plain one is what maintainers did: it counts less.
DAMAGED_WEIGHT = 0.05
CLAIM, ASK = 0.98, 0.5  # see docs/matching.md for how these were chosen

# Features, labels, weights: one row a candidate.
Rows = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def main() -> int:
    """Read the projects, fit, write the data file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--project", nargs="+", action="append", required=True, metavar="NAME=CLONE SINCE RANGE"
    )
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    made_from = []
    parts: list[Rows] = []
    for spec, since, *ranges in options.project:
        name, _, clone = spec.partition("=")
        history = _history(Path(clone), since)
        truth = read_truth(history.repository, history, ranges, Silent())
        print(f"{name}: {len(truth.rows)} backports", file=sys.stderr)
        parts += _examples(history, truth)
        made_from.append({"project": name, "since": since, "ranges": ranges, "backports": len(truth.rows)})
    rows = np.vstack([features for features, _, _ in parts])
    labels = np.concatenate([wanted for _, wanted, _ in parts])
    coefficients = fit(expand(rows), labels, np.concatenate([weights for _, _, weights in parts]))
    options.out.write_text(
        _document(coefficients, made_from, len(labels), int(labels.sum())), encoding="utf-8"
    )
    return 0


def _history(clone: Path, since: str) -> History:
    repository = Repository(clone)
    head = repository.resolve("HEAD")
    wanted = Range(repository.resolve(since), (head,), head)
    return open_history(repository, wanted, name=clone.name, cache=cache_root(), progress=Silent())


def _examples(history: History, truth: Truth) -> Iterator[Rows]:
    """Feature rows with their labels, of the backports as they are and damaged."""
    lookup = make_lookup(history.index, wanted_of(history))
    rng = np.random.default_rng(SEED)
    blank = Model(np.zeros(len(TERMS)), 0.0, claim=1.0, ask=0.0)  # everything is worth a look
    by_content = _sorted_by_content(blank)
    for message in (True, False):
        plain = truth.queries(message=message)
        damaged = [damage(query, wide, rng, plain) for query, wide in zip(plain, truth.wide, strict=True)]
        for pairs, weight in ((list(zip(plain, truth.wide, strict=True)), 1.0), (damaged, DAMAGED_WEIGHT)):
            queries = [query for query, _ in pairs]
            ranked = rank(
                lookup, queries, [wide for _, wide in pairs].__getitem__, by_content,
                lambda shas: read_wide(history.repository, shas),
            )  # fmt: skip
            for known, answers in zip(truth.rows, ranked, strict=True):
                rows = np.array([as_row(each.features) for each in answers]).reshape(
                    len(answers), len(FEATURE_NAMES)
                )
                labels = np.array([each.number in known.relatives for each in answers], dtype=np.float64)
                yield rows, labels, np.full(len(rows), weight)
                looked = rows[:, FEATURE_NAMES.index("looked")] > 0
                unseen = rows[looked]  # the same as the index alone sees them
                unseen[:, [FEATURE_NAMES.index(name) for name in ("looked", "surroundings", "patch_id")]] = 0
                yield unseen, labels[looked], np.full(len(unseen), weight)


def _sorted_by_content(blank: Model) -> Model:
    """A model that only picks what is looked at with context while training."""
    coefficients = np.zeros(len(TERMS))
    for name in ("jaccard", "contained", "subject", "paths"):
        coefficients[FEATURE_NAMES.index(name)] = 1.0
    return replace(blank, coefficients=coefficients, intercept=-1.0)


def damage(
    query: Query, wide: WideDiff, rng: np.random.Generator, others: list[Query]
) -> tuple[Query, WideDiff]:
    """The query as a vendor might carry it: some lines lost, some foreign, the message its own."""
    keep = rng.random(len(query.lines)) < rng.uniform(0.4, 1.0)
    lost = set(query.lines[~keep].tolist())
    other = others[int(rng.integers(len(others)))]
    foreign = other.lines[rng.random(len(other.lines)) < rng.uniform(0, 0.6)][: len(query.lines)]
    lines = np.concatenate([query.lines[keep], foreign])
    stranger = others[int(rng.integers(len(others)))]
    changed = query
    if query.subject and rng.random() < 0.6:
        changed = replace(changed, subject=stranger.subject, words=stranger.words)
    if query.author and rng.random() < 0.5:
        changed = replace(changed, author=stranger.author, email=stranger.email)
    surrounding = rng.uniform(0.3, 1.0)
    changed_wide = {
        path: np.array(
            [each for each in block.tolist() if each not in lost and rng.random() < surrounding],
            dtype=np.uint64,
        )
        for path, block in wide.items()
    }
    places = np.concatenate([query.line_paths[keep], np.zeros(len(foreign), dtype=np.int64)])
    return replace(changed, lines=lines, line_paths=places), changed_wide


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


# What no backport shows, because its identifiers are taken out. The values say how far such a
# word moves the odds when nothing else is known: one that names the commit settles it nearly
# alone, a shared bug number only halves the doubt. They are never enough without any content.
BY_HAND = {"change_id": 5.0, "picked": 4.0, "named": 1.5, "bug": 1.0}


def _document(beta: NDArray[np.float64], made_from: list[dict[str, object]], rows: int, positive: int) -> str:
    coefficients = {term: round(float(value), 4) for term, value in zip(TERMS, beta[:-1], strict=True)}
    document = {
        "made": {
            "by": "benchmarks/train_confidence.py",
            "from": made_from,
            "rows": rows,
            "positive": positive,
            "seed": SEED,
            "l2": PENALTY,
            "damaged_weight": DAMAGED_WEIGHT,
            "set_by_hand": BY_HAND,
        },
        "bounds": {"claim": CLAIM, "ask": ASK},
        "intercept": round(float(beta[-1]), 4),
        "coefficients": coefficients | BY_HAND,
    }
    return json.dumps(document, indent=2) + "\n"


if __name__ == "__main__":
    sys.exit(main())
