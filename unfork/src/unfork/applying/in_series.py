"""Each patch in its place: on the target with the patches before it applied.

The index holds only the files the series touches. A patch whose files no earlier patch has
changed gets the answer it has alone, without asking git; it is only put on a list. The list
is applied, in one process, when a later patch wants to build on it. What fails is skipped
whole and leaves nothing behind.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from unfork.applying import trial
from unfork.applying.alone import failed_state, plain_answer, weigh_reversal
from unfork.applying.answer import APPLYING, Answer, Way
from unfork.applying.known import KnownBlobs
from unfork.applying.outcome import Outcome
from unfork.applying.presence import cannot_apply, may_reverse
from unfork.applying.slots import Job, common_jobs, fill_index, paths_of
from unfork.applying.target import Target, squeeze
from unfork.applying.trial import try_patches
from unfork.applying.wording import failures, shorten, success
from unfork.errors import GitError
from unfork.git import Repository
from unfork.model import Patch, State

_MOST_NAMED = 3  # earlier patches named as a likely cause


class NoLongerTrueError(GitError):
    """A patch did not go in as an answer said: it was a kept one, and objects are gone since."""


class _Progress:
    """The files as they are after the patches applied so far."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self.changed: set[str] = set()  # paths that applied patches have touched
        self._there: dict[str, bool] = {}
        self._added: dict[str, set[bytes]] = defaultdict(set)

    def has(self, path: str) -> bool:
        """Whether there is something at the path now."""
        return self._there.get(path, self._target.has(path))

    def mode(self, path: str) -> str | None:
        """The mode, where no patch has touched the file."""
        return None if path in self.changed else self._target.mode(path)

    def lines(self, path: str) -> frozenset[bytes] | None:
        """The target's lines and all that patches added: more than there are, never fewer."""
        if path not in self.changed:
            return self._target.lines(path)
        if self._target.has(path) and self._target.lines(path) is None:
            return None
        return (self._target.lines(path) or frozenset()) | self._added[path]

    def record(self, patch: Patch) -> None:
        """A patch was applied."""
        for change in patch.files:
            if change.old_path is not None and change.old_path != change.new_path:
                self.changed.add(change.old_path)
                if change.kind != "copy":
                    self._there[change.old_path] = False
            if change.new_path is not None:
                held = self.lines(change.old_path) if change.old_path else None
                self.changed.add(change.new_path)
                self._there[change.new_path] = True
                added = self._added[change.new_path]
                added.update(squeeze(line[1:]) for hunk in change.hunks for line in hunk.lines)
                if held is not None and change.old_path != change.new_path:
                    added.update(held)


class _Walk:
    def __init__(self, git: Repository, target: Target, known: KnownBlobs) -> None:
        self._git = git
        self._target = target
        self._known = known
        self._progress = _Progress(target)
        self._pending: list[tuple[Job, Way]] = []
        self._applied: set[int] = set()  # keys of jobs applied while they were judged
        self._failed: dict[str, list[Job]] = defaultdict(list)  # path -> skipped patches

    def accept(self, job: Job, way: Way) -> None:
        """The patch goes in here; git does it when somebody wants to see."""
        if job.key not in self._applied:
            self._pending.append((job, way))
            if way is Way.MERGE:  # the answer may be of an earlier run
                self._known.lend([job.patch])
        self._progress.record(job.patch)
        if way is Way.PLAIN:
            self._known.learn(job.patch)

    def skip(self, job: Job) -> None:
        """The patch does not go in."""
        for path in paths_of(job.patch):
            self._failed[path].append(job)

    def untouched(self, job: Job) -> bool:
        """Whether all files of the patch are still as in the target."""
        return self._progress.changed.isdisjoint(job.slots)

    def _flush(self) -> None:
        """Apply the list, as few processes as the ways it needs."""
        pending, self._pending = self._pending, []
        while pending:
            way = pending[0][1]
            run = next((n for n, (_, other) in enumerate(pending) if other is not way), len(pending))
            diff = b"".join(job.diff for job, _ in pending[:run])
            done = trial.run_apply(self._git, ("--cached", *way.options), diff)
            if done.code:
                names = f"{pending[0][0].patch.name} to {pending[run - 1][0].patch.name}"
                raise NoLongerTrueError(
                    f"patches {names} were found to apply and did not: {done.err.strip()[:300]}"
                )
            del pending[:run]

    def _try(self, job: Job, options: Sequence[str]) -> Outcome:
        return try_patches(self._git, [job], options)[job.key]

    def _apply(self, job: Job, way: Way) -> Outcome:
        """Apply the patch if it goes in; it leaves nothing when not."""
        outcome = self._try(job, (*trial.APPLY, *way.options))
        if outcome.applies:
            self._applied.add(job.key)
        return outcome

    def judge_absorbed(self, job: Job, alone: Answer) -> Answer:
        """The answer of a patch that is in the target, where earlier ones changed its files: what
        they undid (or made and this one deletes) is to be done again."""
        self._flush()
        if may_reverse(job.patch, self._progress) and self._try(job, trial.REVERSE).applies:
            return alone
        forward = self._apply(job, Way.PLAIN)
        return plain_answer(forward) if forward.applies else alone

    def judge(self, job: Job, alone: Answer) -> Answer:
        """The answer of a patch that touches what earlier ones have changed."""
        files, patch = self._progress, job.patch
        paths = paths_of(patch)
        if not files.changed.issuperset(paths[n] for n in alone.stuck):
            # A file it cannot change alone is as it was: so it cannot now.
            return Answer(alone.state)
        self._flush()
        taken_back = self._try(job, trial.REVERSE) if may_reverse(patch, files) else None
        if taken_back is not None and taken_back.applies:
            forward = self._try(job, trial.FORWARD)
            if weigh_reversal(patch, forward, taken_back).proven:
                return Answer(State.ABSORBED, ("the patches before it already make this change",))
        stuck = cannot_apply(patch, files, signs=b"- ")
        said = [f"{path}: its lines are not there" for path in sorted(stuck)]
        if not stuck:
            forward = self._apply(job, Way.PLAIN)
            if forward.refused is not None:
                return Answer(State.UNKNOWN, shorten([f"git cannot read it: {forward.refused}"]))
            if forward.applies:
                return plain_answer(forward)
            stuck, said = forward.stuck, failures(patch, forward, complete=False)
        return self._judge_loosely(job, stuck, said)

    def _judge_loosely(self, job: Job, stuck: frozenset[str], said: list[str]) -> Answer:
        files, patch = self._progress, job.patch
        ruled_out = cannot_apply(patch, files, signs=b"-")
        if ruled_out:
            stuck = ruled_out
        else:
            reduced = self._apply(job, Way.LESS_CONTEXT)
            if reduced.applies:
                return Answer(State.FUZZY, shorten(success(reduced)), Way.LESS_CONTEXT)
            stuck = reduced.stuck
        if self._known.can_merge(patch, stuck, files):
            self._known.lend([patch])
            merged = self._try(job, trial.MERGE)
            if merged.applies:
                return Answer(State.FUZZY, shorten(success(merged)), Way.MERGE)
        if not any(path in files.changed and files.has(path) for path in job.slots):
            state, gone = failed_state(patch, self._target)
            if state is State.OBSOLETE:
                return Answer(state, shorten(gone))
        return Answer(State.CONFLICT, shorten(said))

    def causes(self, job: Job) -> list[str]:
        """Earlier patches that were skipped and touch the same files."""
        skipped = {other.key: other for path in job.slots for other in self._failed.get(path, ())}
        if not skipped:
            return []
        nearest = [skipped[key].patch.name for key in sorted(skipped)[-_MOST_NAMED:]]
        more = len(skipped) - len(nearest)
        before = f" and {more} before" if more else ""
        return [f"may need {', '.join(nearest)}{before}: same files, not applied"]


def _answer(walk: _Walk, job: Job, alone: Answer) -> Answer:
    if alone.state is State.UNKNOWN or (alone.way is None and alone.state is State.CLEAN):
        return alone  # cannot be asked; changes nothing
    if alone.state is State.ABSORBED:
        return alone if walk.untouched(job) else walk.judge_absorbed(job, alone)
    answer = replace(alone, details=()) if walk.untouched(job) else walk.judge(job, alone)
    if answer.state in (State.CONFLICT, State.OBSOLETE):
        answer = replace(answer, details=shorten([*answer.details, *walk.causes(job)]))
    return answer


def place_in_series(
    git: Repository,
    target: Target,
    patches: Sequence[Patch],
    alone: Sequence[Answer],
    kept: Mapping[int, Answer],
    known: KnownBlobs,
) -> list[Answer]:
    """The state of each patch after those before it.

    ``git`` is a private repository whose (empty) index is ours; ``alone`` are the answers on
    the bare target; ``kept`` are answers of an earlier run that still hold, by position.
    The details do not repeat what the answer alone says.
    """
    jobs = common_jobs(patches)
    fill_index(git, (entry for job in jobs for entry in job.entries(target.tree)))
    walk = _Walk(git, target, known)
    answers = []
    for job in jobs:
        answer = kept.get(job.key) or _answer(walk, job, alone[job.key])
        if answer.state in APPLYING and answer.way is not None:
            walk.accept(job, answer.way)
        elif answer.state is not State.ABSORBED:
            walk.skip(job)
        answers.append(answer)
    return answers
