"""``unfork track adopt``: a branch made by hand becomes a track, or a track gets another worktree."""

from datetime import UTC, datetime
from pathlib import Path

from unfork.errors import UsageError
from unfork.git import Repository
from unfork.model.track import Track
from unfork.tracks import ADOPTED, RECORD, adopt_track, load_track, place_of, save_track, tracks_root


def run_track_adopt(
    path: Path,
    name: str,
    *,
    branch: str | None,
    base: str | None,
    series: str | None,
    worktree: Path | None,
    tracks: Path | None,
) -> Track:
    """Write the record of a track. What is left out stays as it is; a track of ours is left alone."""
    repository = Repository(path)
    folder = place_of(tracks_root(tracks), repository, name)
    known = load_track(folder) if (folder / RECORD).exists() else None
    if known is not None and known.run != ADOPTED:
        raise UsageError(f"track {name} was made by unfork track new", hint="give this one another name")
    if known is not None:
        branch, base = branch or known.branch, base or known.base_name
        series = series or (known.series if known.carrier != "range" else None)
        worktree = worktree or (Path(known.worktree) if known.worktree else None)
    if branch is None or base is None:
        raise UsageError("a track needs a branch and a base", hint="--branch NAME --base REV")
    track = adopt_track(
        repository, name, branch=branch, base=base, series=series, worktree=worktree,
        on=datetime.now(UTC).astimezone().date(),
    )  # fmt: skip
    save_track(folder, track)
    return track
