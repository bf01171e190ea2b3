"""A series onto a target: begun, stopped for a person, gone on with, undone. Survives ``kill -9``.

The order of writing is what makes it safe: what is to be done, then the track's record, then the branch;
of each batch first the commits, then the journal, then the branch. Whoever finds the journal ahead of the
branch moves the branch; whoever finds commits that no journal names makes the same ones again.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from unfork.errors import InputError
from unfork.files import one_writer
from unfork.git import Repository
from unfork.git_branch import Entry, TrackCommit, TrackWriter, Unmerged
from unfork.model.carrying import How, Step, Stop, TrackStatus
from unfork.model.track import Track, TrackState
from unfork.progress import Progress
from unfork.tracks.causes import explain
from unfork.tracks.commits import author_of, message_of
from unfork.tracks.faults import boundary
from unfork.tracks.files import File
from unfork.tracks.handed import take_back
from unfork.tracks.kept import RECORD, load_track, save_track
from unfork.tracks.walk import Taken, Walk
from unfork.tracks.work import JOURNAL, WORK, Journal, Work, load_journal, load_work, save_journal, save_work

_BATCH = 100  # patches whose commits one process of git writes


def begin(
    folder: Path, repository: Repository, track: Track, work: Work, *, progress: Progress
) -> TrackStatus:
    """Make the branch and put the patches on it, up to the end or the first conflict.

    ``folder`` is the track's place. Raises ``InputError`` when there is a track or a branch of the name.
    """
    with one_writer(folder, "track", wait=False):
        if (folder / RECORD).exists():
            raise InputError(
                f"there is a track {track.name!r} already",
                where=str(folder),
                hint="unfork track continue goes on with it, abort undoes it",
            )
        writer = _writer(repository, track)
        branch, claimed = writer.tips()
        if branch is not None or claimed is not None:
            raise InputError(
                f"there is a branch track/{track.name} that is not of a track in this folder",
                where=str(repository.path),
                hint="choose another name, or name the folder of its track with --tracks; if that is lost: "
                f"git branch -m track/{track.name} OTHER, git update-ref -d refs/unfork/tracks/{track.name}",
            )
        if Path(track.worktree).exists():
            raise InputError(
                "there is something where the worktree goes", where=track.worktree, hint="move it away"
            )
        save_work(folder, work)
        save_journal(folder, Journal(work.run))
        save_track(folder, track)
        boundary("after the record")
        return _go(folder, repository, track, work, Journal(work.run), progress)


def go_on(folder: Path, repository: Repository, *, skip: bool, progress: Progress) -> TrackStatus:
    """Take what a person made of the conflict (or ``skip`` the patch) and put the rest on.

    Also goes on after a kill. Raises ``InputError`` when the conflict is not resolved.
    """
    with one_writer(folder, "track", wait=False):
        track, work, journal = _load(folder)
        if track.state is TrackState.UNDOING:
            raise InputError("its undoing has begun", where=track.name, hint="unfork track abort ends it")
        if journal.done:
            if track.state is TrackState.RUNNING:  # killed before the record said so
                return _go(folder, repository, track, work, journal, progress)
            raise InputError("the track is done, there is nothing to go on with", where=track.name)
        writer = _writer(repository, track)
        if journal.stop is not None:
            journal = _past_the_stop(repository, writer, track, work, journal, skip=skip)
            save_journal(folder, journal)
        elif skip:
            raise InputError("it did not stop at a patch, nothing to skip", where=track.name)
        writer.sweep()
        return _go(folder, repository, track, work, journal, progress)


def status(folder: Path) -> TrackStatus:
    """How far a track is."""
    track, work, journal = _load(folder)
    return TrackStatus(track, len(work.picks), journal.steps, journal.stop)


def undo(folder: Path, repository: Repository) -> str | None:
    """Remove the branch, the worktree and all that is kept of the track.

    What a person had made in the worktree or on the branch is kept under the name returned; ``None`` when
    there was nothing.
    """
    with one_writer(folder, "track", wait=False):
        track = load_track(folder)
        if track.state is TrackState.ARCHIVED:
            raise InputError("the track is archived, there is nothing to undo", where=track.name)
        writer = _writer(repository, track)
        saved = None
        if track.state is not TrackState.UNDOING:
            saved = _save_aside(repository, folder, track, writer)
            save_track(folder, replace(track, state=TrackState.UNDOING))
        boundary("undoing")
        writer.remove_worktree()
        boundary("worktree removed")
        writer.remove_refs()
        boundary("refs removed")
        for name in (JOURNAL, WORK, RECORD):
            (folder / name).unlink(missing_ok=True)
    with suppress(OSError):  # a file of somebody else is in it
        folder.rmdir()
    return saved


def _load(folder: Path) -> tuple[Track, Work, Journal]:
    track = load_track(folder)
    work = load_work(folder)
    if work.run != track.run:
        raise InputError(
            "the work is of another run, nothing was changed",
            where=str(folder / WORK),
            hint="was the folder copied? unfork track abort undoes the track",
        )
    return track, work, load_journal(folder, track.run)


def _writer(repository: Repository, track: Track) -> TrackWriter:
    return TrackWriter(repository, track.name, Path(track.worktree))


def _go(
    folder: Path,
    repository: Repository,
    track: Track,
    work: Work,
    journal: Journal,
    progress: Progress,
) -> TrackStatus:
    """Put on what the journal does not have yet."""
    writer = _writer(repository, track)
    track = replace(track, state=TrackState.RUNNING)
    tip = _stand(writer, work, journal)
    walk = Walk(repository, work, tip, len(journal.steps))
    progress.start("Carrying patches", len(work.picks) - len(journal.steps))
    taken: Taken | None = None
    while len(journal.steps) < len(work.picks):
        steps, commits, taken = _batch(walk, work, len(journal.steps), progress)
        journal = _write(folder, writer, work, journal, steps, commits)
        if taken is not None:
            break
    progress.finish()
    tip = journal.tip(work.target)
    writer.check_out()
    boundary("checked out")
    if taken is not None:
        stop = _hand_over(writer, walk, work, journal.steps, taken)
        journal = replace(journal, stop=stop, shown=writer.tree_of_worktree(stop.files))
        boundary("conflict shown")
        state = TrackState.STOPPED
    else:
        journal = replace(journal, stop=None, shown=None, done=True)
        state = TrackState.DONE
    save_journal(folder, journal)
    track = replace(track, state=state, tip=tip)
    save_track(folder, track)
    return TrackStatus(track, len(work.picks), journal.steps, journal.stop)


def _stand(writer: TrackWriter, work: Work, journal: Journal) -> str:
    """Put the branch where the journal is; the tip."""
    tip = journal.tip(work.target)
    branch, _ = writer.tips()
    if branch is None:
        writer.claim(tip)
        boundary("branch made")
    elif branch != tip:
        if branch not in {work.target, journal.by_hand, *(step.commit for step in journal.steps)}:
            raise InputError(
                f"the branch stands at {branch[:12]}, which is no commit of this track",
                where=writer.branch,
                hint="move it back, or unfork track abort: what is on the branch is kept",
            )
        writer.move(branch, tip)
        boundary("branch moved")
    return tip


def _batch(
    walk: Walk, work: Work, begin: int, progress: Progress
) -> tuple[list[Step], list[TrackCommit], Taken | None]:
    """The next patches in memory, up to a conflict, which comes last."""
    steps: list[Step] = []
    commits: list[TrackCommit] = []
    for place in range(begin, min(begin + _BATCH, len(work.picks))):
        pick = work.picks[place]
        taken = walk.take(place)
        if taken.stops:
            return steps, commits, taken
        step = Step(pick.patch.name, pick.patch.id, taken.how, None, pick.advice, taken.notes, taken.lost)
        steps.append(step)
        if taken.how.is_there:
            files = {path: entry_of(file) for path, file in taken.changes.items()}
            commits.append(_commit(work, place, files))
        progress.advance()
    return steps, commits, None


def _commit(work: Work, place: int, files: dict[str, Entry | None]) -> TrackCommit:
    pick = work.picks[place]
    date = pick.patch.date if pick.patch.date is not None else work.date
    return TrackCommit(author_of(pick.patch, work.committer), date, message_of(pick), files)


def entry_of(file: File | None) -> Entry | None:
    """A file as git writes it."""
    if file is None:
        return None
    submodule = file.submodule()
    return Entry(file.mode, submodule.encode() if submodule is not None else file.data)


def _write(
    folder: Path,
    writer: TrackWriter,
    work: Work,
    journal: Journal,
    steps: Sequence[Step],
    commits: Sequence[TrackCommit],
) -> Journal:
    """Make the commits, write the journal, move the branch."""
    if not steps:
        return journal
    tip = journal.tip(work.target)
    made = iter(writer.add(tip, commits, work.committer, work.date))
    boundary("commits written")
    named = [replace(step, commit=next(made)) if step.how.is_there else step for step in steps]
    journal = replace(journal, steps=(*journal.steps, *named))
    save_journal(folder, journal)
    new = journal.tip(work.target)
    if new != tip:
        writer.move(tip, new)
        boundary("branch moved")
    return journal


def _hand_over(writer: TrackWriter, walk: Walk, work: Work, steps: Sequence[Step], taken: Taken) -> Stop:
    """Put the patch with its conflicts into the worktree; what to tell the person."""
    ready = {path: entry_of(file) for path, file in taken.changes.items()}
    unmerged = [
        Unmerged(
            each.path,
            (entry_of(each.base), entry_of(each.ours), entry_of(each.theirs)),
            entry_of(each.shown),
        )
        for each in taken.conflicts
    ]
    for each in unmerged:
        ready.pop(each.path, None)
    writer.show_conflict(ready, unmerged)
    place = len(steps)
    patch = work.picks[place].patch
    notes = (*taken.notes, *(f"{each.path}: {each.why}" for each in taken.conflicts))
    causes = tuple(explain(walk, place, taken, steps))
    files = tuple(each.path for each in taken.conflicts)
    return Stop(patch.name, patch.id, place + 1, files, notes, causes)


def _past_the_stop(
    repository: Repository, writer: TrackWriter, track: Track, work: Work, journal: Journal, *, skip: bool
) -> Journal:
    """The journal with the step that a person resolved or skipped."""
    place = len(journal.steps)
    pick = work.picks[place]
    if skip:
        step = Step(pick.patch.name, pick.patch.id, How.SKIPPED, None, pick.advice)
    else:
        tip = journal.tip(work.target)
        back = take_back(repository, writer, track, work, place, tip)
        step = Step(pick.patch.name, pick.patch.id, How.EMPTY, None, pick.advice, back.notes)
        if back.tree is not None:
            commit = writer.commit_tree(tip, back.tree, _commit(work, place, {}), work.committer, work.date)
            step = replace(step, how=How.RESOLVED, commit=commit, lost=back.lost)
    boundary("resolution taken")
    by_hand, _ = writer.tips()
    return replace(journal, steps=(*journal.steps, step), stop=None, shown=None, by_hand=by_hand)


def _save_aside(repository: Repository, folder: Path, track: Track, writer: TrackWriter) -> str | None:
    """Name what a person made, when there is something: commits on the branch, changes in the worktree."""
    branch, _ = writer.tips()
    ours = {track.target, track.tip}
    handed, shown = True, None
    with suppress(InputError):  # damaged: then everything there is taken for the person's
        journal = load_journal(folder, track.run)
        ours |= {step.commit for step in journal.steps if step.commit}
        handed, shown = journal.stop is not None or journal.done, journal.shown
    if branch is None:
        return None
    if handed and writer.is_checked_out():
        head = writer.head()
        tree = writer.tree_of_worktree(())
        if tree not in (shown, repository.text("rev-parse", f"{head}^{{tree}}")):
            message = f"The worktree of the track {track.name} when it was undone\n"
            commit = TrackCommit(writer.committer(), 0, message, {})
            return writer.keep_aside(writer.commit_tree(head, tree, commit, commit.author, 0))
    return writer.keep_aside(branch) if branch not in ours else None
