"""Measure unfork: ``make bench``, or ``python benchmarks/run.py --help``.

Without any clone it generates histories and measures scans of them. Where UNFORK_BENCH_NOVA names a
clone of openstack/nova it measures recall and peers there, and where UNFORK_BENCH_STX_NOVA names one
of starlingx-staging/stx-nova also scans of its series. ``--only size`` scans whole histories: that of
nova, those of the clones in UNFORK_BENCH_LARGE (a colon between two), and a long generated one. What
each figure means: docs/benchmarks.md.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from bench import generated, growth, nova, planning, scanning, sheets
from bench.figures import Answer, as_json, print_answer
from bench.processes import FailedError
from bench.size import Whole, measure_whole
from rich.console import Console

from unfork import git

_KINDS = ["plan", "sheets", "generated", "nova"]


def main() -> int:
    """Print a table a question; write all of it as JSON when asked, also when one of them failed."""
    options = _options()
    console = Console(width=None if sys.stdout.isatty() else 150)
    answers = []
    failed = False
    with tempfile.TemporaryDirectory(prefix="unfork-bench-", dir=options.scratch) as folder:
        try:
            for answer in _answers(options, Path(folder)):
                print_answer(answer, console)
                answers.append(answer)
        except FailedError as error:
            print(f"benchmarks: {error}", file=sys.stderr)
            failed = True
    if options.json:
        document = {"schema": "unfork-bench/1", "machine": _machine(), "answers": [*map(as_json, answers)]}
        options.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return 1 if failed else 0


def _answers(options: argparse.Namespace, scratch: Path) -> Iterator[Answer]:
    if "plan" in options.only:
        yield planning.answer_of(scratch, items=5_000, turns=max(options.pairs, 3))
    if "sheets" in options.only:
        yield sheets.answer_of(scratch / "sheets", items=5_000, turns=options.pairs)
    if "generated" in options.only:
        yield from _generated(options.commits, options.pairs, scratch)
    if "nova" in options.only and options.nova:
        yield from nova.answers(options.nova, options.stx_nova, pairs=options.pairs, scratch=scratch)
    if "size" in options.only:
        yield from _sizes(options, scratch)


def _generated(sizes: list[int], pairs: int, scratch: Path) -> Iterator[Answer]:
    done = []
    for size in sorted(sizes):
        print(f"generating {size:,} commits ...", file=sys.stderr)
        made = generated.generate(scratch / f"generated-{size}.git", size)
        series = f"{made.repository}:{made.base}..{made.fork}"
        subject = scanning.Subject(f"generated-{size}", made.repository, series, made.base, made.target)
        done.append(scanning.measure(subject, pairs=pairs, scratch=scratch))
        yield scanning.answer_of(subject, done[-1], scanning.Bars())
    if len(done) > 1:
        yield growth.answer_of(done)


def _sizes(options: argparse.Namespace, scratch: Path) -> Iterator[Answer]:
    """Each whole history that there is."""
    if options.nova and options.stx_nova:
        series = f"{options.stx_nova}@{nova.SERIES}"
        whole = Whole("nova", options.nova, nova.TIP, series, tuple(options.path))
        yield measure_whole(whole, scratch)
    for name in filter(None, os.environ.get("UNFORK_BENCH_LARGE", "").split(":")):
        clone = Path(name).resolve()
        label = clone.parent.name if clone.name in ("repo", ".git") else clone.name
        yield measure_whole(Whole(label, clone, "HEAD"), scratch)
    commits = options.whole
    if commits:
        print(f"generating {commits:,} commits ...", file=sys.stderr)
        made = generated.generate(scratch / f"whole-{commits}.git", commits)
        series = f"{made.repository}:{made.base}..{made.fork}"
        yield measure_whole(Whole(f"generated-{commits}", made.repository, made.target, series), scratch)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure and single timing")
    parser.add_argument("--commits", type=int, nargs="+", default=[10_000, 60_000], metavar="N",
                        help="sizes of the generated histories (default: 10000 60000)")  # fmt: skip
    parser.add_argument("--pairs", type=int, default=3, help="turns of scan and git log (default: 3)")
    parser.add_argument("--only", nargs="+", choices=[*_KINDS, "size"], default=_KINDS)
    parser.add_argument("--whole", type=int, default=150_000, metavar="N",
                        help="the generated one of --only size; 0: none (default: 150000)")  # fmt: skip
    parser.add_argument(
        "--path",
        action="append",
        default=[],
        metavar="PATHSPEC",
        help="leave nova's other paths out (--only size): what a clone lacks",
    )
    parser.add_argument("--scratch", type=Path, metavar="DIR", help="where to work (default: TMPDIR)")
    options = parser.parse_args()
    options.nova = _clone("UNFORK_BENCH_NOVA")
    options.stx_nova = _clone("UNFORK_BENCH_STX_NOVA")
    if min(options.commits) < 100:
        parser.error("--commits: fewer than 100 say nothing")
    if options.pairs < 1:
        parser.error("--pairs: at least 1")
    return options


def _clone(variable: str) -> Path | None:
    """The clone a variable names; ``None``, and a word about it, when it is not set."""
    value = os.environ.get(variable)
    if not value:
        print(f"{variable} is not set: what needs it is left out", file=sys.stderr)
        return None
    return Path(value).resolve()


def _machine() -> dict[str, object]:
    return {
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "git": git.version(),
        "unfork": version("unfork"),
    }


if __name__ == "__main__":
    sys.exit(main())
