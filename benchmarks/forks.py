"""Measure the relations a scan states where the truth is known: forks generated from real text.

    python benchmarks/forks.py --patches 1000 --seed 1

The upstream is a history of edits to files of Python's standard library; the fork carries patches that
upstream took whole, in pieces, with others, in part, in another form, took back, or never saw. How
an answer is judged: forked/measuring.py.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.figures import Answer, at_least, at_most, print_answer
from forked.fork import Fork, generate
from forked.measuring import LABELS, OTHER, Figures, Judged, figures, judge
from rich.console import Console
from rich.table import Table
from unfork.commands.scan import Scanned, ScanRequest, scan_with_sources
from unfork.git_write import Workshop


def main() -> int:
    """Generate, scan, judge, print."""
    options = _options()
    console = Console(width=None if sys.stdout.isatty() else 150)
    with tempfile.TemporaryDirectory(prefix="unfork-forks-", dir=options.scratch) as folder:
        place = options.keep or Path(folder)
        begin = time.perf_counter()
        fork = generate(place / "upstream.git", options.patches, options.commits, options.seed)
        made = time.perf_counter()
        scanned = _scan(fork, options.carrier, place)
        seconds = time.perf_counter() - made
        print(f"made in {made - begin:.0f} s, scanned in {seconds:.1f} s", file=sys.stderr)
        judged = judge(fork, scanned)
    found = figures(judged)
    print_answer(_answer(found, fork, options.seed), console)
    console.print(_matrix(found))
    console.print(_reliability(found))
    for each in _worst(judged)[: options.worst]:
        console.print(_described(each, options.seed), highlight=False, markup=False, soft_wrap=True)
    if options.json:
        rows = [_row(each) for each in judged]
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


def _scan(fork: Fork, carrier: str, place: Path) -> Scanned:
    if carrier == "range":
        series = f"{fork.repository}:{fork.base}..{fork.branch}"
    else:
        series = str(place / "patches")
        Workshop(fork.repository).format_patches(fork.base, fork.branch, Path(series))
    request = ScanRequest(
        series=series, upstream=str(fork.repository), base=fork.base, target=fork.target,
        cache_dir=place / "cache",
    )  # fmt: skip
    return scan_with_sources(request)


def _answer(found: Figures, fork: Fork, seed: int) -> Answer:
    per_class = ", ".join(f"{kind} {hits}/{count}" for kind, (hits, count) in found.recall.items())
    return Answer(
        name=f"forks-{seed}",
        title=f"{len(fork.patches)} carried patches, {fork.commits} upstream commits, seed {seed}",
        figures=(
            at_least("macro F1 of the relation", found.macro_f1, 0.95, note=per_class),
            *(at_least(f"F1 {label}", value, 0.95) for label, value in found.f1.items()),
            at_least("lines given to the right commit", found.line_share, 0.97),
            at_least("the same, lines nobody took counted", found.line_share_all, 0.97),
            at_most("expected calibration error", found.ece, 0.03),
        ),
    )


def _matrix(found: Figures) -> Table:
    columns = [*LABELS, OTHER]
    table = Table("class = truth", *columns, title="what was said", title_justify="left")
    for row in sorted({row for row, _ in found.confusion}):
        table.add_row(row, *(str(found.confusion.get((row, column), "")) for column in columns))
    return table


def _reliability(found: Figures) -> Table:
    table = Table("claimed", "true", "patches", title="confidence", title_justify="left")
    for each in found.bins:
        table.add_row(f"{each.claimed:.3f}", f"{each.true:.3f}", str(each.count))
    return table


def _worst(judged: Sequence[Judged]) -> list[Judged]:
    """Wrong relations, the surest first, then the lines that went astray."""
    wrong = [each for each in judged if not each.correct]
    astray = [each for each in judged if each.correct and each.right < each.lines]
    return [
        *sorted(wrong, key=lambda each: -each.verdict.confidence),
        *sorted(astray, key=lambda each: each.right - each.lines),
    ]


def _described(each: Judged, seed: int) -> str:
    patch, verdict = each.patch, each.verdict
    true = sorted({sha[:10] for shas in patch.landed.values() for sha in shas})
    said = [f"{commit.sha[:10]} {commit.share:.2f}" for commit in verdict.commits]
    return (
        f"seed {seed} patch {patch.number} {patch.sha[:10]} {patch.kind} {patch.variant}: {each.truth}, "
        f"said {each.answer} ({verdict.relation}, {verdict.advice}, {verdict.confidence:.3f}); "
        f"lines {each.right}/{each.lines}, others {each.kept}/{each.foreign}; true {true}, said {said}"
    )


def _row(each: Judged) -> dict[str, object]:
    return {
        "patch": each.patch.number, "sha": each.patch.sha, "class": each.patch.kind,
        "variant": each.patch.variant, "truth": each.truth, "answer": each.answer,
        "relation": each.verdict.relation, "confidence": each.verdict.confidence,
        "advice": each.verdict.advice, "lines": each.lines, "right": each.right,
        "foreign": each.foreign, "kept": each.kept, "reverts": each.patch.reverts,
        "true": {str(at): sorted(shas) for at, shas in each.patch.landed.items()},
        "said": [[commit.sha, commit.share] for commit in each.verdict.commits],
    }  # fmt: skip


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--patches", type=int, default=1000, help="carried patches (default: 1000)")
    parser.add_argument("--commits", type=int, default=1800,
                        help="upstream commits that take none of them (default: 1800)")  # fmt: skip
    parser.add_argument("--seed", type=int, default=1, help="another seed, another fork (default: 1)")
    parser.add_argument("--carrier", choices=["range", "directory"], default="range")
    parser.add_argument("--worst", type=int, default=20, metavar="N", help="wrong answers to list")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every judged patch")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="make it here and leave it")
    parser.add_argument("--scratch", type=Path, metavar="DIR", help="where to work (default: TMPDIR)")
    options = parser.parse_args()
    if options.patches < 16 or options.commits < 300:
        parser.error("fewer than 16 patches or 300 commits say nothing")
    return options


if __name__ == "__main__":
    sys.exit(main())
