"""What matching a whole series gives: an answer for each patch, and what the patches are to each other."""

from dataclasses import dataclass

from unfork.model.kin import Group, Kin, ListedPart, SharedCommit
from unfork.model.verdict import Joint, Match


@dataclass(frozen=True, slots=True)
class Household:
    """The relations inside a series, and what follows from them upstream."""

    kin: tuple[Kin, ...] = ()
    parts: tuple[tuple[str, tuple[ListedPart, ...]], ...] = ()  # name of the squash, its parts
    groups: tuple[Group, ...] = ()
    joints: tuple[Joint, ...] = ()
    shared: tuple[SharedCommit, ...] = ()


@dataclass(frozen=True, slots=True)
class Answers:
    """What a series is to a history."""

    matches: tuple[Match, ...]  # of each patch, in series order
    household: Household
