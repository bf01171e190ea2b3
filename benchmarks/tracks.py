"""Measure tracks: a series rebased beside git, causes of conflicts, and processes that are killed.

    python benchmarks/tracks.py --patches 300 --commits 5000 --conflicts 200 --kills 50

The history is generated from the text of Python's standard library (tracked/history.py), and what is true
of it is known. git rebases the same commits onto the same target in the same run, in turns.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.figures import Answer, Figure, at_least, at_most, middle, print_answer
from rich.console import Console
from tracked.causes import measure_causes
from tracked.history import History, generate
from unfork.git import environment


def main() -> int:
    """Generate, measure, print."""
    options = _options()
    console = Console(width=None if sys.stdout.isatty() else 150)
    with tempfile.TemporaryDirectory(prefix="unfork-tracks-", dir=options.scratch) as folder:
        place = Path(folder)
        begin = time.perf_counter()
        history = generate(
            place / "upstream.git",
            patches=options.patches,
            conflicts=options.conflicts,
            commits=options.commits,
            seed=options.seed,
        )
        print(f"made in {time.perf_counter() - begin:.0f} s", file=sys.stderr)
        subprocess.run(["git", "-C", history.repository, "gc", "-q"], check=True, env=environment())
        print_answer(_race(history, place, options), console)
        if options.conflicts:
            print_answer(_causes(history, options), console)
        if options.kills:
            print_answer(_killed(history, place, options), console)
    return 0


def _race(history: History, place: Path, options: argparse.Namespace) -> Answer:
    clone = place / "clone"
    _git(place, "clone", "-q", "--shared", "-b", "fork", str(history.repository), str(clone))
    theirs, plain, ours, scanned = [], [], [], []
    for turn in range(options.turns):
        theirs.append(_timed(["git", "rebase", "-q", "origin/master"], clone))
        _git(clone, "reset", "-q", "--hard", "origin/fork")
        plain.append(_timed(["git", "rebase", "-q", "--reapply-cherry-picks", "origin/master"], clone))
        rebased = _tree(clone, "HEAD")
        _git(clone, "reset", "-q", "--hard", "origin/fork")
        ours.append(_timed(_new(history, place, f"all-{turn}", "--all"), place))
        if _tree(history.repository, f"track/all-{turn}") != rebased:
            raise SystemExit("git and the track came to another tree")
        scanned.append(_timed(_new(history, place, f"scan-{turn}"), place))
    note = f"git {min(theirs):.2f} to {max(theirs):.2f} s, unfork {min(ours):.2f} to {max(ours):.2f} s"
    return Answer(
        name="tracks-race",
        title=f"{options.patches} patches onto a target {options.commits} commits on, {options.turns} turns",
        figures=(
            at_most("track new --all, share of git rebase", middle(ours) / middle(theirs), 1.0, note=note),
            at_most("the same of git rebase --reapply-cherry-picks", middle(ours) / middle(plain), 1.0,
                    note=f"{middle(plain):.2f} s"),
            Figure("track new with its scan, first time", scanned[0], "s", note="builds the index"),
            Figure("track new with its scan, later", middle(scanned[1:] or scanned), "s"),
        ),
        facts={"git": theirs, "git, no look upstream": plain, "unfork": ours, "with scan": scanned},
    )  # fmt: skip


def _causes(history: History, options: argparse.Namespace) -> Answer:
    found = measure_causes(history)
    note = f"{found.right} of {found.asked}; {found.unknown} not found out, {found.clean} did not conflict; "
    note += f"{1000 * found.seconds / max(1, found.asked):.0f} ms each"
    for each in found.wrong[: options.worst]:
        print(each, file=sys.stderr)
    share = found.right / max(1, found.asked)
    return Answer(
        name="tracks-causes",
        title=f"the cause of {found.asked} generated conflicts",
        figures=(at_least("right commit named", share, 0.95, note=note),),
    )


def _killed(history: History, place: Path, options: argparse.Namespace) -> Answer:
    rng = random.Random(options.seed)  # noqa: S311 - the same moments every time is the point
    long = _timed(_new(history, place, "whole", "--all"), place)
    wanted = _tree(history.repository, "track/whole")
    good = 0
    for turn in range(options.kills):
        name = f"killed-{turn}"
        process = subprocess.Popen(
            _new(history, place, name, "--all"), cwd=place, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        time.sleep(rng.random() * long)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        where = ("--repository", str(history.repository), "--tracks", str(place / "tracks"))
        done = _said([*_unfork("continue", name), *where], place)
        if "there is no track" in done.stderr:
            done = _said(_new(history, place, name, "--all"), place)
        ended = done.returncode == 0 or "is done" in done.stderr
        whole = ended and _tree(history.repository, f"track/{name}") == wanted
        undone = _said([*_unfork("abort", name), *where], place)
        refs = (f"refs/heads/track/{name}", f"refs/unfork/tracks/{name}")
        left = _said(["git", "for-each-ref", *refs], history.repository).stdout
        good += whole and undone.returncode == 0 and not left
        if not whole or undone.returncode or left:
            print(f"{name}: {done.stderr or done.stdout}{undone.stderr}", file=sys.stderr)
    return Answer(
        name="tracks-killed",
        title=f"killed with its children at {options.kills} moments of {long:.1f} s",
        figures=(at_least("went on to the very same tree, and was undone", good, options.kills),),
    )


def _unfork(*words: str) -> list[str]:
    return [sys.executable, "-m", "unfork", "track", *words]


def _new(history: History, place: Path, name: str, *more: str) -> list[str]:
    repository = str(history.repository)
    return [
        *_unfork("new", name), "--series", f"{repository}:{history.base}..{history.fits}",
        "--upstream", repository, "--base", history.base, "--target", history.target,
        "--tracks", str(place / "tracks"), "--cache-dir", str(place / "cache"), "--quiet", *more,
    ]  # fmt: skip


def _timed(command: list[str], folder: Path) -> float:
    begin = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command[:4]}: {done.stdout}{done.stderr}")
    return time.perf_counter() - begin


def _said(command: list[str], folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def _git(folder: Path, *args: str) -> None:
    subprocess.run(["git", *args], cwd=folder, check=True, env=environment({"GIT_ALLOW_PROTOCOL": "file"}))


def _tree(repository: Path, revision: str) -> str:
    command = ["git", "-C", str(repository), "rev-parse", f"{revision}^{{tree}}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--patches", type=int, default=300, help="of the series that fits (default: 300)")
    parser.add_argument(
        "--commits", type=int, default=5000, help="of upstream after the base (default: 5000)"
    )
    parser.add_argument("--conflicts", type=int, default=200, help="patches that conflict (default: 200)")
    parser.add_argument("--kills", type=int, default=50, help="processes to kill (default: 50)")
    parser.add_argument("--turns", type=int, default=3, help="of git and unfork (default: 3)")
    parser.add_argument("--seed", type=int, default=1, help="another seed, another history (default: 1)")
    parser.add_argument("--worst", type=int, default=10, metavar="N", help="wrong causes to list")
    parser.add_argument("--scratch", type=Path, metavar="DIR", help="where to work (default: TMPDIR)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
