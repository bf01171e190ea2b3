"""How long a scan takes and what it needs, beside the plainest thing git could do on the same range.

The peer is ``git log -p -U0 --no-merges``: every tool that compares changes has to make at least
these diffs. Scan and peer run in turns (A B A B), so that a machine that slows down slows both, and
medians are compared. "Cold" means without our index; the packs are in the file cache for both.
"""

import json
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from unfork.git import environment

from bench.figures import Answer, Figure, at_most, middle
from bench.processes import Memory, run

_WARM_RUNS = 5


@dataclass(frozen=True, slots=True)
class Subject:
    """What is scanned."""

    name: str
    repository: Path
    series: str
    base: str
    target: str


@dataclass(frozen=True, slots=True)
class Bars:
    """What was set out to be reached; ``None`` where nothing was."""

    cold_ratio: float | None = None
    warm_seconds: float | None = None
    index_mb: float | None = None
    largest_mb: float | None = None


@dataclass(frozen=True, slots=True)
class Scanned:
    """What was measured, medians in seconds."""

    commits: int
    cold: float
    plain: float
    build: float  # the index alone: what of a cold scan grows with the commits
    warm: float
    index_bytes: int
    lines: int
    memory: Memory
    plain_memory: Memory
    facts: dict[str, object]


def unfork(*args: str) -> list[str]:
    """The command line of the unfork of this interpreter."""
    return [sys.executable, "-m", "unfork", *args]


def with_cache(cache: Path) -> dict[str, str]:
    """The environment of a run that keeps its index there."""
    return {**os.environ, "UNFORK_CACHE": str(cache)}


def measure(subject: Subject, *, pairs: int, scratch: Path) -> Scanned:
    """Scan in pairs with the peer, then warm, then once more each to look at the memory."""
    read_packs(subject.repository)
    scan = unfork(
        "scan", "--series", subject.series, "--upstream", str(subject.repository),
        "--base", subject.base, "--target", subject.target, "--json", "-", "--no-progress",
    )  # fmt: skip
    plain = [
        "git", "-C", str(subject.repository), "log", "-p", "-U0", "--no-merges",
        f"{subject.base}..{subject.target}",
    ]  # fmt: skip
    build = unfork(
        "index", "build", "--upstream", str(subject.repository),
        "--since", subject.base, "--target", subject.target, "--no-progress",
    )  # fmt: skip
    cold_times, plain_times, build_times = [], [], []
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        cache = Path(folder) / "cache"
        for _ in range(pairs):
            shutil.rmtree(cache, ignore_errors=True)
            build_times.append(run(build, env=with_cache(cache), keep=False).seconds)
            shutil.rmtree(cache)
            cold_times.append(run(scan, env=with_cache(cache), keep=False).seconds)
            plain_times.append(run(plain, env=environment(), keep=False).seconds)
        warm_times = [run(scan, env=with_cache(cache), keep=False).seconds for _ in range(_WARM_RUNS)]
        status = json.loads(
            run(
                unfork("index", "status", "--upstream", str(subject.repository), "--json", "-"),
                env=with_cache(cache),
            ).out
        )
        shutil.rmtree(cache)
        watched = run(scan, env=with_cache(cache), watch=True)
        watched_plain = run(plain, env=environment(), keep=False, watch=True)
    assert watched.memory is not None  # noqa: S101 - for the type checker: it was watched
    assert watched_plain.memory is not None  # noqa: S101
    answer = json.loads(watched.out)
    return Scanned(
        commits=answer["commits_searched"],
        cold=middle(cold_times),
        plain=middle(plain_times),
        build=middle(build_times),
        warm=middle(warm_times),
        index_bytes=status["size"],
        lines=status["lines"],
        memory=watched.memory,
        plain_memory=watched_plain.memory,
        facts={
            "patches": len(answer["patches"]),
            "cold_seconds": cold_times,
            "plain_seconds": plain_times,
            "build_seconds": build_times,
            "warm_seconds": warm_times,
            "cold_cpu_seconds": watched.cpu,
            "plain_cpu_seconds": watched_plain.cpu,
            "plain_tree_mb": watched_plain.memory.tree,
        },
    )


def answer_of(subject: Subject, done: Scanned, bars: Bars) -> Answer:
    """The figures of one subject beside their bars."""
    return Answer(
        name=f"scan-{subject.name}",
        title=f"{subject.name}: {done.facts['patches']} patches against {done.commits:,} commits",
        figures=(
            _figure("cold scan / git log -p -U0, wall", done.cold / done.plain, bars.cold_ratio,
                    note=f"{done.cold:.2f} s / {done.plain:.2f} s"),
            _figure("warm scan, wall", done.warm, bars.warm_seconds, "s"),
            _figure("index on disk", done.index_bytes / 1e6, bars.index_mb, "MB"),
            Figure("index per changed line", done.index_bytes / max(1, done.lines), "bytes",
                   note=f"{done.lines:,} lines"),
            _figure("cold scan, largest process", done.memory.largest, bars.largest_mb, "MB"),
            _figure("cold scan, all processes", done.memory.tree, bars.largest_mb, "MB",
                    note=f"git log: {done.plain_memory.tree:.0f} MB"),
            _figure("the same without pages of files", done.memory.private, bars.largest_mb, "MB",
                    note=f"git log: {done.plain_memory.private:.0f} MB"),
            Figure("index build, wall", done.build, "s", note="one part of the cold scan"),
            Figure("cold scan, a commit", 1000 * done.cold / max(1, done.commits), "ms"),
        ),
        facts=done.facts,
    )  # fmt: skip


def read_packs(repository: Path) -> None:
    """Read every pack once, so that no run pays for a disk that another finds in the file cache."""
    found = run(["git", "-C", str(repository), "rev-parse", "--git-path", "objects/pack"], env=environment())
    for pack in (repository / found.out.decode().strip()).glob("*.pack"):
        with pack.open("rb") as file:
            while file.read(1 << 24):
                pass


def _figure(what: str, value: float, bar: float | None, unit: str = "", note: str = "") -> Figure:
    return Figure(what, value, unit, note=note) if bar is None else at_most(what, value, bar, unit, note)
