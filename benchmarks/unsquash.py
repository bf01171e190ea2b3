"""Measure how squashed patches are taken apart where the truth is known.

    python benchmarks/unsquash.py --clone nova=CLONE@20.0.0..HEAD --squashes 100 --seed 3
    python benchmarks/unsquash.py --generated 200 --seed 3
    python benchmarks/unsquash.py --series stx-nova@207b897d28:stx-patches

A squash is made of two to eight commits: neighbours on the main branch, stacks of one author
(unsquashed/sampling.py), or generated ones (unsquashed/generating.py). Each is taken apart four times: with
a message that says nothing; with one that lists the subjects; with the original commits beside it; and with
a history searched that has them among others, as the command searches it. The figure is the Rand index over
hunks (unsquashed/measuring.py); every proposal is made a series, and its tree compared with the squash's.

With --series the parts that lie beside a squash are the truth, and are hidden.
"""

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean

from bench.figures import Answer, Figure, at_least, print_answer
from rich.console import Console
from unfork.commands.squash_parts import donors_of, known_parts
from unfork.files import cache_root
from unfork.git import Repository
from unfork.grouping import file_number
from unfork.history import History, Range, open_history
from unfork.model import Patch
from unfork.progress import Silent
from unfork.series import read_series
from unfork.unsquashing import Donor, Origin, Title, compose, default_weights, lines_of, propose, prove
from unfork.unsquashing.donors import assign
from unfork.unsquashing.pieces import Line, pieces_of
from unsquashed.generating import generate
from unsquashed.measuring import rand_index
from unsquashed.sampling import sample
from unsquashed.squash import Squash, diff

_BARS = {"silent": 0.85, "listed": 0.85, "beside": 0.95, "upstream": 0.95}


def main() -> int:
    """Take them apart, judge, print."""
    options = _options()
    console = Console(width=None if sys.stdout.isatty() else 150)
    for spec in options.clone or ():
        name, _, place = spec.partition("=")
        clone, _, span = place.rpartition("@")
        repository = Repository(Path(clone))
        squashes = sample(repository, span, options.squashes, options.seed)
        title = f"{name} {span}, seed {options.seed}"
        print_answer(_answer(title, squashes, repository, span.partition("..")), console)
    if options.generated:
        with tempfile.TemporaryDirectory(prefix="unfork-unsquash-") as folder:
            made = generate(Path(folder) / "upstream.git", options.generated, options.seed)
            repository = Repository(made.repository)
            title = f"{options.generated} generated squashes, seed {options.seed}"
            squashes = made.squashes(repository)
            print_answer(_answer(title, squashes, repository, (made.base, "..", "master")), console)
    if options.series:
        print_answer(_beside(options.series), console)
    return 0


def _answer(
    title: str, squashes: Iterator[Squash], repository: Repository, span: tuple[str, str, str]
) -> Answer:
    since, tip = repository.resolve(span[0]), repository.resolve(span[2])
    history = open_history(
        repository, Range(since, (tip,), tip), name="upstream", cache=cache_root(), progress=Silent()
    )
    found: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    seconds = []
    same = made = 0
    for squash in squashes:
        tree = repository.tree(squash.base)
        for case, donors, titles in _cases(squash, repository, history):
            begin = time.perf_counter()
            proposal = propose(squash.patch, donors, titles, default_weights(), series="")
            if case == "silent":
                seconds.append(time.perf_counter() - begin)
            said = {line: number for number, part in enumerate(proposal.parts) for line in part.lines}
            found[squash.kind, case].append(rand_index(squash.truth, said))
            made += 1
            parts = compose(squash.patch, proposal.parts)
            same += bool(prove(squash.patch, parts, where=title, tree=tree, lender=repository))
        for case, labels in _simple(squash.patch):
            found[squash.kind, case].append(rand_index(squash.truth, labels))
    figures = []
    for (kind, case), values in found.items():
        what, value, note = f"{kind}, {case}", fmean(values), f"{len(values)} squashes"
        bar = _BARS.get(case)
        figures.append(at_least(what, value, bar, note=note) if bar else Figure(what, value, note=note))
    figures.append(at_least("tree identical", same, made, f"of {made}"))
    figures.append(Figure("a proposal without known parts", fmean(seconds), "s"))
    return Answer("unsquash", title, tuple(figures))


def _cases(
    squash: Squash, repository: Repository, history: History
) -> Iterator[tuple[str, Sequence[Donor], Sequence[Title]]]:
    titles = [Title(commit.subject, commit.sha) for commit in squash.commits]
    befores = [squash.base, *(commit.sha for commit in squash.commits)]
    donors = [
        Donor(Origin.BESIDE, sha, replace(diff(repository, before, sha), subject=title.subject))
        for before, sha, title in zip(befores, befores[1:], titles, strict=False)
    ]
    yield "silent", (), ()
    yield "listed", (), titles
    yield "beside", donors, ()
    yield "upstream", donors_of(history, squash.patch), ()


def _simple(patch: Patch) -> Iterator[tuple[str, Mapping[Line, int]]]:
    """What a figure has to be better than."""
    yield "(each file a part)", {line: line.file for line in lines_of(patch)}
    yield (
        "(each run a part)",
        {line: number for number, piece in enumerate(pieces_of(patch)) for line in piece.lines()},
    )


def _beside(spec: str) -> Answer:
    """The squashes of a series whose parts lie beside them."""
    series = read_series(spec)
    weights = default_weights()
    figures = []
    for place, patch in enumerate(series.patches):
        donors, listed = known_parts(series.patches, place)
        numbered = [each for each in donors if (file_number(each.name) or "").partition(".")[2]]
        if len(numbered) < 2 or patch.error:
            continue
        truth = _held_once(patch, numbered)
        number = file_number(patch.name)
        titles = [Title(each.patch.subject, each.patch.sha or "") for each in numbered]
        for case, known, said in (
            ("silent", (), ()), ("listed", (), [*titles, *listed]), ("beside", donors, listed),
        ):  # fmt: skip
            proposal = propose(patch, known, said, weights, series="")
            labels = {line: at for at, part in enumerate(proposal.parts) for line in part.lines}
            prove(patch, compose(patch, proposal.parts), where=patch.name)
            note = f"{len(numbered)} parts beside it, {len(proposal.parts)} proposed"
            figures.append(Figure(f"{number}, {case}", rand_index(truth, labels), note=note))
    return Answer("beside", spec, tuple(figures))


def _held_once(patch: Patch, donors: Sequence[Donor]) -> dict[Line, int]:
    """The part of each line that only one of the parts beside a squash has."""
    pieces = pieces_of(patch)
    costs = default_weights().costs
    holders: defaultdict[Line, set[int]] = defaultdict(set)
    for number, donor in enumerate(donors):
        for line in assign(patch, pieces, [donor], costs):
            holders[line].add(number)
    return {line: numbers.pop() for line, numbers in holders.items() if len(numbers) == 1}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clone", action="append", metavar="NAME=CLONE@RANGE")
    parser.add_argument("--generated", type=int, metavar="N", help="so many generated squashes")
    parser.add_argument("--series", metavar="SERIES", help="a series with squashes and their parts")
    parser.add_argument("--squashes", type=int, default=100, help="of each kind (default: 100)")
    parser.add_argument("--seed", type=int, default=3, help="other squashes (default: 3)")
    options = parser.parse_args()
    if not (options.clone or options.series or options.generated):
        parser.error("name a clone or a series, or say --generated")
    return options


if __name__ == "__main__":
    sys.exit(main())
