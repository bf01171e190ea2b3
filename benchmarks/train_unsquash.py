"""Fit the weights by which hunks of a squash are put together, on squashes of public histories.

    python benchmarks/train_unsquash.py --out weights.json --project neutron=CLONE@11.0.0..16.0.0

A row is a pair of pieces of one squash: how alike they are, and whether one commit made both. Squashes
count alike, however many pairs each has. What is trained on must not be what is measured on:
docs/unsquash.md says which commits were used for which.
"""

import argparse
import json
import sys
from collections import Counter
from importlib.resources import files
from pathlib import Path

import numpy as np
from fitting import fit
from numpy.typing import NDArray
from unfork.git import Repository
from unfork.unsquashing.features import TERMS, compare, terms
from unfork.unsquashing.pieces import Piece, pieces_of
from unfork.unsquashing.reading import identifiers_outside, read_pieces
from unsquashed.sampling import sample
from unsquashed.squash import Squash

SEED = 1
_PAIRS = 500  # of a squash that are looked at
_LARGEST = 600  # pieces of a squash that is looked at


def main() -> int:
    """Read the projects, fit, write the data file."""
    options = _options()
    rng = np.random.default_rng(SEED)
    rows, labels, weights = [], [], []
    made_from = []
    for spec in options.project:
        name, _, place = spec.partition("=")
        clone, _, span = place.rpartition("@")
        repository = Repository(Path(clone))
        squashes = list(sample(repository, span, options.count, SEED))
        ends = "..".join(repository.resolve(end)[:12] for end in span.split(".."))
        made_from.append({"project": name, "range": ends, "squashes": len(squashes)})
        print(f"{name}: {len(squashes)} squashes", file=sys.stderr)
        for squash in squashes:
            found = _pairs(squash, rng)
            if found is not None:
                rows.append(found[0])
                labels.append(found[1])
                weights.append(np.full(len(found[1]), 1 / len(found[1])))
    weight = np.concatenate(weights)
    weight *= len(weight) / weight.sum()
    beta = fit(np.vstack(rows).astype(np.float64), np.concatenate(labels), weight)
    document = json.loads((files("unfork.unsquashing") / "weights.json").read_text(encoding="utf-8"))
    document["made"] = {
        "by": "benchmarks/train_unsquash.py",
        "from": made_from,
        "seed": SEED,
        "pairs": len(weight),
    }
    document["intercept"] = round(float(beta[-1]), 4)
    document["coefficients"] = {
        term: round(float(value), 4) for term, value in zip(TERMS, beta[:-1], strict=True)
    }
    options.out.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return 0


def maker_of(squash: Squash, piece: Piece) -> int | None:
    """The commit that made most of a piece."""
    makers = Counter(squash.truth[line] for line in piece.lines() if line in squash.truth)
    return makers.most_common(1)[0][0] if makers else None


def _pairs(
    squash: Squash, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float64]] | None:
    """Features and labels of some pairs of a squash."""
    pieces = [piece for piece in pieces_of(squash.patch) if maker_of(squash, piece) is not None]
    if not 1 < len(pieces) <= _LARGEST:
        return None
    makers = np.array([maker_of(squash, piece) for piece in pieces], dtype=np.int64)
    features = compare(read_pieces(squash.patch, pieces), identifiers_outside(squash.patch))
    one, other = np.triu_indices(len(pieces), 1)
    if len(one) > _PAIRS:
        chosen = rng.choice(len(one), _PAIRS, replace=False)
        one, other = one[chosen], other[chosen]
    table = np.stack([value[one, other] for _, value in terms(features)], axis=-1)
    return table, (makers[one] == makers[other]).astype(np.float64)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--project", action="append", required=True, metavar="NAME=CLONE@RANGE")
    parser.add_argument("--count", type=int, default=400, help="squashes of each kind (default: 400)")
    parser.add_argument("--out", type=Path, required=True)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
