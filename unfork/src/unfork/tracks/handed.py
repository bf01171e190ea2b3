"""What a person made of a conflict, taken back from the worktree."""

import os
from dataclasses import dataclass

from unfork.errors import InputError
from unfork.git import Repository
from unfork.git_branch import TrackWriter
from unfork.model.carrying import LostLine
from unfork.model.track import Track
from unfork.tracks.files import Files
from unfork.tracks.losses import lost_lines
from unfork.tracks.merging import has_markers
from unfork.tracks.onto import Conflict
from unfork.tracks.walk import Walk, resolutions_of
from unfork.tracks.work import Work


@dataclass(frozen=True, slots=True)
class Back:
    """The result; ``tree`` is ``None`` when nothing is left of the patch."""

    tree: str | None
    notes: tuple[str, ...]
    lost: tuple[LostLine, ...]


def take_back(
    repository: Repository, writer: TrackWriter, track: Track, work: Work, place: int, tip: str
) -> Back:
    """Read the worktree, refuse what is not resolved, and keep the resolutions.

    A commit that the person made on top of the branch is as good as a changed worktree.
    """
    if not writer.is_checked_out():
        raise InputError(
            f"the worktree is not at the branch {track.branch.removeprefix('refs/heads/')}",
            where=track.worktree,
            hint="switch it back, or unfork track abort",
        )
    conflicts = Walk(repository, work, tip, place).take(place).conflicts
    head = writer.head()
    changed, untracked = writer.changed_paths()
    committed = head != tip
    if committed:
        before = repository.try_run("rev-parse", "--verify", "--quiet", f"{head}^").out.decode().strip()
        if before != tip:
            raise InputError(
                f"the branch stands at {head[:12]}, expected {tip[:12]} or one commit on it",
                where=track.worktree,
                hint=f"git reset --soft {tip[:12]} makes one change of several commits",
            )
        if changed:
            raise InputError(
                f"there is a commit, and {changed[0]} is changed since",
                where=track.worktree,
                hint="commit --amend it, or take the change back",
            )
        tree = repository.text("rev-parse", f"{head}^{{tree}}")
    else:
        _refuse_unmerged(writer, track, conflicts)
        tree = writer.tree_of_worktree([each.path for each in conflicts])
    after = Files(repository, tree)
    _refuse_markers(after, track, conflicts)
    notes = _keep(work, track, place, conflicts, after)
    notes += [f"{path} is in the worktree and not in the track: git add it" for path in untracked]
    if tree == repository.text("rev-parse", f"{tip}^{{tree}}"):
        return Back(None, (*notes, "the resolution leaves nothing of it"), ())
    listed = repository.run("diff-tree", "-r", "-z", "--no-renames", "--name-only", tip, tree)
    paths = [path.decode("utf-8", "surrogateescape") for path in listed.split(b"\0") if path]
    changes = {path: after.get(path) for path in paths}
    return Back(tree, tuple(notes), lost_lines(Files(repository, tip), changes, work.picks[place].patch))


def _refuse_unmerged(writer: TrackWriter, track: Track, conflicts: tuple[Conflict, ...]) -> None:
    """A conflict that shows no markers must be said to be resolved."""
    rows = writer.tree.run("ls-files", "-u", "-z").split(b"\0")
    unmerged = {row.split(b"\t", 1)[1].decode("utf-8", "surrogateescape") for row in rows if row}
    for each in conflicts:
        nothing = each.base is None and each.ours is None and each.theirs is None
        if nothing and not os.path.lexists(writer.tree.path / each.path):
            raise InputError(
                f"{each.path} is not there: {each.why}",
                where=track.worktree,
                hint="put the file there, or leave the patch out with --skip",
            )
        if each.path in unmerged and not (each.shown and has_markers(each.shown.data)):
            raise InputError(
                f"{each.path} is not resolved: {each.why}",
                where=track.worktree,
                hint="git add it as it shall be, or git rm it",
            )


def _refuse_markers(after: Files, track: Track, conflicts: tuple[Conflict, ...]) -> None:
    left = [each.path for each in conflicts if (file := after.get(each.path)) and has_markers(file.data)]
    if left:
        more = f" and {len(left) - 1} more" if len(left) > 1 else ""
        raise InputError(
            f"{left[0]}{more} still has conflict markers",
            where=track.worktree,
            hint="edit it, then unfork track continue; --skip leaves the patch out",
        )


def _keep(work: Work, track: Track, place: int, conflicts: tuple[Conflict, ...], after: Files) -> list[str]:
    """Keep the resolutions for the next time; notes about it."""
    kept = resolutions_of(work)
    patch = work.picks[place].patch
    count = sum(
        kept.keep(
            patch.id,
            patch.name,
            each,
            after.get(each.path),
            target=track.target_name,
            on=track.made_on,
        )
        for each in conflicts
    )
    return [f"{count} of {len(conflicts)} resolutions kept in {work.resolutions}"] if count else []
