"""Measure a scan of a real series against labels that people made by reading both diffs.

    python benchmarks/labels.py --truth FILE.csv --downstream stx-nova \\
        --series REPO@REV:DIR --upstream REPO --base REV

The truth is a CSV with the columns downstream_repo, patch_file, relation and upstream_sha, a row for
each upstream commit of a patch. A patch has a textual relation when one of its rows says so; counted are
those with such a commit in the searched range. Patches whose only label is ``none`` must not be claimed.
"""

import argparse
import csv
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Answer, Figure, at_least, at_most, print_answer
from rich.console import Console
from unfork.commands.scan import Scanned, ScanRequest, scan_with_sources
from unfork.model import Verdict

TEXTUAL = {"identical", "backport", "earlier-version-of", "reworked", "partial", "split", "squashed"}
FIRST = 5


@dataclass(frozen=True, slots=True)
class Row:
    """A patch with true commits in the range."""

    verdict: Verdict
    truth: frozenset[str]

    @property
    def claimed(self) -> bool:
        """Whether one of the true commits is claimed."""
        return any(commit.sha in self.truth for commit in self.verdict.commits)

    @property
    def place(self) -> int | None:
        """The place from 1 of the first true commit among the candidates."""
        shas = [each.sha for each in self.verdict.candidates]
        return next((at for at, sha in enumerate(shas, 1) if sha in self.truth), None)


def main() -> int:
    """Scan, compare, print."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="unfork-labels-") as scratch:
        scanned = scan_with_sources(
            ScanRequest(
                series=options.series, upstream=options.upstream, base=options.base, target=options.target,
                cache_dir=options.cache_dir or Path(scratch),
            )
        )  # fmt: skip
    labels = _labels(options.truth, options.downstream)
    verdicts = {each.name.rsplit("/", 1)[-1]: each for each in scanned.scan.patches}
    rows = _rows(labels, verdicts, scanned)
    none = [verdicts[name] for name, found in labels.items() if set(found) == {"none"} and name in verdicts]
    wrong = [each for each in none if each.commits]
    print_answer(_answer(rows, len(wrong), len(none), options.downstream), Console())
    for row in rows:
        if not row.claimed or (row.place or FIRST + 1) > FIRST:
            print(f"{row.verdict.name}: {row.verdict.relation}, true commit at place {row.place}")
    for each in wrong:
        print(f"{each.name}: {each.relation} {each.commits[0].sha[:12]}, but labelled none")
    return 0


def _answer(rows: list[Row], wrong: int, none: int, name: str) -> Answer:
    count = max(1, len(rows))
    firsts = [row.place is not None and row.place <= FIRST for row in rows]
    return Answer(
        f"labels-{name}",
        f"{name}: {len(rows)} patches with a textual relation in the range, {none} labelled none",
        [
            at_least("a true commit claimed", sum(row.claimed for row in rows) / count, 0.6),
            Figure("a true commit at first place", sum(row.place == 1 for row in rows) / count),
            at_least("a true commit in the first five", sum(firsts) / count, 0.9),
            at_most("claims on patches labelled none", wrong / max(1, none), 0.01),
        ],
    )


def _labels(path: Path, downstream: str) -> dict[str, dict[str, set[str]]]:
    """For each patch the upstream hashes of each relation it is labelled with."""
    labels: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["downstream_repo"] == downstream:
                labels[row["patch_file"]][row["relation"]].update({row["upstream_sha"]} - {""})
    return labels


def _rows(
    labels: dict[str, dict[str, set[str]]], verdicts: dict[str, Verdict], scanned: Scanned
) -> list[Row]:
    searched = set(scanned.history.shas)
    rows = []
    for name, found in labels.items():
        textual = [shas for relation, shas in found.items() if relation in TEXTUAL]
        truth = frozenset().union(*textual) & searched
        if truth and name in verdicts:
            rows.append(Row(verdicts[name], truth))
    return rows


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--truth", type=Path, required=True, metavar="FILE.csv")
    parser.add_argument("--downstream", required=True, help="the value of downstream_repo to take")
    parser.add_argument("--series", required=True)
    parser.add_argument("--upstream", required=True)
    parser.add_argument("--base", required=True)
    parser.add_argument("--target", default="HEAD")
    parser.add_argument("--cache-dir", type=Path, metavar="DIR", help="default: one for this run")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
