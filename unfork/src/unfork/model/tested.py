"""What the checks of a track came to: repetition by repetition, test by test."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Outcome(StrEnum):
    """What a test came to in one repetition."""

    PASSED = "passed"  # or failed where it was expected to
    FAILED = "failed"  # or passed where it was expected to fail, or began and never ended
    SKIPPED = "skipped"


class Finish(StrEnum):
    """How one repetition of a check ended."""

    PASSED = "passed"  # exit code 0, and no test failed
    FAILED = "failed"  # another exit code, or a test failed
    TIMED_OUT = "timed-out"  # it was still running at its time limit
    MISSING = "missing"  # the command could not be started
    UNREADABLE = "unreadable"  # it says that all is well, and there are no results that prove it


class Standing(StrEnum):
    """What all repetitions together say."""

    PASSES = "passes"  # passed in every repetition that ran it
    FAILS = "fails"  # failed in every repetition that ran it
    FLAKY = "flaky"  # passed in one, failed in another
    SKIPPED = "skipped"  # never ran, and said so
    ABSENT = "absent"  # no repetition has it
    UNKNOWN = "unknown"  # the check could not be run, or its results not be read


@dataclass(frozen=True, slots=True)
class Tally:
    """A test over all repetitions of its check."""

    name: str  # normalized: what differs from run to run is taken out
    passed: int
    failed: int
    skipped: int
    said: str = ""  # the last line of its first failure
    files: tuple[str, ...] = ()  # of the worktree that its failures name

    @property
    def standing(self) -> Standing:
        """What the repetitions say; one that does not have the test says nothing."""
        if self.passed and self.failed:
            return Standing.FLAKY
        if self.failed:
            return Standing.FAILS
        if self.passed:
            return Standing.PASSES
        return Standing.SKIPPED if self.skipped else Standing.ABSENT


@dataclass(frozen=True, slots=True)
class Repetition:
    """One run of a check's command."""

    finish: Finish
    code: (
        int | None
    )  # exit code, negative: the signal that ended it; None: it was ended by us, or never began
    seconds: float
    printed: int  # bytes, kept or not
    ended: int  # processes that it left behind and that were ended
    why: str = ""  # for every finish but "passed"


@dataclass(frozen=True, slots=True)
class CheckRun:
    """A check that was run on a track."""

    check: str
    at: datetime  # UTC, when it began
    repetitions: tuple[Repetition, ...]
    tests: tuple[Tally, ...]  # by name; none for a check that has only an exit code
    rule: str  # digest of how the check was declared
    output: str  # where what it printed is kept

    @property
    def standing(self) -> Standing:
        """What the repetitions say: unknown as soon as one could not be asked."""
        finishes = {each.finish for each in self.repetitions}
        if not finishes or finishes & {Finish.MISSING, Finish.UNREADABLE}:
            return Standing.UNKNOWN
        if finishes == {Finish.PASSED}:
            return Standing.PASSES
        return Standing.FLAKY if Finish.PASSED in finishes else Standing.FAILS


@dataclass(frozen=True, slots=True)
class Tested:
    """The last run of each check of a track."""

    __test__ = False  # for pytest: not a test itself

    track: str
    commit: str  # full hash of what was checked out
    dirty: bool  # files that git knows differed from it
    checks: tuple[CheckRun, ...]
