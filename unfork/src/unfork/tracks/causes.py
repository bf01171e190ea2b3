"""Why a patch conflicts: the upstream commit, or the earlier patch of our own, behind each hunk.

Whether a hunk conflicts is asked of the file as it was at an upstream commit, with what our earlier patches
do to it put on top. Over the commits of the main line that touch the file, clean turns into conflict
somewhere: a binary search finds where, in as many merges as the number of commits has binary digits (as
git-imerge finds the first pair of commits that conflict). Where the commit found is a merge, the commits it
brought are asked, each beside its parent.
"""

from collections.abc import Callable, Iterator, Sequence

from unfork.model import ChangeKind, Hunk
from unfork.model.carrying import Cause, CauseKind, Step
from unfork.tracks.blamed import Blamed
from unfork.tracks.files import File
from unfork.tracks.line_of_commits import Version, mainline, side_line
from unfork.tracks.onto import Conflict
from unfork.tracks.own import blame_series
from unfork.tracks.text import place_hunks
from unfork.tracks.walk import Taken, Walk

_MOST_ASKED = 64  # commits of one merge that are asked one by one
Conflicts = Callable[[File | None], bool]


def explain(walk: Walk, place: int, taken: Taken, steps: Sequence[Step]) -> Iterator[Cause]:
    """The cause of each conflicting hunk of the patch at ``place``; ``steps`` are of those before it."""
    blamed = Blamed(walk.repository)
    for conflict in taken.conflicts:
        seen: set[tuple[str | None, str | None, CauseKind]] = set()
        for hunk, conflicts in _questions(walk, conflict):
            cause = _cause(walk, place, steps, conflict, hunk, conflicts, blamed)
            if (cause.sha, cause.patch, cause.kind) not in seen:
                seen.add((cause.sha, cause.patch, cause.kind))
                yield cause


def _cause(
    walk: Walk,
    place: int,
    steps: Sequence[Step],
    conflict: Conflict,
    hunk: Hunk | None,
    conflicts: Conflicts,
    blamed: Blamed,
) -> Cause:
    path = conflict.change.old_path or conflict.path
    start = hunk.old_start if hunk is not None else 0
    lacks = False
    versions = mainline(walk.repository, walk.work.base, walk.work.target, path, walk.moves.to(path))
    found: Version | None = None
    if versions and conflicts(versions[-1].read()):
        if not conflicts(versions[0].read()):
            found = _first(versions, conflicts)
        else:
            versions = mainline(walk.repository, walk.work.target, walk.work.base, path, None)
            if len(versions) > 1 and not conflicts(versions[-1].read()):
                found, lacks = _first(versions, lambda file: not conflicts(file)), True
    if found is None:
        return blame_series(walk, place, steps, conflict, hunk, blamed)
    if not lacks:
        found = _inside(walk, found, path, conflicts)
    kind = CauseKind.NOT_IN_TARGET if lacks else blamed.kind_of(found, hunk, exists=conflict.base is None)
    return blamed.cause(conflict.path, start, kind, found.sha)


def _first(versions: Sequence[Version], conflicts: Conflicts) -> Version:
    """A version that conflicts whose predecessor does not; the first must not and the last must."""
    clean, bad = 0, len(versions) - 1
    while bad - clean > 1:
        middle = (clean + bad) // 2
        if conflicts(versions[middle].read()):
            bad = middle
        else:
            clean = middle
    return versions[bad]


def _inside(walk: Walk, found: Version, path: str, conflicts: Conflicts) -> Version:
    """The commit that a merge brought; the version itself when it is no merge."""
    side = side_line(walk.repository, found, path, walk.moves.to(path))
    if len(side) < 2:
        return side[0] if side else found
    for version in side[:_MOST_ASKED]:
        if conflicts(version.read()) and not conflicts(version.parent().read()):
            return version
    return found


def _questions(walk: Walk, conflict: Conflict) -> Iterator[tuple[Hunk | None, Conflicts]]:
    """Each hunk that conflicts, with the question whether it does on a file of upstream."""
    change, base = conflict.change, conflict.base
    if change.kind is ChangeKind.ADD or (
        conflict.base is None and conflict.ours is not None and not change.hunks
    ):
        yield None, lambda file: file is not None
        return
    own = _Own(walk, change.old_path or conflict.path, base)
    if change.kind is ChangeKind.DELETE or change.binary or conflict.ours is None:
        wanted = base.data if base else None
        gone = conflict.ours is None
        yield None, lambda file: file is None if gone else file is None or own.on(file) != wanted
        return
    asked = 0
    for hunk in change.hunks:
        if hunk.changed() and own.conflicts(hunk, conflict.ours.data):
            asked += 1
            yield hunk, own.question(hunk)
    if not asked:  # only together: hunks whose changes touch each other
        for hunk in change.hunks:
            if hunk.changed():
                yield hunk, own.question(hunk)


class _Own:
    """A file of upstream as it would be with our earlier patches, and a hunk on it."""

    def __init__(self, walk: Walk, path: str, base: File | None) -> None:
        self._walk = walk
        self._base = base  # what the patch was made on
        first = walk.repository.blobs([f"{walk.work.base}:{path}"])[0]
        self._first = first if base is not None and first != base.data else None
        self._hunks: dict[int, bytes | None] = {}

    def on(self, file: File) -> bytes:
        """The file with what our earlier patches made of the base's; ours wins where both changed it."""
        if self._first is None or self._base is None:
            return file.data
        return self._walk.merger.merge(file.data, self._first, self._base.data, favour=("--theirs",)).data

    def question(self, hunk: Hunk) -> Conflicts:
        """Whether the hunk conflicts on a file of upstream."""
        return lambda file: file is None or self.conflicts(hunk, self.on(file))

    def conflicts(self, hunk: Hunk, data: bytes) -> bool:
        """Whether the hunk conflicts on a file as it is."""
        if not place_hunks(data, [hunk], strict=True).failed:
            return False
        if self._base is None:
            return True
        if id(hunk) not in self._hunks:
            placed = place_hunks(self._base.data, [hunk], strict=False)
            self._hunks[id(hunk)] = None if placed.failed else placed.data
        theirs = self._hunks[id(hunk)]
        return theirs is None or self._walk.merger.merge(data, self._base.data, theirs).conflicts > 0
