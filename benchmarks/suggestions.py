"""Measure the suggestions: is the upstream change that replaced a patch among the first five?

    python benchmarks/suggestions.py --truth FILE.csv --series SPEC --upstream REPO --base REV
    python benchmarks/suggestions.py --features benchmarks/suggestion_features.toml --project nova ...

``--truth`` is a CSV with the columns patch_file, relation, upstream_sha (and downstream_repo, where
--downstream chooses among several). ``--features`` names, for features that a downstream carried and
upstream then had, the carried patches and the upstream commits and specifications. Patches whose true
commits are all outside the searched range are left out and counted.
"""

import argparse
import csv
import sys
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from suggestion_rows import FIRST, HEADING, Row, figures, interval, ranks
from unfork.commands.scan import Scanned, ScanRequest, scan_with_sources
from unfork.git import Repository
from unfork.history import store_of
from unfork.model import Verdict
from unfork.suggesting import Commits, Documents, default_weights, kept_documents, query_of


@dataclass(frozen=True, slots=True)
class Known:
    """What replaced a patch."""

    feature: str
    patch: str  # its name, or the beginning of it
    commits: tuple[str, ...]  # hashes, full or abbreviated
    specs: tuple[str, ...] = ()  # names of specifications


def main() -> int:
    """Print the figures."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="unfork-bench-") as scratch:
        cache = options.cache_dir or Path(scratch)
        scanned = scan_with_sources(
            ScanRequest(
                series=options.series, upstream=options.upstream, base=options.base, target=options.target,
                cache_dir=cache, suggest=True, specs=options.specs,
            )
        )  # fmt: skip
        commits = Commits(scanned.history)
        documents = _documents(commits, options, cache)
    known = _from_features(options) if options.features else _from_csv(options)
    rows, outside = _rows(scanned, commits, documents, known)
    if not rows:
        print("suggestions: no patch of the truth is in the range", file=sys.stderr)
        return 1
    _print(scanned, rows, ranks(commits, documents, [row for _, row, _ in rows], default_weights()))
    print(f"{outside} more have their replacement outside the range")
    _print_none(scanned, options)
    return 0


def _documents(commits: Commits, options: argparse.Namespace, cache: Path) -> Documents:
    specs = Repository(Path(options.specs)) if options.specs else None
    read = ((specs, specs.resolve("HEAD")),) if specs else ()
    return kept_documents(commits, read, store_of(commits.sources[0].repository, cache))


def _from_csv(options: argparse.Namespace) -> list[Known]:
    return [Known(name, name, tuple(shas)) for name, shas in _labelled(options, options.relation).items()]


def _labelled(options: argparse.Namespace, relation: str) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    with options.truth.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["relation"] == relation and options.downstream in (None, row.get("downstream_repo")):
                found.setdefault(row["patch_file"], []).append(row["upstream_sha"])
    return found


def _from_features(options: argparse.Namespace) -> list[Known]:
    listed = tomllib.loads(options.features.read_text(encoding="utf-8"))["feature"]
    return [
        Known(each["name"], patch, tuple(each["commits"]), tuple(each.get("specs", ())))
        for each in listed
        if each["project"] == options.project
        for patch in each["patches"]
    ]


def _rows(
    scanned: Scanned, commits: Commits, documents: Documents, known: Sequence[Known]
) -> tuple[list[tuple[Known, Row, Verdict]], int]:
    """What is known with its patch; and of how many the replacement is outside the range."""
    rows = []
    outside = 0
    for each in known:
        places = {place for sha in each.commits for place in _full(commits, sha)}
        for number, about in enumerate(documents.about):
            if about.kind == "spec" and PurePosixPath(about.path).stem in each.specs:
                places.add(number)
        outside += not places
        for patch, verdict in zip(scanned.series.patches, scanned.scan.patches, strict=True):
            if patch.name.startswith(each.patch) and places:
                hidden = {place for commit in verdict.commits for place in _full(commits, commit.sha)}
                row = Row(
                    patch.name, query_of(patch), verdict.candidates, frozenset(places),
                    frozenset(hidden - places),
                )  # fmt: skip
                rows.append((each, row, verdict))
    return rows, outside


def _full(commits: Commits, sha: str) -> list[int]:
    if sha in commits.place:
        return [commits.place[sha]]
    return [place for place, each in enumerate(commits.shas) if each.startswith(sha)] if sha else []


def _print(scanned: Scanned, rows: Sequence[tuple[Known, Row, Verdict]], found: Sequence[int]) -> None:
    shas = scanned.history.graph.shas
    print("suggested  chance  rank of all  line candidate  patch")
    features: dict[str, bool] = {}
    lines = 0
    for (each, row, verdict), rank in zip(rows, found, strict=True):
        true = {shas[place] for place in row.truth if place < len(shas)}
        claimed = any(commit.sha in true for commit in verdict.commits)
        place = next(
            (
                n
                for n, one in enumerate(verdict.suggestions)
                if true & set(one.shas) or any(f"/{name}.rst" in one.detail for name in each.specs)
            ),
            None,
        )
        line = next((n for n, one in enumerate(verdict.candidates, 1) if one.sha in true), None)
        lines += line is not None and line <= FIRST
        features[each.feature] = features.get(each.feature, False) or place is not None or claimed
        told = "claimed" if claimed else "-" if place is None else str(place + 1)
        chance = "" if place is None else f"{verdict.suggestions[place].chance:.2f}"
        name = row.name if each.feature == each.patch else f"{row.name} ({each.feature})"
        print(f"{told:>9}  {chance:>6}  {rank:>11}  {line or '-':>14}  {name}")
    hits = sum(features.values())
    low, high = interval(hits, len(features))
    print(
        f"\n{hits} of {len(features)} offered by the scan ({hits / len(features):.2f}, 95 % interval "
        f"{low:.2f} to {high:.2f}); line candidates alone, first {FIRST}: {lines} of {len(rows)} patches"
    )
    print(f"{HEADING}\n{figures(found)}  ranked, whatever the chance")


def _print_none(scanned: Scanned, options: argparse.Namespace) -> None:
    """What people see who have nothing to find, and how much there is in all."""
    weights = default_weights()
    groups = {"all patches": [*scanned.scan.patches]}
    for relation in ("none", options.relation) if options.truth else ():
        names = _labelled(options, relation)
        groups[f"labelled {relation}"] = [each for each in scanned.scan.patches if each.name in names]
    for label, verdicts in groups.items():
        some = [each for each in verdicts if each.suggestions]
        promising = [each for each in some if each.suggestions[0].chance >= weights.promising]
        count = sum(len(each.suggestions) for each in some)
        print(
            f"{label}: {len(verdicts)}, with suggestions {len(some)} ({count} in all), "
            f"with one of {weights.promising} and more {len(promising)}"
        )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    known = parser.add_mutually_exclusive_group(required=True)
    known.add_argument("--truth", type=Path, metavar="FILE")
    known.add_argument("--features", type=Path, metavar="FILE")
    parser.add_argument("--project", metavar="NAME", help="with --features: whose")
    parser.add_argument("--series", required=True, metavar="SPEC")
    parser.add_argument("--upstream", required=True, metavar="REPO")
    parser.add_argument("--base", required=True, metavar="REV")
    parser.add_argument("--target", metavar="REV", help="default: the upstream's HEAD")
    parser.add_argument("--specs", metavar="REPO")
    parser.add_argument("--downstream", metavar="NAME", help="only rows of this downstream_repo")
    parser.add_argument("--relation", default="functional-replacement")
    parser.add_argument("--cache-dir", type=Path, metavar="DIR")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
