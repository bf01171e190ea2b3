"""Measure and fit the suggestions on pairs of commits of a public history.

A query is a commit, its truth are searched commits by another author that name the same bug or
blueprint. The query's identifiers are taken out, and all else that belongs to it is hidden: the commit
itself, what its author did for the same bug or blueprint, reverts. So only words and lines are left to
find the other by. Nothing here asks the ranking how alike two texts are.

That two people worked on one bug is no proof that one change replaces the other: it is a stand-in that
comes by the hundred, is independent of the patches labelled by hand, and tells one ranking from another.

    python benchmarks/suggestion_pairs.py --upstream CLONE --since 11.0.0 --queries 9.0.0..HEAD [--fit]
"""

import argparse
import itertools
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np
from fitting import fit
from suggestion_rows import FIRST, HEADING, Row, figures, ranks
from unfork.files import cache_root
from unfork.git import Repository
from unfork.history import History, Range, identifiers, open_history, store_of
from unfork.matching import default_models, match_patches
from unfork.model import Patch, Relation
from unfork.progress import Silent
from unfork.series import read_series
from unfork.suggesting import (
    Commits,
    Documents,
    Ranking,
    Weights,
    default_weights,
    kept_documents,
    query_of,
)

MOST = 10  # searched commits that name a bug or blueprint: with more it is a theme, not a thing
_FORMAT = "%x00".join(("%H", "%an", "%B")) + "%x00"
_JOINS = ("bug:", "blueprint:")
TRAINED = 20  # documents of each query that are fitted to
BINS = (0, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.01)
VARIED = {
    "subject": (1.0, 4.0), "message": (0.0, 0.5, 2.0), "code": (0.0, 0.5, 2.0), "k1": (0.6, 2.0),
    "b": (0.3, 0.9), "common": (0.1, 0.6), "message_words": (50, 200), "code_words": (20, 80),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Told:
    sha: str
    author: str
    message: str
    ids: frozenset[str]

    @property
    def subject(self) -> str:
        return self.message.partition("\n")[0].strip()


def main() -> int:
    """Print the figures."""
    options = _options()
    repository = Repository(options.upstream)
    head, since = repository.resolve("HEAD"), repository.resolve(options.since)
    cache = cache_root(options.cache_dir)
    history = open_history(
        repository, Range(since, (head,), head), name=options.upstream.name, cache=cache, progress=Silent()
    )
    commits = Commits(history)
    documents = kept_documents(commits, (), store_of(repository, cache))
    rows = read_pairs(history, options.queries)
    weights = default_weights()
    print(f"{len(rows)} pairs, {len(commits.shas)} commits searched\n\n{HEADING}")
    print(f"{figures(ranks(commits, documents, rows, weights))}  weights in use")
    if options.vary:
        for label, varied in _varied(weights):
            print(f"{figures(ranks(commits, documents, rows, varied))}  {label}")
    signals, chances, labels = _shown(commits, documents, rows)
    _print_reliability(chances, labels, weights)
    if options.fit:
        kept = signals[:, 4] == 0  # the pairs have no such commits among the true ones, by their making
        beta = fit(signals[kept][:, :3], labels[kept].astype(np.float64), np.ones(int(kept.sum())))
        print(
            f"\nfitted: words {beta[0]:.2f}, relative {beta[1]:.2f}, lines {beta[2]:.2f}, none {beta[3]:.2f}"
        )
    return 0


def _shown(
    commits: Commits, documents: Documents, rows: Sequence[Row]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Signals, chance and truth of the best twenty for each row; each row once as it is, and once with
    the truth taken away: half of the patches have no replacement."""
    ranking = Ranking(commits, documents, default_weights())
    parts = []
    for row in rows:
        for without in (row.hidden, row.hidden | row.truth):
            chances = ranking.chances(row.query, row.candidates, without)
            best = np.argsort(-chances, kind="stable")[:TRAINED]
            true = np.asarray([number in row.truth and number not in without for number in best.tolist()])
            parts.append((ranking.signals(row.query, row.candidates, without)[best], chances[best], true))
    signals, chances, labels = (np.concatenate(each) for each in zip(*parts, strict=True))
    return signals, chances, labels


def _print_reliability(chances: np.ndarray, labels: np.ndarray, weights: Weights) -> None:
    """Claimed against true, for what would be shown."""
    first = np.arange(len(chances)) % TRAINED < FIRST
    chances, labels = chances[first], labels[first]
    print("\nchance         suggestions  claimed  true")
    error = 0.0
    for low, high in itertools.pairwise(BINS):
        there = (chances >= low) & (chances < high)
        if there.any():
            claimed, true = chances[there].mean(), labels[there].mean()
            error += there.sum() * abs(claimed - true) / len(chances)
            print(f"{low:.2f} to {high:.2f}  {there.sum():>11}  {claimed:>7.3f}  {true:.3f}")
    print(f"expected calibration error {error:.3f}")
    for bound in (weights.offered, weights.promising):
        kept = chances >= bound
        true = labels[kept].sum() / labels.sum()
        print(f"from {bound} on: {kept.mean():.2f} of the suggestions, {true:.2f} of the true ones")


def _varied(weights: Weights) -> Iterator[tuple[str, Weights]]:
    for name, values in VARIED.items():
        for value in values:
            yield f"{name} {value:g}", msgspec.structs.replace(weights, **{name: value})
    for name in ("words", "relative", "lines"):
        chance = msgspec.structs.replace(weights.chance, **{name: 0.0})
        yield f"without {name}", msgspec.structs.replace(weights, chance=chance)


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """A commit as a patch, and the searched commits of others for the same bug or blueprint."""

    patch: Patch
    truth: frozenset[int]
    hidden: frozenset[int]  # what else belongs to it


def read_pairs(history: History, ranges: Sequence[str]) -> list[Row]:
    """The pairs for which a scan would ask, as rows for the suggestions."""
    pairs = find_pairs(history, ranges)
    shas = Commits(history).shas
    hidden = {pair.patch.id: frozenset(shas[place] for place in pair.hidden) for pair in pairs}
    matches = match_patches(history, [pair.patch for pair in pairs], default_models(), hidden=hidden)
    return [
        Row(pair.patch.name, query_of(pair.patch), match.candidates, pair.truth, pair.hidden)
        for pair, match in zip(pairs, matches, strict=True)
        if match.relation in (Relation.NONE, Relation.PARTIAL)
    ]


def find_pairs(history: History, ranges: Sequence[str]) -> list[Pair]:
    """The pairs whose queries are commits of ``ranges`` (git's notation), in the order of git."""
    commits = Commits(history)
    told = {each.sha: each for each in _told(history.repository, ranges)}
    by_id = {name: places for name, places in commits.by_id.items() if name.startswith(_JOINS)}
    authors = [history.index.infos[number].author for number in commits.numbers]
    pairs: dict[str, tuple[frozenset[int], frozenset[int]]] = {}
    for each in told.values():
        related = {place for name in each.ids for place in by_id.get(name, ())}
        close = {
            place for name in each.ids if len(by_id.get(name, ())) <= MOST for place in by_id.get(name, ())
        }
        truth = {
            place
            for place in close
            if authors[place] != each.author
            and commits.shas[place] != each.sha
            and commits.subject(place).casefold() != each.subject.casefold()
            and not commits.subject(place).startswith("Revert")
            and not _is_aside(commits, place)
        }
        if truth and not each.subject.startswith("Revert"):
            own = {commits.place[each.sha]} if each.sha in commits.place else set()
            pairs[each.sha] = frozenset(truth), frozenset((related | own) - truth)
    patches = [_stripped(patch, told[patch.name].ids) for patch in _patches(history.repository, list(pairs))]
    patches = [patch for patch in patches if not all(_aside(change.path) for change in patch.files)]
    return [Pair(patch, *pairs[patch.name]) for patch in patches]


def _told(repository: Repository, ranges: Sequence[str]) -> Iterator[_Told]:
    for each in ranges:
        out = repository.run("log", "--no-merges", "--encoding=UTF-8", f"--format={_FORMAT}", each)
        fields = out.decode("utf-8", "replace").split("\0")
        for at in range(0, len(fields) - 3, 3):
            sha, author, message = fields[at : at + 3]
            ids = frozenset(name for name in identifiers(message) if name.startswith(_JOINS))
            if "cherry picked from" not in message and "cherry-picked from" not in message:
                yield _Told(sha.strip(), author, message, ids)


def _patches(repository: Repository, shas: Sequence[str]) -> list[Patch]:
    """The commits as patches, named by their hashes."""
    with tempfile.NamedTemporaryFile(suffix=".mbox") as file:
        file.write(
            repository.run(
                "log", "--no-walk=unsorted", "--stdin", "-p", "-O/dev/null", "--format=email",
                stdin="".join(f"{sha}\n" for sha in shas).encode(),
            )
        )  # fmt: skip
        file.flush()
        read = read_series(file.name, carrier="mailbox").patches
    found = [replace(patch, name=sha) for sha, patch in zip(shas, read, strict=True) if patch.error is None]
    unique = {patch.id: patch for patch in found}
    return list(unique.values())


def _stripped(patch: Patch, ids: frozenset[str]) -> Patch:
    """Without the names of bugs and blueprints, wherever they are."""
    names = sorted((name.split(":", 1)[1] for name in ids), key=len, reverse=True)
    pattern = re.compile("|".join(re.escape(name) for name in names), re.IGNORECASE)
    return replace(
        patch, subject=pattern.sub("", patch.subject), message=pattern.sub("", patch.message), trailers=()
    )


def _is_aside(commits: Commits, place: int) -> bool:
    touched = commits.touched
    return all(_aside(commits.paths[path]) for path in touched[1][touched[0] == place])


def _aside(path: str) -> bool:
    return bool({"tests", "test", "doc", "docs", "releasenotes"} & set(path.lower().split("/")[:-1]))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--upstream", type=Path, required=True, metavar="CLONE")
    parser.add_argument("--since", required=True, metavar="REV", help="search from here")
    parser.add_argument("--queries", nargs="+", required=True, metavar="RANGE", help="commits to ask about")
    parser.add_argument("--cache-dir", type=Path, metavar="DIR")
    parser.add_argument("--vary", action="store_true", help="also each weight by itself")
    parser.add_argument("--fit", action="store_true", help="print coefficients fitted to these pairs")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
