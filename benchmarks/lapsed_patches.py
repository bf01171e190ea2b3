"""Make carried patches out of what became of upstream's own code: work that people really redid.

A commit is taken, and a later revision. What changed between the commit's parent and that revision, in the
hunks that meet those of the commit, is a patch: it holds the commit as later work left it, and some of
that work. Which commits are in it is known from the history: those in between that touch the files and of
which a line is still there. Those that left no line are neither true nor false. Where hunks lie is told
by line numbers; nobody is asked how alike anything is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from unfork.history import History, hash_texts
from unfork.matching import Lookup
from unfork.matching.bags import CommitLines
from unfork.model import FileChange, Patch
from unfork.series import parse_patch
from vendor_patches import Made

_SIZES = (6, 400)  # changed lines of the commit that is taken
_MOST = 1200  # changed lines of the patch that is made
_FILES = 12
_TELLING = 12  # bytes of ink from which on a line tells that its commit is there
_LATER = (20, 1500)  # commits until the later revision
_DIFF = (
    "diff-tree", "-p", "-r", "-M", "--no-commit-id", "--no-color", "--no-ext-diff", "--no-textconv",
    "--full-index", "--src-prefix=a/", "--dst-prefix=b/",
)  # fmt: skip


def lapsed(history: History, lookup: Lookup, count: int, rng: np.random.Generator) -> list[Made]:
    """Patches that hold what became of a commit, with its subject; about so many."""
    sizes = np.diff(lookup.line_starts)
    numbers = [
        number
        for number in history.searched.tolist()  # newest first
        if _SIZES[0] <= sizes[number] <= _SIZES[1]
        and number > _LATER[0]
        and not history.index.infos[number].subject.startswith("Revert")
    ]
    chosen = rng.choice(numbers, min(count, len(numbers)), replace=False).tolist()
    found = (_lapsed(history, lookup, number, rng) for number in chosen)
    return [made for made in found if made is not None]


def _lapsed(history: History, lookup: Lookup, number: int, rng: np.random.Generator) -> Made | None:
    repository = history.repository
    later = int(np.exp(rng.uniform(np.log(_LATER[0]), np.log(_LATER[1]))))
    old, new = history.shas[number], history.shas[max(0, number - later)]
    if not repository.is_ancestor(old, new):
        return None
    commit = parse_patch(repository.run(*_DIFF, f"{old}^", old), old)
    paths = [path for change in commit.files for path in {change.old_path, change.new_path} if path]
    if commit.error is not None or not paths or len(commit.files) > _FILES:
        return None
    raw = repository.run(*_DIFF, f"{old}^", new, "--", *(f":(literal){path}" for path in paths))
    whole = parse_patch(raw, old) if raw.strip() else None
    if whole is None or whole.error is not None:
        return None
    files = tuple(_meeting(commit.files, whole.files))
    patch = replace(
        whole, files=files, subject=history.index.infos[number].subject, message="", trailers=(), author=None
    )
    if not 3 <= patch.changed_lines <= _MOST:
        return None
    between = repository.text("rev-list", "--no-merges", f"{old}^..{new}").split()
    later_ones = [at for sha in between if (at := history.find(sha)) is not None]
    made = Made("lapsed", patch, tuple(frozenset({at}) for at in later_ones))
    return made if settled(lookup, [made])[0].parts else None


def settled(lookup: Lookup, made: Sequence[Made], least: int = 1) -> list[Made]:
    """Each with those commits in it of which so many lines are there; of the others nobody can say."""
    answers = []
    for each in made:
        telling = _telling_lines(each.patch)
        paths = {lookup.became.get(change.path, change.path) for change in each.patch.files}
        held = [
            part
            for part in each.parts
            if any(_holds(lookup.lines_of(at), telling, paths, least) for at in part)
        ]
        answers.append(
            replace(each, parts=tuple(held), unsure=each.unsure | each.relatives.difference(*held))
        )
    return answers


def _holds(commit: CommitLines, telling: NDArray[np.uint64], paths: set[str], least: int) -> bool:
    return not paths.isdisjoint(commit.paths) and int(np.isin(telling, commit.lines).sum()) >= least


def _telling_lines(patch: Patch) -> NDArray[np.uint64]:
    changed = [line for change in patch.files for hunk in change.hunks for line in hunk.changed()]
    lines, ink = hash_texts(changed)
    return np.unique(lines[ink >= _TELLING])


def _meeting(ours: Sequence[FileChange], later: Sequence[FileChange]) -> Iterator[FileChange]:
    """The hunks of the later files that lie where ours do; both are counted on the same old side."""
    spans = {
        change.old_path: [(hunk.old_start, hunk.old_start + hunk.old_count) for hunk in change.hunks]
        for change in ours
    }
    for change in later:
        there = spans.get(change.old_path, [])
        hunks = tuple(
            hunk
            for hunk in change.hunks
            if change.old_path is None
            or any(hunk.old_start <= end and start <= hunk.old_start + hunk.old_count for start, end in there)
        )
        if hunks:
            yield replace(change, hunks=hunks)
