"""How many squashed backports of a public history are explained by all the commits they name.

    UNFORK_BENCH_NOVA=CLONE python benchmarks/squashed_backports.py

A backport that says it was picked from two or more searched commits is a patch of several upstream
commits whose truth is known. Its trailers are not shown to the matcher, its subject and author are.
An original counts as named when the cover holds it, or something picked from it.
"""

import argparse
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Answer, Figure, at_least, print_answer
from bench.nova import LINES, SINCE
from rich.console import Console
from unfork.files import cache_root
from unfork.git import Repository
from unfork.history import History, Range, open_history, read_wide
from unfork.matching import Known, Lookup, Truth, default_models, make_lookup, rank, read_truth, wanted_of
from unfork.matching.candidates import line_weights
from unfork.matching.cover import cover  # the question is what it answers, so it is asked directly
from unfork.progress import Silent


@dataclass(frozen=True, slots=True)
class Row:
    """One backport: what it holds, and what was named."""

    known: Known
    originals: tuple[frozenset[int], ...]  # for each original the commits that count as it
    named: tuple[int, ...]
    ranked: tuple[int, ...]  # candidates, best first

    @property
    def found(self) -> int:
        """How many originals were named."""
        return sum(bool(each.intersection(self.named)) for each in self.originals)

    @property
    def foreign(self) -> int:
        """How many commits were named that are no original."""
        return len(set(self.named) - frozenset().union(*self.originals))


def main() -> int:
    """Print how many are explained whole, and what is missing from the others."""
    options = _options()
    repository = Repository(options.nova)
    head = repository.resolve("HEAD")
    wanted = Range(repository.resolve(SINCE), (head,), head)
    history = open_history(repository, wanted, name="nova", cache=cache_root(), progress=Silent())
    truth = read_truth(repository, history, options.ranges, Silent())
    lookup = make_lookup(history.index, wanted_of(history))
    rows = _rows(history, lookup, truth)
    whole = sum(row.found == len(row.originals) for row in rows)
    foreign = sum(row.foreign for row in rows)
    figures = [
        at_least("all originals named", whole, 12, f"of {len(rows)}"),
        Figure("foreign commits named", foreign),
    ]
    print_answer(Answer("squashed", f"squashed backports of {', '.join(options.ranges)}", figures), Console())
    for row in rows:
        if row.found < len(row.originals) or row.foreign:
            print(_described(history, row))
    return 0


def _rows(history: History, lookup: Lookup, truth: Truth) -> list[Row]:
    models = default_models()
    places = [at for at, known in enumerate(truth.rows) if len(known.originals) > 1]
    queries = [truth.queries(message=True)[at] for at in places]
    answers = rank(
        lookup, queries, lambda at: truth.wide[places[at]], (models.same, models.part), models.topic,
        lambda shas: read_wide(history.repository, shas),
    )  # fmt: skip
    weights = line_weights(lookup, queries)
    rows = []
    for place, query, ranked in zip(places, queries, answers, strict=True):
        known = truth.rows[place]
        parts = cover(lookup, query, ranked, models.part, weights)
        originals = tuple(_counted(history, known, number) for number in sorted(known.originals))
        rows.append(
            Row(known, originals, tuple(part.number for part in parts), tuple(each.number for each in ranked))
        )
    return rows


def _counted(history: History, known: Known, original: int) -> frozenset[int]:
    """An original, and what among the searched commits was picked from it."""
    sha = history.index.infos[original].sha
    also = {
        number for number in known.relatives - known.originals
        if any(sha.startswith(each[7:]) for each in history.index.infos[number].ids
               if each.startswith("picked:"))
    }  # fmt: skip
    return frozenset({original, *also})


def _described(history: History, row: Row) -> str:
    infos = history.index.infos
    lines = [f"{row.known.sha[:10]} {row.known.subject}: {row.found} of {len(row.originals)}"]
    for each in row.originals:
        number = min(each)
        place = next((at for at, other in enumerate(row.ranked, 1) if other in each), None)
        named = "named" if each.intersection(row.named) else f"missed, candidate {place}"
        lines.append(f"    {infos[number].sha[:10]} {infos[number].subject[:70]}: {named}")
    known = frozenset().union(*row.originals)
    lines += [
        f"    {infos[at].sha[:10]} {infos[at].subject[:70]}: foreign" for at in row.named if at not in known
    ]
    return "\n".join(lines)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--nova", type=Path, metavar="CLONE", help="default: UNFORK_BENCH_NOVA")
    parser.add_argument("ranges", nargs="*", default=list(LINES[:6]), help="ranges of backports, A..B")
    options = parser.parse_args()
    clone = options.nova or os.environ.get("UNFORK_BENCH_NOVA")
    if not clone:
        parser.error("name a clone of openstack/nova with --nova or UNFORK_BENCH_NOVA")
    options.nova = Path(clone).resolve()
    return options


if __name__ == "__main__":
    sys.exit(main())
