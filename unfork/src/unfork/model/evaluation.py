"""What ``unfork evaluate`` and ``unfork index`` report."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Share:
    """A measured share with its interval."""

    hits: int
    of: int
    low: float  # bounds of the 95 % interval (Wilson), 0..1
    high: float

    @property
    def value(self) -> float:
        """The share itself, 0..1; 0 of nothing is 0."""
        return self.hits / self.of if self.of else 0.0


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of about the same confidence."""

    claimed: float  # mean confidence, 0..1
    right: int
    count: int

    @property
    def true(self) -> float:
        """The share that is right."""
        return self.right / self.count


@dataclass(frozen=True, slots=True)
class Miss:
    """A backport the matcher answered wrongly or not at all."""

    backport: str  # full hash
    truth: str  # full hash of what it was picked from
    claimed: str | None  # what was named instead; None: nothing
    rank: int | None  # place of the truth among the candidates, from 1; None: not among them
    subject: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How well the matcher does where the truth is known."""

    upstream: str
    ranges: tuple[str, ...]
    content_only: bool
    leave_out: bool
    truth: int  # backports that name what they were picked from
    recall_at_1: Share
    recall_at_5: Share
    wrong: Share  # another commit was claimed
    false_claims: Share  # claims made although the original was left out
    part_claims: Share  # rows of which only some is claimed, and that to be in other commits
    differing: Share  # recall at first place where the patch-id differs
    reliability: tuple[Bin, ...]  # confidence of the best candidate against how often it is the original
    calibration_error: float  # expected calibration error over these bins, 0..1
    misses: tuple[Miss, ...]
    commits_searched: int


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """What the cache holds about one upstream."""

    upstream: str
    path: Path  # where the index is, or would be
    present: bool
    commits: int
    lines: int
    size: int  # bytes on disk
    current: bool  # nothing is upstream that it does not have
    note: str | None = None  # why it has to be made again, in words
    also: tuple["IndexStatus", ...] = ()  # those of further repositories
