"""Measure the suggestions: is the upstream change that replaced a patch among the first five?

The truth is a CSV with the columns patch_file, relation, upstream_sha (and downstream_repo, where
--downstream chooses among several). Patches whose true commits are all outside the searched range are
left out and counted. Beside the weights in use each one is tried halved, doubled and at zero, on the
same patches: what follows from that is how steady the answer is, not a better weight. With --choose the
best of a small grid is chosen on all patches but one and asked for that one, in turn.
"""

import argparse
import csv
import itertools
import math
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from unfork.commands.scan import Scanned, ScanRequest, scan_with_sources
from unfork.git import Repository
from unfork.history import store_of
from unfork.model import Candidate
from unfork.suggesting import (
    Documents,
    Query,
    Ranking,
    Weights,
    default_weights,
    kept_documents,
    query_of,
)

VARIED = ("subject", "message", "code", "files", "lines", "joined", "aside", "k1", "b", "message_words",
          "code_words")  # fmt: skip
GRID = {"files": (0.125, 0.25, 0.5), "lines": (0.25, 0.5, 1.0), "code": (0.25, 0.5, 1.0)}
FIRST = 5


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A patch with known replacements."""

    name: str
    query: Query
    candidates: tuple[Candidate, ...]
    truth: frozenset[int]  # places of the true commits


@dataclass(frozen=True, slots=True, eq=False)
class Bench:
    """What all measurements share."""

    scanned: Scanned
    documents: Documents
    rows: tuple[Row, ...]

    def ranks(self, weights: Weights) -> list[int]:
        """The place from 1 of the best true commit for each patch; ties count against us."""
        ranking = Ranking(self.scanned.history, self.documents, weights)
        return [_rank(ranking.score(row.query, row.candidates), row.truth) for row in self.rows]


def main() -> int:
    """Print the figures."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="unfork-bench-") as scratch:
        bench, outside = _bench(options, options.cache_dir or Path(scratch))
    if not bench.rows:
        print("suggestions: no patch of the truth is in the range", file=sys.stderr)
        return 1
    _print_rows(bench, outside)
    _print_varied(bench)
    if options.choose:
        _print_chosen(bench)
    return 0


def _bench(options: argparse.Namespace, cache: Path) -> tuple[Bench, int]:
    request = ScanRequest(
 suggest=True,
        series=options.series, upstream=options.upstream, base=options.base, target=options.target,
        cache_dir=cache, specs=options.specs,
    )  # fmt: skip
    scanned = scan_with_sources(request)
    history = scanned.history
    specs = Repository(Path(options.specs)) if options.specs else None
    documents = kept_documents(
        history,
        ((specs, specs.resolve("HEAD")),) if specs else (),
        store_of(history.repository, cache),
    )
    truth = _truth(options)
    place = {sha: number for number, sha in enumerate(history.graph.shas)}
    rows = []
    outside = 0
    for patch, verdict in zip(scanned.series.patches, scanned.scan.patches, strict=True):
        known = truth.get(patch.name, ())
        places = frozenset(place[sha] for sha in known if sha in place)
        outside += bool(known) and not places
        if places:
            rows.append(Row(patch.name, query_of(patch), verdict.candidates, places))
    return Bench(scanned, documents, tuple(rows)), outside


def _truth(options: argparse.Namespace) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    with options.truth.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["relation"] != options.relation:
                continue
            if options.downstream is None or row.get("downstream_repo") == options.downstream:
                found.setdefault(row["patch_file"], []).append(row["upstream_sha"])
    return found


def _rank(scores: NDArray[np.float64], truth: frozenset[int]) -> int:
    best = max(scores[place] for place in truth)
    if best <= 0:
        return len(scores)
    return 1 + sum(1 for place in np.flatnonzero(scores >= best).tolist() if place not in truth)


def _figures(ranks: Sequence[int]) -> str:
    within = [sum(rank <= most for rank in ranks) for most in (1, FIRST, 10, 20)]
    mean = sum(1 / rank for rank in ranks) / len(ranks)
    return "  ".join(f"{count:>4}" for count in within) + f"   {mean:.3f}"


def _print_rows(bench: Bench, outside: int) -> None:
    shas = bench.scanned.history.graph.shas
    verdicts = {verdict.name: verdict for verdict in bench.scanned.scan.patches}
    given = lines = through = 0
    print("the scan's suggestion  line candidate  patch")
    for row in bench.rows:
        verdict = verdicts[row.name]
        true = {shas[place] for place in row.truth}
        told = next((n for n, each in enumerate(verdict.suggestions, 1) if true & set(each.shas)), None)
        line = next((n for n, each in enumerate(verdict.candidates, 1) if each.sha in true), None)
        given += told is not None
        through += told is not None and not any(
            true & set(each.shas) for each in verdict.suggestions if each.kind != "spec"
        )
        lines += line is not None and line <= FIRST
        print(f"{told or '-':>21}  {line or '-':>14}  {row.name}")
    low, high = _interval(given, len(bench.rows))
    print(
        f"\n{given} of {len(bench.rows)} among the suggestions of the scan ({given / len(bench.rows):.2f}, "
        f"95 % interval {low:.2f} to {high:.2f}), {through} of them only as one of the commits of a "
        f"specification; line candidates alone, first {FIRST}: {lines}; "
        f"{outside} more patches have their replacement outside the range"
    )


def _print_varied(bench: Bench) -> None:
    weights = default_weights()
    print("\nfirst  in 5  in 10 in 20  mean 1/rank")
    print(f"{_figures(bench.ranks(weights))}  weights in use")
    for name in VARIED:
        value = getattr(weights, name)
        for factor in (0, 0.5, 2):
            if factor == 0 and name.endswith("_words"):
                continue
            varied = type(value)(value * factor)
            if name in ("b", "aside") and varied > 1:
                varied = 1.0
            ranks = bench.ranks(msgspec.structs.replace(weights, **{name: varied}))
            print(f"{_figures(ranks)}  {name} {varied:g}")


def _print_chosen(bench: Bench) -> None:
    """Leave one patch out: choose on the others, ask for that one."""
    tried = [bench.ranks(weights) for weights in _grid()]
    hits = 0
    for left in range(len(bench.rows)):
        others = [[rank for n, rank in enumerate(ranks) if n != left] for ranks in tried]
        best = max(range(len(tried)), key=lambda n: sum(1 / rank for rank in others[n]))
        hits += tried[best][left] <= FIRST
    spread = [sum(rank <= FIRST for rank in ranks) for ranks in tried]
    print(
        f"\nchosen on all patches but one, out of {len(tried)}: {hits} of {len(bench.rows)} in the first "
        f"{FIRST}; over the whole grid {min(spread)} to {max(spread)}"
    )


def _grid() -> Iterator[Weights]:
    for values in itertools.product(*GRID.values()):
        yield msgspec.structs.replace(default_weights(), **dict(zip(GRID, values, strict=True)))


def _interval(hits: int, of: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    z = 1.96
    share = hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return middle - half, middle + half


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--truth", type=Path, required=True, metavar="FILE")
    parser.add_argument("--series", required=True, metavar="SPEC")
    parser.add_argument("--upstream", required=True, metavar="REPO")
    parser.add_argument("--base", required=True, metavar="REV")
    parser.add_argument("--target", metavar="REV", help="default: the upstream's HEAD")
    parser.add_argument("--specs", metavar="REPO")
    parser.add_argument("--downstream", metavar="NAME", help="only rows of this downstream_repo")
    parser.add_argument("--relation", default="functional-replacement")
    parser.add_argument("--cache-dir", type=Path, metavar="DIR")
    parser.add_argument("--choose", action="store_true", help="choose weights with one patch left out")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
