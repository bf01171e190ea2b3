"""A branch that somebody made by hand, taken for a track: the old one usually is."""

from dataclasses import replace
from datetime import date
from pathlib import Path

from unfork.errors import InputError
from unfork.git import Repository
from unfork.model.track import Track, TrackState

ADOPTED = "adopted"  # the run of a track that nobody here made


def adopt_track(
    repository: Repository,
    name: str,
    *,
    branch: str,
    base: str,
    series: str | None,
    worktree: Path | None,
    on: date,
) -> Track:
    """The track of a branch; nothing is written. ``series`` is where its patches are, else the commits.

    Raises ``InputError`` for a branch or a base that is not there, for a base that the branch does not
    hold, and for a worktree of something else.
    """
    ref = _ref(repository, branch)
    tip, start = repository.resolve(ref), repository.resolve(base)
    if not repository.is_ancestor(start, tip):
        raise InputError(
            f"{branch} does not hold {base}", where=str(repository.path), hint="name the base it was made on"
        )
    track = Track(
        name=name,
        repository=str(repository.path.resolve()),
        branch=ref,
        worktree="",
        series=series or f"{repository.path.resolve()}:{start}..{ref}",
        carrier="range" if series is None else "",
        upstream=str(repository.path),
        base=start,
        base_name=base,
        target=start,
        target_name=base,
        made_on=on,
        state=TrackState.DONE,
        run=ADOPTED,
        tip=tip,
    )
    if worktree is None:
        return track
    checked = replace(track, worktree=str(worktree.absolute()))
    checked_out(checked, tip)
    return checked


def checked_out(track: Track, tip: str) -> tuple[Path, bool]:
    """The track's worktree, which has ``tip``; whether files that git knows differ from it.

    Raises ``InputError`` when there is none, or it is at another commit.
    """
    if not track.worktree or not Path(track.worktree).is_dir():
        raise InputError(
            f"track {track.name} has no worktree",
            where=track.worktree or None,
            hint=f"git worktree add DIR {track.branch.removeprefix('refs/heads/')}, "
            f"then unfork track adopt {track.name} --worktree DIR",
        )
    there = Repository(Path(track.worktree))
    head = there.resolve("HEAD")
    if head != tip:
        raise InputError(
            f"the worktree is at {head[:10]}, and {track.branch} at {tip[:10]}",
            where=track.worktree,
            hint=f"git -C {track.worktree} checkout {track.branch.removeprefix('refs/heads/')}",
        )
    # git status takes the empty orderFile that hides the user's for a file that is not there.
    changed = there.run(
        "status", "--porcelain", "--untracked-files=no", "-z", config={"diff.orderFile": "/dev/null"}
    )
    return Path(track.worktree), bool(changed)


def patches_spec(track: Track) -> str:
    """Where the patches that a track carries now are read from, as ``read_series`` takes it."""
    if track.run == ADOPTED:
        return track.series
    return f"{track.repository}:{track.target}..{track.branch}"


def _ref(repository: Repository, branch: str) -> str:
    full = branch if branch.startswith("refs/") else f"refs/heads/{branch}"
    if repository.try_run("show-ref", "--verify", "--quiet", full).code:
        repository.resolve(branch)  # says which names are near, when it is nothing at all
        raise InputError(
            f"{branch!r} is no branch", where=str(repository.path), hint="git branch NAME REV makes one"
        )
    return full
