"""Each patch alone on the target, many patches in one git process."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from unfork.applying import trial
from unfork.applying.answer import Answer, Way
from unfork.applying.known import KnownBlobs
from unfork.applying.outcome import Outcome
from unfork.applying.presence import cannot_apply, has_content, may_reverse, reversal_tells
from unfork.applying.slots import Job, fill_index, paths_of, separate_jobs
from unfork.applying.target import Target
from unfork.applying.trial import try_patches
from unfork.applying.wording import failures, shorten, success
from unfork.git import Repository, TreeEntry
from unfork.model import ChangeKind, FileChange, Patch, State
from unfork.series import left_out


@dataclass(frozen=True, slots=True)
class Reversal:
    """Whether a patch that can be taken back is thereby proven to be there."""

    proven: bool
    details: tuple[str, ...]


def weigh_reversal(patch: Patch, forward: Outcome, reverse: Outcome) -> Reversal:
    """Judge a patch that git can take back.

    Where code repeats itself a patch may go in *and* be taken back, at different places. Then
    the place nearer to the line numbers of the patch is the right one, and on a tie the answer
    is the one that loses nothing: the patch is still to be applied.
    """
    if not reversal_tells(patch):
        said = "can be taken back, but its context is too common to prove that the change is there"
        return Reversal(False, (said,))
    if forward.applies and has_content(patch) and reverse.displacement >= forward.displacement:
        said = (
            f"can also be taken back, {reverse.displacement} lines away from where it says;"
            f" applying it moves it by {forward.displacement}: taken for not yet there"
        )
        return Reversal(False, (said,))
    return Reversal(True, tuple(success(reverse, backward=True)))


def plain_answer(outcome: Outcome) -> Answer:
    """The answer for a patch that git applies as it is."""
    details = success(outcome)
    state = State.OFFSET if details else State.CLEAN
    return Answer(state, shorten(details), Way.PLAIN)


def _not_there(change: FileChange, target: Target) -> bool:
    """Whether a change that names only blobs (binary, without its data) is still to be made."""
    if change.new_path is None:
        return change.old_path in target.tree
    held = target.tree.get(change.new_path)
    return held is None or not change.new_blob or not held.sha.startswith(change.new_blob)


def _without_git(patch: Patch, target: Target) -> Answer | None:
    """The answer where there is nothing to ask git."""
    if patch.error is not None:
        return Answer(State.UNKNOWN, shorten([patch.error]))
    bare = [change for change in left_out(patch) if change.binary]
    lacking = [f"{c.path}: the patch lacks the binary data" for c in bare if _not_there(c, target)]
    if lacking:
        return Answer(State.UNKNOWN, shorten(lacking))
    if len(left_out(patch)) == len(patch.files):
        return Answer(State.ABSORBED) if bare else Answer(State.CLEAN, ("changes nothing",))
    missing = target.missing(paths_of(patch))
    if missing:
        said = [f"{path}: object {sha} is missing from the repository" for path, sha in missing]
        return Answer(State.UNKNOWN, shorten(said), lasting=False)
    return None


def _in_the_way(patch: Patch, target: Target) -> list[str]:
    """Directories where a file should go, and files where a directory should."""
    removed = {
        change.old_path
        for change in patch.files
        if change.kind in (ChangeKind.DELETE, ChangeKind.RENAME) and change.old_path is not None
    }
    new = [c.new_path for c in patch.files if c.new_path is not None and c.new_path not in target.tree]
    return [said for path in new if (said := target.in_the_way(path, removed)) is not None]


def failed_state(patch: Patch, target: Target) -> tuple[State, list[str]]:
    """Obsolete or conflict, and where files have gone that are not at their place."""
    wanted = [change for change in patch.files if change.old_path is not None]
    gone = [change for change in wanted if change.old_path not in target.tree]
    said = []
    moved = 0
    for change in gone:
        to = target.moved_to(change)
        if to is not None:
            moved += 1
            said.append(f"{change.old_path}: gone from the target; perhaps moved to {to}")
    if wanted and len(gone) == len(wanted) and not moved:
        return State.OBSOLETE, [f"{change.old_path}: gone from the target" for change in gone]
    return State.CONFLICT, said


class _Alone:
    """The answers so far, and the jobs still without one."""

    def __init__(self, git: Repository, target: Target, jobs: list[Job], known: KnownBlobs) -> None:
        self._git = git
        self._target = target
        self._known = known
        self.open = {job.key: job for job in jobs}
        self.answers: dict[int, Answer] = {}
        self._notes: dict[int, tuple[str, ...]] = {}
        self._forward: Mapping[int, Outcome] = {}
        self._stuck: dict[int, frozenset[str]] = {}  # files that no way tried so far can place

    def _settle(self, key: int, answer: Answer) -> None:
        self.answers[key] = answer
        del self.open[key]

    def _try(self, jobs: Iterable[Job], options: tuple[str, ...]) -> list[tuple[Job, Outcome]]:
        asked = list(jobs)
        outcomes = try_patches(self._git, asked, options)
        return [(job, outcomes[job.key]) for job in asked]

    def ask_forward(self) -> None:
        """Learn what happens to each patch as it is; settles nothing but what cannot be asked."""
        self._forward = try_patches(self._git, list(self.open.values()), trial.FORWARD)
        for key in list(self.open):
            refused = self._forward[key].refused
            if refused is not None:
                self._settle(key, Answer(State.UNKNOWN, shorten([f"git cannot read it: {refused}"])))

    def ask_absorbed(self) -> None:
        """Settle the patches that can be taken back."""
        thinkable = [job for job in self.open.values() if may_reverse(job.patch, self._target)]
        for job, outcome in self._try(thinkable, trial.REVERSE):
            if not outcome.applies:
                continue
            reversal = weigh_reversal(job.patch, self._forward[job.key], outcome)
            if reversal.proven:
                self._settle(job.key, Answer(State.ABSORBED, shorten(reversal.details)))
            else:
                self._notes[job.key] = reversal.details

    def settle_plain(self) -> None:
        """Settle the patches that apply as they are."""
        for key, job in list(self.open.items()):
            if self._forward[key].applies and not _in_the_way(job.patch, self._target):
                self._settle(key, plain_answer(self._forward[key]))

    def ask_less_context(self) -> None:
        """Settle the patches that apply with one line of context."""
        thinkable = []
        for key, job in self.open.items():
            ruled_out = cannot_apply(job.patch, self._target, signs=b"-")
            # What the plain attempt places, this one does too.
            self._stuck[key] = ruled_out
            if not ruled_out:
                thinkable.append(job)
        for job, outcome in self._try(thinkable, trial.LESS_CONTEXT):
            self._stuck[job.key] = outcome.stuck
            if outcome.applies and not _in_the_way(job.patch, self._target):
                self._settle(job.key, Answer(State.FUZZY, shorten(success(outcome)), Way.LESS_CONTEXT))

    def ask_merge(self) -> None:
        """Settle the patches that a three-way merge can place."""
        thinkable = [
            job
            for key, job in self.open.items()
            if self._known.can_merge(job.patch, self._stuck[key], self._target)
        ]
        self._known.lend(job.patch for job in thinkable)
        merged = []
        for job, outcome in self._try(thinkable, trial.MERGE):
            self._stuck[job.key] &= outcome.stuck
            if outcome.applies and not _in_the_way(job.patch, self._target):
                merged.append((job, outcome))
        unchanged = self._merge_for_real([job for job, _ in merged])
        for job, outcome in merged:
            if job.key in unchanged:
                said = "a three-way merge leaves the target as it is: all of it is there"
                self._settle(job.key, Answer(State.ABSORBED, (said,)))
            else:
                self._settle(job.key, Answer(State.FUZZY, shorten(success(outcome)), Way.MERGE))

    def _merge_for_real(self, jobs: list[Job]) -> set[int]:
        """Keys of the jobs whose merge gives the files of the target as they are."""
        if not jobs:
            return set()
        done = trial.run_apply(
            self._git, ("--cached", *Way.MERGE.options), b"".join(job.diff for job in jobs)
        )
        if done.code:  # cannot be, each of them was tried; then it only stays a merge
            return set()
        rows = self._git.run("ls-files", "-s", "-z").split(b"\0")
        after: dict[str, TreeEntry] = {}
        for meta, slot in (row.decode().split("\t", 1) for row in rows if row):
            mode, sha, _ = meta.split(" ")
            after[slot] = TreeEntry(mode, sha)
        return {
            job.key
            for job in jobs
            if all(after.get(slot) == self._target.tree.get(path) for path, slot in job.slots.items())
        }

    def settle_rest(self) -> None:
        """What is left conflicts, or its files are gone."""
        for key, job in list(self.open.items()):
            state, said = failed_state(job.patch, self._target)
            if state is State.CONFLICT:
                said = [
                    *failures(job.patch, self._forward[key]),
                    *_in_the_way(job.patch, self._target),
                    *said,
                ]
            details = shorten([*said, *self._notes.get(key, ())])
            stuck = tuple(n for n, path in enumerate(job.slots) if path in self._stuck[key])
            self._settle(key, Answer(state, details, stuck=stuck))


def place_alone(
    git: Repository, target: Target, patches: Mapping[int, Patch], known: KnownBlobs
) -> dict[int, Answer]:
    """The state of each patch alone on the target, by its key.

    ``git`` is a private repository whose (empty) index is ours. At most six git processes,
    however many patches: forward, backward, with less context, by three-way merge, and that
    merge for real.
    """
    answers: dict[int, Answer] = {}
    for key, patch in patches.items():
        answer = _without_git(patch, target)
        if answer is not None:
            answers[key] = answer
    jobs = separate_jobs({key: patch for key, patch in patches.items() if key not in answers})
    fill_index(git, (entry for job in jobs for entry in job.entries(target.tree)))
    asked = _Alone(git, target, jobs, known)
    asked.ask_forward()
    asked.ask_absorbed()
    asked.settle_plain()
    asked.ask_less_context()
    asked.ask_merge()
    asked.settle_rest()
    return answers | asked.answers
