"""The patches one after the other, in memory: what each makes of the files that those before it left."""

from dataclasses import dataclass, replace
from pathlib import Path

from unfork.git import Repository
from unfork.model import FileChange
from unfork.model.carrying import How, LostLine
from unfork.series import parse_patch
from unfork.tracks.files import Changes, Files, paths_of
from unfork.tracks.losses import lost_lines
from unfork.tracks.merging import Merger
from unfork.tracks.onto import Applier, Conflict, Moves, Onto
from unfork.tracks.preimages import Preimages
from unfork.tracks.resolutions import Resolutions
from unfork.tracks.trimming import trim
from unfork.tracks.work import Work

_DIFF = (
    "diff-tree", "-p", "-r", "-M", "--root", "--no-commit-id", "--no-ext-diff", "--no-textconv",
    "--full-index", "--src-prefix=a/", "--dst-prefix=b/",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one patch; with conflicts left it is a person's."""

    how: How
    changes: Changes
    notes: tuple[str, ...]
    lost: tuple[LostLine, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    unreadable: bool = False

    @property
    def stops(self) -> bool:
        """Whether a person is needed."""
        return self.unreadable or bool(self.conflicts)


class Walk:
    """Puts the patches of a work onto a revision."""

    def __init__(self, repository: Repository, work: Work, tip: str, begin: int) -> None:
        self.repository = repository
        self.work = work
        self.files = Files(repository, tip)
        self.preimages = Preimages(repository, work.base, [pick.patch for pick in work.picks])
        self.merger = Merger(repository)
        self.moves = Moves(repository, work.base, work.target)
        self._applier = Applier(self.files, self.preimages, self.merger, self.moves)
        self._resolutions = resolutions_of(work)
        self.files.prefetch(paths_of(pick.patch for pick in work.picks[begin:] if not pick.drop))

    def take(self, place: int) -> Taken:
        """Put the patch at ``place`` on the files, unless it conflicts."""
        pick = self.work.picks[place]
        patch = pick.patch
        if pick.drop:
            return Taken(How.LEFT_OUT, {}, ())
        if patch.error is not None:
            return Taken(How.STRAIGHT, {}, (f"it cannot be read: {patch.error}",), unreadable=True)
        trimmed = trim(patch, self._upstream(pick.upstream)) if pick.trims else None
        done = self._applier.apply(place, patch, trimmed)
        if trimmed is not None:
            done.notes.append(f"trimmed: {trimmed.lines} of {patch.changed_lines} changed lines are upstream")
        reused, left = self._reuse(patch.id, done)
        taken = self._judged(done, left, reused=reused)
        if taken.how not in (How.STRAIGHT, How.MERGED, How.EMPTY) and not left:
            taken = replace(taken, lost=lost_lines(self.files, done.changes, patch))
        if not left:
            self.files.change(done.changes)
        return taken

    def _judged(self, done: Onto, left: list[Conflict], *, reused: bool) -> Taken:
        how = How.REUSED if reused else done.how
        if not left and all(self.files.get(path) == file for path, file in done.changes.items()):
            how = How.EMPTY
        return Taken(how, done.changes, tuple(done.notes), conflicts=tuple(left))

    def _reuse(self, patch_id: str, done: Onto) -> tuple[bool, list[Conflict]]:
        """Resolve what a person resolved before; the conflicts that are left."""
        left = []
        for conflict in done.conflicts:
            found = self._resolutions.find(patch_id, conflict)
            if found is None:
                left.append(conflict)
                continue
            done.changes[conflict.path] = found.file
            done.notes.append(f"{conflict.path}: resolved as before")
        return len(left) < len(done.conflicts), left

    def _upstream(self, shas: tuple[str, ...]) -> list[FileChange]:
        changes: list[FileChange] = []
        for sha in shas:
            raw = self.repository.run(*_DIFF, sha)
            changes += parse_patch(raw, sha).files if raw else ()
        return changes


def resolutions_of(work: Work) -> Resolutions:
    """The resolutions a work reuses and keeps."""
    return Resolutions(Path(work.resolutions) if work.resolutions else None)
