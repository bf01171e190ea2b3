"""The nouns all rooms share: frozen dataclasses and enums, no I/O."""

from unfork.model.answers import Answers, Household
from unfork.model.edit import Edit, EditKind
from unfork.model.evidence import Evidence
from unfork.model.kin import Group, Holding, Kin, KinKind, ListedPart, SharedCommit
from unfork.model.patch import ChangeKind, FileChange, Hunk, Patch, Person, Series
from unfork.model.verdict import (
    Advice,
    Candidate,
    Joint,
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
    "Answers",
    "Candidate",
    "ChangeKind",
    "Edit",
    "EditKind",
    "Evidence",
    "FileChange",
    "Group",
    "Holding",
    "Household",
    "Hunk",
    "Joint",
    "Kin",
    "KinKind",
    "ListedPart",
    "Match",
    "Patch",
    "Person",
    "Placement",
    "Relation",
    "Scan",
    "Searched",
    "Series",
    "SharedCommit",
    "State",
    "Suggestion",
    "UpstreamCommit",
    "Verdict",
]
