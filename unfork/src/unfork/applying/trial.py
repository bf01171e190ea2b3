"""Ask git about many patches in one process; one it cannot read takes no other down."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from unfork.applying.outcome import Outcome, read_outcomes
from unfork.applying.sandbox import FAST
from unfork.applying.slots import Job
from unfork.errors import InputError
from unfork.git import Finished, Repository

# Goes on after a hunk that fails, so that all of them are named; prints every offset.
FORWARD = ("--check", "--cached", "--reject", "--verbose")
REVERSE = (*FORWARD, "-R")
LESS_CONTEXT = (*FORWARD, "-C1")
# --reject and --3way exclude each other; a file that cannot be merged falls back to -C1.
MERGE = ("--check", "--cached", "--verbose", "--3way", "-C1")
# Applied for real to the index, whole or not at all. --verbose for the offsets.
APPLY = ("--cached", "--verbose")

_AT_ONCE = 48
_MACHINE_TROUBLE = ("No space left", "unable to write", "unable to create", "Out of memory", "out of memory")


def run_apply(git: Repository, options: Sequence[str], diff: bytes) -> Finished:
    """One ``git apply``. Raises ``InputError`` when the machine, not the patch, is at fault."""
    done = git.try_run("apply", *options, "-", stdin=diff, config=FAST)
    if done.code not in (0, 1) and any(sign in done.err for sign in _MACHINE_TROUBLE):
        raise InputError(
            f"git cannot work: {_first_words(done)}",
            where=str(git.path),
            hint="free space or memory, or point TMPDIR elsewhere",
        )
    return done


def _first_words(done: Finished) -> str:
    lines = (line.removeprefix("error: ").removeprefix("fatal: ") for line in done.err.splitlines())
    return next((line.strip() for line in lines if line.strip()), f"git apply ended with {done.code}")


def try_patches(
    git: Repository, jobs: Sequence[Job], options: Sequence[str], *, processes: int = 1
) -> dict[int, Outcome]:
    """The outcome of each job, by key. Jobs without any change have an empty outcome.

    Many diffs go to one process, which holds all files they touch, before and after; a few dozen
    at a time bound its memory and cost no time worth measuring. ``processes`` are at work at a time.
    """
    size = max(1, min(_AT_ONCE, -(-len(jobs) // processes)))
    portions = [jobs[at : at + size] for at in range(0, len(jobs), size)]
    outcomes: dict[int, Outcome] = {}
    with ThreadPoolExecutor(max_workers=processes) as pool:
        for found in pool.map(lambda portion: _try_together(git, portion, options), portions):
            outcomes |= found
    return outcomes


def _try_together(git: Repository, jobs: Sequence[Job], options: Sequence[str]) -> dict[int, Outcome]:
    """One process for all. When git refuses the input (it is parsed as a whole before anything is
    tried, so this is quick) the jobs are halved until those it refuses are alone."""
    outcomes = {job.key: Outcome() for job in jobs if not job.diff}
    asked = [job for job in jobs if job.diff]
    if not asked:
        return outcomes
    done = run_apply(git, options, b"".join(job.diff for job in asked))
    if done.code in (0, 1):
        said = read_outcomes(asked, done.err)
        outcomes.update(said)
        # A patch of which git never spoke was taken for part of another one.
        again = [job for job in asked if job.key not in said]
        if not again:
            return outcomes
    else:
        again = asked
    if len(asked) == 1:
        return outcomes | {asked[0].key: Outcome(refused=_first_words(done))}
    half = (len(again) + 1) // 2
    for part in (again[:half], again[half:]):
        outcomes |= _try_together(git, part, options)
    return outcomes
