"""Measure the answers for upstreams without history, on backports of a history nothing was trained on.

    python benchmarks/measure_snapshots.py --clone NOVA

Every backport of nova's stable branches meets the trees of its base and of four later releases, with
and without a base, with and without a changelog. The truth is what its trailers say.
"""

import argparse
import itertools
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from snapshot_rows import Known, Meeting, Project, meetings, thinned, unlogged
from unfork.comparing import Compared, Snapshots, compare, default_snapshots
from unfork.model import Relation

RELEASES = [f"{number}.0.0" for number in range(12, 28)]
LINES = ("pike", "queens", "rocky", "stein", "train", "ussuri", "victoria", "wallaby")
BACKPORTS = [(f"{number}.0.0", f"{line}-eol") for number, line in enumerate(LINES, start=16)]
MOST = 60  # patches of a branch
BINS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98, 1.0001)
CLAIMED = (Relation.EQUIVALENT, Relation.REWORKED)


@dataclass(frozen=True, slots=True)
class Judged:
    """A patch, its truth and the answer."""

    row: Known
    answer: Compared
    target: str

    @property
    def chance(self) -> float:
        """The probability given that the target has all of it."""
        sure = self.answer.match.confidence
        if self.answer.match.relation in CLAIMED:
            return sure
        return 1 - sure if self.answer.match.relation is Relation.NONE else 0.0


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clone", type=Path, required=True)
    parser.add_argument("--wrong", type=int, default=0, help="name so many of the surest false claims")
    parser.add_argument("--cache-dir", type=Path, help="keep the states, for the next time")
    options = parser.parse_args()
    models = default_snapshots()
    with tempfile.TemporaryDirectory() as scratch:
        project = Project(options.clone, RELEASES, BACKPORTS, MOST)
        met = list(meetings(project, options.cache_dir or Path(scratch)))
    for based in (True, False):
        for log in ("every commit", "some changes", "none"):
            title = f"{'base' if based else 'no base'}, changelog: {log}"
            _print(title, list(_judged(met, models, based=based, log=log)), options.wrong)
    return 0


def _judged(met: Sequence[Meeting], models: Snapshots, *, based: bool, log: str) -> Iterator[Judged]:
    for each in met:
        sides = each.sides if based else each.blind
        if log != "every commit":
            sides = thinned(sides, each.target) if log == "some changes" else unlogged(sides)
        answers = compare([row.patch for row in each.rows], sides, models)
        yield from (Judged(row, answer, each.target) for row, answer in zip(each.rows, answers, strict=True))


def _print(title: str, judged: Sequence[Judged], wrong: int) -> None:
    mixed = [one for one in judged if len(set(one.row.taken)) > 1]
    plain = [one for one in judged if len(set(one.row.taken)) == 1]
    there = [one for one in plain if one.row.whole]
    absent = [one for one in plain if not one.row.whole]
    print(f"\n{title}: {len(there)} there, {len(absent)} not, {len(mixed)} half")
    for name, rows in (("there", there), ("not there", absent), ("half there", mixed)):
        counts = Counter("ask" if one.answer.ask else str(one.answer.match.relation) for one in rows)
        shares = ", ".join(f"{key} {100 * n / len(rows):.1f} %" for key, n in counts.most_common())
        print(f"  {name:<11} {shares}")
    chances = np.array([one.chance for one in judged])
    truth = np.array([one.row.whole for one in judged], dtype=float)
    error = 0.0
    for low, high in itertools.pairwise(BINS):
        inside = (chances >= low) & (chances < high)
        if inside.any():
            error += abs(chances[inside].mean() - truth[inside].mean()) * inside.mean()
            said, true = chances[inside].mean(), truth[inside].mean()
            print(f"    said {said:.3f}  true {true:.3f}  {inside.sum():>6} rows")
    print(f"  expected calibration error {error:.4f}")
    false = [one for one in absent if one.answer.match.relation in CLAIMED]
    for one in sorted(false, key=lambda one: -one.chance)[:wrong]:
        print(f"    claimed {one.chance:.3f} {one.target} {one.row.patch.name[:12]} {one.row.patch.subject}")


if __name__ == "__main__":
    sys.exit(main())
