"""Squashes of real commits: neighbours on a main branch, and stacks that one review series made.

On the main branch of a project that merges, two neighbours have as a rule different authors and purposes;
a stack is what one author wrote in a row, one step on the other.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from unfork.git import Repository
from unfork.unsquashing.pieces import lines_of

from unsquashed.squash import Commit, Squash, make

LEAST, MOST = 2, 8  # commits of a squash
_LINES = 4000  # changed lines; more is an import
NEIGHBOURS, STACK = "neighbours", "stack"


@dataclass(frozen=True, slots=True)
class _Step:
    sha: str
    parents: tuple[str, ...]
    subject: str


def sample(repository: Repository, span: str, count: int, seed: int) -> Iterator[Squash]:
    """Squashes of both kinds from a range of commits, ``count`` of each where there are so many."""
    rng = random.Random(seed)  # noqa: S311 - the same squashes every time is the point
    for kind, chains in ((NEIGHBOURS, _main(repository, span, rng)), (STACK, _stacks(repository, span))):
        rng.shuffle(chains)
        made = 0
        for chain in chains:
            if made >= count:
                break
            squash = _squash(repository, kind, chain)
            if squash is not None:
                made += 1
                yield squash


def _main(repository: Repository, span: str, rng: random.Random) -> list[list[_Step]]:
    """The main branch cut into chains of two to eight; each merge is one step."""
    steps = _log(repository, span, "--first-parent")
    subjects = {each.sha: each.subject for each in _log(repository, span)}
    named = [_Step(each.sha, each.parents, subjects.get(each.parents[-1], each.subject)) for each in steps]
    chains = []
    at = 0
    while at < len(named) - MOST:
        size = rng.randint(LEAST, MOST)
        chains.append(named[at : at + size])
        at += size
    return chains


def _stacks(repository: Repository, span: str) -> list[list[_Step]]:
    """Runs of commits of which each is the only parent of the next, with nothing merged in between."""
    steps = {each.sha: each for each in _log(repository, span) if len(each.parents) == 1}
    below = {each.parents[0] for each in steps.values()}
    chains = []
    for tip in steps.values():
        if tip.sha in below:
            continue
        chain = [tip]
        while chain[0].parents[0] in steps and len(chain) < MOST:
            chain.insert(0, steps[chain[0].parents[0]])
        if len(chain) >= LEAST:
            chains.append(chain)
    return chains


def _log(repository: Repository, span: str, *options: str) -> list[_Step]:
    """Oldest first."""
    text = repository.text("log", "--reverse", "--topo-order", "--format=%H%x00%P%x00%s", *options, span)
    rows = (line.split("\0") for line in text.split("\n") if line)
    return [_Step(sha, tuple(parents.split()), subject) for sha, parents, subject in rows]


def _squash(repository: Repository, kind: str, chain: list[_Step]) -> Squash | None:
    trees = [chain[0].parents[0] if chain[0].parents else "", *(step.sha for step in chain)]
    if not trees[0]:
        return None
    squash = make(repository, kind, trees, [Commit(step.sha, step.subject) for step in chain])
    if squash is None or not 0 < len(lines_of(squash.patch)) <= _LINES:
        return None
    return squash if len(set(squash.truth.values())) > 1 else None
