"""Measure what is said of the patches of one series among themselves, on forks generated from real text.

    python benchmarks/series.py --patches 300 --seed 1

The fork's patches mend, revert, repeat and squash one another, with and without saying so; some of
them go upstream, mended or not. What is made: forked/related.py.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from bench.figures import Answer, Figure, at_least, at_most, print_answer
from forked.related import Related, generate
from rich.console import Console
from unfork.commands.scan import ScanRequest, run_scan
from unfork.grouping import find_relations
from unfork.matching import default_models
from unfork.model import Advice, Scan
from unfork.series import read_series

_KINDS = ("fixes", "reverts", "repeats", "part-of")


def main() -> int:
    """Generate, scan, compare, print."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="unfork-series-", dir=options.scratch) as folder:
        place = options.keep or Path(folder)
        place.mkdir(exist_ok=True)
        made = generate(place, options.patches, options.seed)
        patches = read_series(str(made.folder), carrier="directory", cache_dir=place).patches
        begin = time.process_time()
        find_relations(patches, default_models().series)
        seconds = time.process_time() - begin
        scan = run_scan(
            ScanRequest(
                series=str(made.folder), upstream=str(made.repository), base=made.base, target=made.target,
                cache_dir=place / "cache",
            )
        )  # fmt: skip
    console = Console(width=None if sys.stdout.isatty() else 150)
    title = f"{len(patches)} patches that know each other, seed {options.seed}, {1000 * seconds:.0f} ms"
    print_answer(Answer(f"series-{options.seed}", title, _figures(made, scan)), console)
    for line in _wrong(made, scan)[: options.worst]:
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    return 0


def _said(scan: Scan) -> dict[tuple[str, str], str]:
    return {
        (kin.patch, kin.other): str(kin.kind)
        for verdict in scan.patches
        for kin in verdict.kin
        if kin.patch == verdict.name
    }


def _figures(made: Related, scan: Scan) -> tuple[Figure, ...]:
    said, truth = _said(scan), made.truth
    found: list[Figure] = []
    for kind in _KINDS:
        right = sum(truth.get(pair) == kind for pair, each in said.items() if each == kind)
        claimed = sum(each == kind for each in said.values())
        true = sum(each == kind for each in truth.values())
        found.append(
            at_least(f"{kind}: precision", right / max(1, claimed), 0.95, note=f"{right} of {claimed}")
        )
        found.append(at_least(f"{kind}: recall", right / max(1, true), 0.9, note=f"{right} of {true}"))
    rows = {verdict.name: verdict for verdict in scan.patches}
    names = [name for name, sha in made.mended.items() if sha != "-"]
    named = [name for name in names if made.mended[name] in {commit.sha for commit in rows[name].commits}]
    alone = sum(rows[name].evidence[0].method != "together" for name in named)
    found.append(at_least("fix-ups upstream with their patch: named", len(named) / max(1, len(names)), 0.8,
                          note=f"{len(named)} of {len(names)}, {alone} alone"))  # fmt: skip
    false = sum(bool(rows[name].commits) for name in made.unmended)
    found.append(at_most("fix-ups that upstream lacks: claimed", false / max(1, len(made.unmended)), 0.02,
                         note=f"{false} of {len(made.unmended)}"))  # fmt: skip
    dropped = {verdict.name for verdict in scan.patches if verdict.advice is Advice.DROP}
    hits = len(made.cancelled & dropped)
    found.append(at_least("patches that cancel out: dropped", hits / max(1, len(made.cancelled)), 0.95,
                          note=f"{hits} of {len(made.cancelled)}"))  # fmt: skip
    joined = {verdict.name: {part.patch for part in verdict.parts} for verdict in scan.patches}
    parts = [(squash, part) for squash, members in made.listed.items() for part in members]
    hits = sum(part in joined[squash] for squash, part in parts)
    found.append(at_least("parts of squashes joined", hits / max(1, len(parts)), 0.98,
                          note=f"{hits} of {len(parts)}"))  # fmt: skip
    return tuple(found)


def _wrong(made: Related, scan: Scan) -> list[str]:
    said = _said(scan)
    pairs = sorted(pair for pair in said.keys() | made.truth.keys() if said.get(pair) != made.truth.get(pair))
    counted = Counter((made.truth.get(pair), said.get(pair)) for pair in pairs)
    lines = [f"{true} told as {told}: {number}" for (true, told), number in counted.most_common()]
    rows = {verdict.name: verdict for verdict in scan.patches}
    for name, sha in made.mended.items():
        if sha != "-" and sha not in {commit.sha for commit in rows[name].commits}:
            best = rows[name].candidates[0].score if rows[name].candidates else 0.0
            mends = next(other for patch, other in made.truth if patch == name)
            lines.append(f"{name} mends {mends}, upstream {sha[:10]}: {rows[name].relation}, best {best:.3f}")
    return lines + [
        f"{one} {other}: {made.truth.get((one, other))}, said {said.get((one, other))}"
        for one, other in pairs
    ]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--patches", type=int, default=300, help="patches of the series (default: 300)")
    parser.add_argument("--seed", type=int, default=1, help="another seed, another fork (default: 1)")
    parser.add_argument("--worst", type=int, default=20, metavar="N", help="wrong relations to list")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="make it here and leave it")
    parser.add_argument("--scratch", type=Path, metavar="DIR", help="where to work (default: TMPDIR)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
