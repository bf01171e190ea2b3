"""A track: a base plus a series. The old one carries patches, the new one must not for ever."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

# Trailers of a track's commits: each leads back to the patch it was made from.
PATCH_TRAILER = "Unfork-Patch"  # Patch.id
FROM_TRAILER = "Unfork-From"  # Patch.name
ITEM_TRAILER = "Unfork-Item"  # the plan's item the patch belongs to, where there is one
RELATION_TRAILER = "Unfork-Relation"
ADVICE_TRAILER = "Unfork-Advice"


class TrackState(StrEnum):
    """How far a track is."""

    RUNNING = "running"  # patches are being put on the target; found in a file: it was cut short
    STOPPED = "stopped"  # a patch conflicts: a person resolves it, then track continue
    DONE = "done"  # every patch is on the target, or was left out for a reason
    UNDOING = "undoing"  # track abort has begun
    ARCHIVED = "archived"  # replaced by another track; kept for the record


@dataclass(frozen=True, slots=True)
class Track:
    """One track of one repository. The trailers of its commits name their patches."""

    name: str  # one name in a repository
    repository: str  # absolute path of the repository that has the branch
    branch: str  # full name of the ref: refs/heads/track/NAME
    worktree: str  # absolute path of the checkout, in a folder of ours; it need not be there
    series: str  # as the user named it
    carrier: str  # the form the series is kept in
    upstream: str  # as the user named it
    base: str  # full hash
    base_name: str  # as the user named it
    target: str  # full hash
    target_name: str  # as the user named it
    made_on: date
    state: TrackState
    run: str  # random: tells this track from an earlier one of the same name
    tip: str  # full hash of the last commit that was put on the branch; the target when there is none
