"""From a target and a series to placements: what is kept is reused, the rest is asked."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from unfork.applying.alone import place_alone
from unfork.applying.answer import Answer
from unfork.applying.edits import place_edit
from unfork.applying.in_series import NoLongerTrueError, place_in_series
from unfork.applying.known import KnownBlobs
from unfork.applying.memory import Memory, chained, fingerprint
from unfork.applying.presence import added_share
from unfork.applying.sandbox import Sandbox, sandbox
from unfork.applying.taken import find_taken, reachable, with_taken
from unfork.applying.target import Target
from unfork.applying.wording import shorten
from unfork.git import Repository
from unfork.model import Patch, Placement, State


def _tree_of(repository: Repository, target: str) -> tuple[str, str]:
    """Full hashes of the target's commit and of its tree; one process when all is well."""
    done = repository.try_run("rev-parse", "--verify", "--end-of-options", f"{target}^{{commit}}")
    commit = done.out.decode().strip() if done.code == 0 else repository.resolve(target)
    return commit, repository.text("rev-parse", "--verify", "--end-of-options", f"{commit}^{{tree}}")


class _Asking:
    """One run on one target: answers kept from before, and those asked now."""

    def __init__(
        self,
        box: Sandbox,
        target: Target,
        patches: Sequence[Patch],
        known: KnownBlobs,
    ) -> None:
        self._box = box
        self._target = target
        self._patches = patches
        self._known = known

    def alone(
        self, kept: Mapping[int, Answer], commits: Mapping[int, Sequence[str]], tip: str
    ) -> list[Answer]:
        """The answer of every patch alone; what is not in ``kept`` is asked."""
        asked = {key: patch for key, patch in enumerate(self._patches) if key not in kept}
        edits = {key: patch.edit for key, patch in asked.items() if patch.edit is not None}
        diffs = {key: patch for key, patch in asked.items() if key not in edits}
        claimed = {key: patch for key, patch in diffs.items() if commits.get(key) and patch.error is None}
        with ThreadPoolExecutor(max_workers=1) as beside:
            taken = beside.submit(self._taken, claimed, commits, tip)
            answers = place_alone(self._box.index(), self._target, diffs, self._known)
            for key, edit in edits.items():
                answers[key] = place_edit(self._box.reader, self._target.tree, edit)
            for key, patch in diffs.items():
                if patch.error is None:
                    answers[key] = replace(answers[key], present=added_share(patch, self._target))
        for key, (commit, inside) in taken.result().items():
            if answers[key].state is not State.UNKNOWN:
                answers[key] = with_taken(answers[key], commit, in_target=inside)
        return [kept[key] if key in kept else answers[key] for key in range(len(self._patches))]

    def _taken(
        self, patches: Mapping[int, Patch], commits: Mapping[int, Sequence[str]], tip: str
    ) -> dict[int, tuple[str, bool]]:
        """The commit that each patch can be taken back at, and whether the target has it."""
        if not patches:
            return {}
        found = find_taken(self._box, patches, commits)
        inside = reachable(self._box.reader, sorted(set(found.values())), tip)
        return {key: (commit, commit in inside) for key, commit in found.items()}

    def in_series(self, alone: Sequence[Answer], kept: Mapping[int, Answer]) -> list[Answer]:
        """The answer of every patch after those before it."""
        git = self._box.index()
        return place_in_series(git, self._target, self._patches, alone, kept, self._known)


def _placement(alone: Answer, in_series: Answer) -> Placement:
    details = list(alone.details)
    if in_series.state is not alone.state or in_series.details != alone.details:
        details += [f"in series: {line}" for line in in_series.details]
    return Placement(
        alone=alone.state,
        in_series=in_series.state,
        details=shorten(details),
        present=alone.present,
        absorbed_at=alone.absorbed_at,
    )


class Placing:
    """A series on a target that is asked about it, more than once where more becomes known; a context
    that holds a private repository. Nothing is written to the repositories it is given.

    ``series_repository``, where the series is a git range, lends its blobs to three-way merges.
    Answers are kept in ``cache``.
    """

    def __init__(
        self,
        repository: Repository,
        target: str,
        patches: Sequence[Patch],
        *,
        cache: Path,
        series_repository: Repository | None = None,
    ) -> None:
        self._repository = repository
        self._target = target
        self._patches = patches
        self._cache = cache
        self._lender = series_repository
        self._stack = ExitStack()

    def __enter__(self) -> "Placing":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @cached_property
    def _names(self) -> tuple[str, str]:
        return _tree_of(self._repository, self._target)

    @cached_property
    def _held(self) -> tuple[Sandbox, Target]:
        """The private repository, and what the series touches of the target: read only once."""
        commit, tree = self._names
        lenders = [self._repository] if self._lender is None else [self._repository, self._lender]
        box = self._stack.enter_context(sandbox(*lenders, sha256=len(tree) == 64))
        held = Target.read(box.reader, self._repository.tree(commit), self._patches)
        box.bring(held.readable())
        return box, held

    def place(self, taken_by: Mapping[str, Sequence[str]] | None = None) -> tuple[Placement, ...]:
        """What happens when each patch meets the target: alone, and after the patches before it.

        ``taken_by`` maps ``Patch.id`` to the full hashes of upstream commits said to have taken the
        change. Raises ``InputError`` when the target does not exist, when trees cannot be read, or
        when there is no space to work. One patch that cannot be judged is ``State.UNKNOWN`` with a
        reason and does not stop the others.
        """
        commit, tree = self._names
        patches, given = self._patches, taken_by or {}
        commits = {key: tuple(given.get(patch.id, ())) for key, patch in enumerate(patches)}
        lender = str(self._lender.path) if self._lender else ""
        keys = [fingerprint(patch, lender, *commits[at]) for at, patch in enumerate(patches)]
        chain = chained(keys)
        memory = Memory(self._cache, tree)
        alone, series = memory.alone(keys), memory.series(chain)
        if len(alone) == len(patches) and len(series) == len(patches):
            return tuple(_placement(alone[at], series[at]) for at in range(len(patches)))
        box, held = self._held
        asking = _Asking(box, held, patches, KnownBlobs.ask(box, patches))
        try:
            alone_now = asking.alone(alone, commits, commit)
            series_now = asking.in_series(alone_now, series)
        except NoLongerTrueError:
            if not alone and not series:
                raise
            alone_now = asking.alone({}, commits, commit)
            series_now = asking.in_series(alone_now, {})
        memory.keep(dict(zip(keys, alone_now, strict=True)), _up_to_doubt(chain, series_now))
        return tuple(map(_placement, alone_now, series_now))


def place_series(
    repository: Repository,
    target: str,
    patches: Sequence[Patch],
    *,
    cache: Path,
    taken_by: Mapping[str, Sequence[str]] | None = None,
    series_repository: Repository | None = None,
) -> tuple[Placement, ...]:
    """``Placing`` for one question."""
    with Placing(repository, target, patches, cache=cache, series_repository=series_repository) as placing:
        return placing.place(taken_by)


def _up_to_doubt(chain: Sequence[str], answers: Sequence[Answer]) -> dict[str, Answer]:
    """The answers to keep: none after one that may be another tomorrow, it could change them."""
    kept = {}
    for key, answer in zip(chain, answers, strict=True):
        if not answer.lasting:
            break
        kept[key] = answer
    return kept
