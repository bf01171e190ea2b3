"""Whole histories: what a scan without a base costs in time and memory, however long the history is.

The cold scan is run once, for it takes minutes; its memory is looked at as it runs. Then the same scan
again (its answers are remembered), and once more with the answers forgotten and the index kept: what a
series costs that is new or was changed.
"""

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Answer, Figure, at_most, middle
from bench.own_patches import write_series
from bench.processes import Run, run
from bench.scanning import read_packs, unfork, with_cache

_WARM_RUNS = 3
_PATCHES = 200
MEMORY_MB, WARM_SECONDS = 1000, 2.0


@dataclass(frozen=True, slots=True)
class Whole:
    """A history that is scanned from its roots."""

    name: str
    repository: Path
    target: str
    series: str | None = None  # None: a series is made of its own commits
    paths: Sequence[str] = ()


def measure_whole(whole: Whole, scratch: Path) -> Answer:
    """The figures of one history."""
    read_packs(whole.repository)
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        patches, cache = Path(folder) / "series", Path(folder) / "cache"
        made: Mapping[str, str] = {}
        if whole.series is None:
            patches.mkdir()
            made = write_series(whole.repository, patches, count=_PATCHES)
        scan = unfork(
            "scan", "--series", whole.series or str(patches), "--upstream", str(whole.repository),
            "--target", whole.target, *(part for path in whole.paths for part in ("--path", path)),
            "--json", "-", "--no-progress",
        )  # fmt: skip
        cold = run(scan, env=with_cache(cache), watch=True)
        warm = [run(scan, env=with_cache(cache), keep=False).seconds for _ in range(_WARM_RUNS)]
        for kept in cache.glob("index/*/matches-*"):
            kept.unlink()
        again = run(scan, env=with_cache(cache), watch=True)
        index = sum(path.stat().st_size for path in cache.glob("index/*/*.idx"))
        kept_files = sum(path.stat().st_size for path in cache.rglob("*") if path.is_file())
    return _answer(whole, made, cold, warm, again, index=index, kept=kept_files)


def _answer(
    whole: Whole,
    made: Mapping[str, str],
    cold: Run,
    warm: Sequence[float],
    again: Run,
    *,
    index: int,
    kept: int,
) -> Answer:
    assert cold.memory is not None  # noqa: S101 - for the type checker: both were watched
    assert again.memory is not None  # noqa: S101
    document = json.loads(cold.out)
    commits, patches = document["commits_searched"], document["patches"]
    figures = [
        Figure("cold scan, wall", cold.seconds, "s", note=f"{cold.cpu / cold.seconds:.1f} cores busy"),
        Figure("cold scan, CPU a commit", 1000 * cold.cpu / commits, "ms"),
        at_most("cold scan, all processes", cold.memory.tree, MEMORY_MB, "MB",
                note=f"{cold.memory.private:.0f} MB without pages of files"),
        at_most("warm scan, wall", middle(warm), WARM_SECONDS, "s"),
        Figure("warm scan of a new series, wall", again.seconds, "s", note=f"{again.cpu:.1f} s of CPU"),
        Figure("the same, all processes", again.memory.tree, "MB"),
        Figure("index on disk", index / 1e6, "MB", note=f"{kept / 1e6:.0f} MB with all that is kept"),
    ]  # fmt: skip
    if made:
        note = f"of {len(made)} made of its own commits, every other one altered"
        figures.append(Figure("patches whose commit is claimed", _found(made, patches), note=note))
    return Answer(
        f"size-{whole.name}",
        f"{whole.name}: {len(patches)} patches against {commits:,} commits, no base",
        figures,
        facts={"warm_seconds": list(warm), "cold_cpu_seconds": cold.cpu, "paths": list(whole.paths)},
    )


def _found(made: Mapping[str, str], patches: Sequence[Mapping[str, object]]) -> int:
    named = {str(patch["name"]): json.dumps(patch.get("commits")) for patch in patches}
    return sum(sha in named.get(name, "") for name, sha in made.items())
