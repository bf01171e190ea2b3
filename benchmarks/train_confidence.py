"""Train the coefficients of the confidence models on the backports of public histories.

    python benchmarks/train_confidence.py --out confidence.json \\
        --project neutron=CLONE 11.0.0 11.0.0..pike-eol 12.0.0..queens-eol

Each ``--project NAME=CLONE SINCE RANGE...`` gives one history. What is trained on must not be what
is measured on: docs/matching.md says which projects were used for which.

Three models: ``same`` says whether a patch and a commit are the same change, ``part`` whether a
commit is part of a patch, or a patch part of it, ``topic`` whether both are about the same thing: it
claims nothing and puts candidates in order.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import numpy as np
from fitting import PENALTY, fit
from lapsed_patches import lapsed, settled
from numpy.typing import NDArray
from suggestion_pairs import find_pairs
from unfork.files import cache_root
from unfork.git import Repository
from unfork.history import History, Range, open_history, read_wide
from unfork.matching import (
    FEATURE_NAMES,
    TERMS,
    Lookup,
    Model,
    expand,
    make_lookup,
    query_of_patch,
    rank,
    read_truth,
    rows_of,
    wanted_of,
    wide_of_patch,
)
from unfork.progress import Silent
from vendor_patches import (
    Made,
    buried,
    damaged,
    halfway,
    joined,
    mixed,
    moved,
    pieces,
    plain,
    redone,
    renumbered,
    rewritten,
    vendors_own,
)

SEED = 2018
# A damaged row is our guess at what vendors do, a plain one is what maintainers did: it counts less.
DAMAGED_WEIGHT = 0.05
LAPSED = 900  # commits of which later work is made into patches
LAPSED_WEIGHT = 0.5
PAIR_LINES = 3  # lines that say something which two commits for one bug share, to be parts of each other
MOVED_WEIGHT = 0.2  # maintainers move files too, more seldom than a third of the backports
# How the bounds were chosen is in docs/matching.md.
BOUNDS = {"same": {"claim": 0.93, "ask": 0.5}, "part": {"claim": 0.35, "ask": 0.25},
          "topic": {"claim": 1.0, "ask": 1.0}}  # fmt: skip
# Names for what a cover is, by shares of changed lines: see unfork.matching.relate.
NAMING = {"whole": 0.8, "bulk": 0.5}
# How far the search goes: see unfork.matching.settings.Search. Set by hand.
SEARCH = {
    "common_line": 0.02, "common_name": 0.05, "few_commits": 64, "elsewhere": 0.3, "best": 12, "same_id": 40,
    "near_subjects": 6, "alike_subject": 0.5, "look": 3, "worth_a_look": 0.01, "near": 6, "telling": 12,
    "core": 3, "core_share": 0.5, "most": 0.6, "parts": 12,
}  # fmt: skip
# What no backport shows, because its identifiers are taken out. The values say how far such a
# word moves the odds when nothing else is known: one that names the commit settles it nearly
# alone, a shared bug number only halves the doubt. They are never enough without any content.
BY_HAND = {
    "same": {"change_id": 6.0, "picked": 6.0, "named": 1.5, "bug": 1.0},
    "part": {"change_id": 4.0, "picked": 4.0, "named": 1.5, "bug": 1.0},
    "topic": {"change_id": 4.0, "picked": 4.0, "named": 3.0, "bug": 3.0},
}
_LOOKED = (
    "looked", "surroundings", "patch_id", "anchored", "anchored_found", "anchored_matter", "anchored_much",
    "anchored_core",
)  # fmt: skip

# What ``topic`` may go by. Its pairs are never the same change, and never by the same author: of lines and
# authors they would teach the contrary.
_TELLING = {
    "paths", "subject", "subject_known", "subject_words", "subject_matter", "told", "numbers_differ",
    "names", "names_placed", "names_contained", "names_added", "names_matter",
}  # fmt: skip

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
    parser.add_argument("--rows", type=Path, metavar="FILE", help="also write the rows, to fit them again")
    options = parser.parse_args()
    made_from: list[dict[str, object]] = []
    parts: dict[str, list[Rows]] = {"same": [], "part": [], "topic": []}
    for spec, since, *ranges in options.project:
        name, _, clone = spec.partition("=")
        history = _history(Path(clone), since)
        truth = read_truth(history.repository, history, ranges, Silent())
        print(f"{name}: {len(truth.rows)} backports", file=sys.stderr)
        lookup = make_lookup(history.index, wanted_of(history))
        whole = {message: plain(clone, ranges, truth, message=message) for message in (True, False)}
        parts["same"] += _same_rows(history, lookup, whole)
        parts["part"] += _part_rows(history, lookup, whole[True])
        parts["part"] += _lapsed_rows(history, lookup)
        pairs = _pairs(history)
        parts["part"] += _pair_rows(history, lookup, pairs)
        parts["topic"] += _topic_rows(history, lookup, pairs)
        made_from.append({"project": name, "since": since, "ranges": ranges, "backports": len(truth.rows)})
    if options.rows:
        columns = {
            f"{name}{at}": part for name, rows in parts.items() for at, part in enumerate(_stacked(rows))
        }
        np.savez(options.rows, allow_pickle=False, **columns)
    models = {name: _fitted(name, rows) for name, rows in parts.items()}
    options.out.write_text(_document(models, made_from), encoding="utf-8")
    return 0


def _history(clone: Path, since: str) -> History:
    repository = Repository(clone)
    head = repository.resolve("HEAD")
    wanted = Range(repository.resolve(since), (head,), head)
    return open_history(repository, wanted, name=clone.name, cache=cache_root(), progress=Silent())


def _same_rows(history: History, lookup: Lookup, whole: dict[bool, list[Made]]) -> Iterator[Rows]:
    """The backports as they are, damaged and written otherwise, with and without their message."""
    rng = np.random.default_rng(SEED)
    for message in (True, False):
        some = whole[message][::3]
        for made, weight in (
            (whole[message], 1.0),
            (damaged(some, rng), DAMAGED_WEIGHT),
            (moved(some, rng), MOVED_WEIGHT),
            (rewritten(some, rng), DAMAGED_WEIGHT),
            (renumbered(whole[message], rng), 1.0),
        ):
            for features, labels in _ranked(history, lookup, made):
                yield features, labels, np.full(len(labels), weight)
                yield from _unseen(features, labels, weight)


def _part_rows(history: History, lookup: Lookup, whole: list[Made]) -> Iterator[Rows]:
    """Backports joined, mixed and cut."""
    rng = np.random.default_rng(SEED + 1)
    some = whole[::3]
    kinds = (joined, mixed, buried, pieces, rewritten, redone, renumbered)
    for made in (*(kind(some, rng) for kind in kinds), halfway(whole, rng)):
        for features, labels in _ranked(history, lookup, made):
            yield features, labels, np.ones(len(labels))
            yield from _unseen(features, labels, 1.0)


def _lapsed_rows(history: History, lookup: Lookup) -> Iterator[Rows]:
    """What became of commits later: as it is and in a vendor's words, in pieces, deep in other code."""
    rng = np.random.default_rng(SEED + 2)
    some = lapsed(history, lookup, LAPSED, rng)
    for kind in (vendors_own, pieces, buried, halfway):
        for features, labels in _ranked(history, lookup, settled(lookup, kind(some, rng))):
            yield features, labels, np.full(len(labels), LAPSED_WEIGHT)
            yield from _unseen(features, labels, LAPSED_WEIGHT)


def _pairs(history: History) -> list[Made]:
    """What other people did for the same bug or blueprint."""
    return [
        Made("pair", pair.patch, tuple(frozenset({at}) for at in pair.truth), pair.hidden)
        for pair in find_pairs(history, ["HEAD"])
    ]


def _pair_rows(history: History, lookup: Lookup, pairs: list[Made]) -> Iterator[Rows]:
    """Those of the pairs that have code in common: one took up what the other began."""
    for features, labels in _ranked(history, lookup, settled(lookup, pairs, PAIR_LINES)):
        yield features, labels, np.ones(len(labels))
        yield from _unseen(features, labels, 1.0)


def _topic_rows(history: History, lookup: Lookup, pairs: list[Made]) -> Iterator[Rows]:
    """The pairs, whether they share a line or not."""
    for features, labels in _ranked(history, lookup, pairs):
        yield features, labels, np.ones(len(labels))


def _unseen(features: NDArray[np.float64], labels: NDArray[np.float64], weight: float) -> Iterator[Rows]:
    """What was looked at with its context, as the index alone sees it."""
    looked = features[:, FEATURE_NAMES.index("looked")] > 0
    unseen = features[looked]
    unseen[:, [FEATURE_NAMES.index(name) for name in _LOOKED]] = 0
    yield unseen, labels[looked], np.full(len(unseen), weight)


def _ranked(
    history: History, lookup: Lookup, made: list[Made]
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """The features of every candidate. A third of the patches is asked again with their originals hidden:
    most of what vendors carry is not upstream, and what is like it all the same must be learnt."""
    for asked, leave_out in ((made, False), (made[::3], True)):
        hidden = {
            place: each.unsure | (each.relatives if leave_out else frozenset())
            for place, each in enumerate(asked)
        }
        answers = rank(
            lookup,
            [query_of_patch(each.patch) for each in asked],
            lambda place, asked=asked: wide_of_patch(asked[place].patch),  # type: ignore[misc]
            (_by_content(),),
            _by_content(),
            lambda shas: read_wide(history.repository, shas),
            without=hidden,
        )
        for each, ranked in zip(asked, answers, strict=True):
            features = rows_of([one.features for one in ranked])
            yield features, np.array([one.number in each.relatives for one in ranked], dtype=np.float64)


def _by_content() -> Model:
    """While training: a model that only picks what is looked at with its context."""
    coefficients = np.zeros(len(TERMS))
    for name in ("jaccard", "contained", "subject", "paths", "names"):
        coefficients[FEATURE_NAMES.index(name)] = 1.0
    return Model(coefficients, -1.0, claim=1.0, ask=0.0)


def _stacked(parts: list[Rows]) -> Rows:
    rows = np.vstack([features for features, _, _ in parts])
    return (
        rows,
        np.concatenate([each for _, each, _ in parts]),
        np.concatenate([each for _, _, each in parts]),
    )


def _fitted(name: str, parts: list[Rows]) -> dict[str, object]:
    rows, labels, weights = _stacked(parts)
    design = expand(rows)
    if name == "topic":
        design[:, [not _TELLING.issuperset(term.split("*")) for term in TERMS]] = 0
    beta = fit(design, labels, weights)
    coefficients = {term: round(float(value), 4) for term, value in zip(TERMS, beta[:-1], strict=True)}
    return {
        "rows": len(labels),
        "positive": int(labels.sum()),
        "bounds": BOUNDS[name],
        "intercept": round(float(beta[-1]), 4),
        "coefficients": coefficients | BY_HAND[name],
    }


def _document(models: dict[str, dict[str, object]], made_from: list[dict[str, object]]) -> str:
    made = {
        "by": "benchmarks/train_confidence.py",
        "from": made_from,
        "seed": SEED,
        "l2": PENALTY,
        "damaged_weight": DAMAGED_WEIGHT,
        "moved_weight": MOVED_WEIGHT,
        "set_by_hand": BY_HAND,
    }
    # What holds inside a series is not trained here: benchmarks/series.py measures it.
    series = json.loads((files("unfork.matching") / "confidence.json").read_text(encoding="utf-8"))["series"]
    document = {"made": made, "search": SEARCH, "naming": NAMING, "series": series, "models": models}
    return json.dumps(document, indent=2) + "\n"


if __name__ == "__main__":
    sys.exit(main())
