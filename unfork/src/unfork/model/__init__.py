"""The nouns all rooms share: frozen dataclasses and enums, no I/O."""

from unfork.model.patch import ChangeKind, FileChange, Hunk, Patch, Person, Series
from unfork.model.verdict import (
    Advice,
    Candidate,
    Evidence,
    Match,
    Placement,
    Relation,
    Scan,
    Searched,
    State,
    Suggestion,
    UpstreamCommit,
    Verdict,
)

__all__ = [
    "Advice",
    "Candidate",
    "ChangeKind",
    "Evidence",
    "FileChange",
    "Hunk",
    "Match",
    "Patch",
    "Person",
    "Placement",
    "Relation",
    "Scan",
    "Searched",
    "Series",
    "State",
    "Suggestion",
    "UpstreamCommit",
    "Verdict",
]
