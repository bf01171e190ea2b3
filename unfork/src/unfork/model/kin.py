"""How the patches of one series stand to each other."""

from dataclasses import dataclass
from enum import StrEnum

from unfork.model.evidence import Evidence


class KinKind(StrEnum):
    """What a patch does to another one of its series."""

    FIXES = "fixes"  # mends an earlier one: says so, or mostly changes lines that one added
    REVERTS = "reverts"  # takes an earlier one back, or most of it
    REPEATS = "repeats"  # does what an earlier one does, once more
    PART_OF = "part-of"  # the other one is a squash that holds it


@dataclass(frozen=True, slots=True)
class Kin:
    """One patch of the series and what it is to another."""

    patch: str  # name of the patch that fixes, reverts, repeats or is part
    kind: KinKind
    other: str  # name of the patch it does that to
    share: float  # share of the patch's changed text that has to do with the other, 0..1
    other_share: float  # share of the other's changed text that is met, 0..1
    evidence: tuple[Evidence, ...] = ()
    copied: bool = False  # what they share stands in the same surroundings: the same change, not the like


@dataclass(frozen=True, slots=True)
class ListedPart:
    """A part that a squash's message lists, or that lies beside it."""

    subject: str  # as listed; of a part that is only found beside it, the patch's own
    hash: str | None  # as listed, often abbreviated
    patch: str | None  # name of the patch of the series that is this part
    share: float  # share of the squash's changed text that this patch explains, 0..1
    joined_by: str | None = None  # "hash", "subject", "number" or "content"


@dataclass(frozen=True, slots=True)
class Group:
    """Patches of a series that are decided together."""

    patches: tuple[str, ...]  # names, in series order
    cancels: bool = False  # they leave nothing behind: what one does the other takes back
    reason: str = ""  # why they belong together, where no relation says so


@dataclass(frozen=True, slots=True)
class Holding:
    """How much of an upstream commit one patch of the series is."""

    patch: str
    share: float  # share of the patch's changed lines that the commit has, 0..1
    covers: float  # share of the commit's changed lines that the patch has, 0..1


@dataclass(frozen=True, slots=True)
class SharedCommit:
    """An upstream commit that holds several patches of the series."""

    sha: str
    subject: str
    patches: tuple[Holding, ...]  # in series order
    covers: float  # share of the commit's changed lines that they have together, 0..1
