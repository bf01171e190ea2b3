"""Two tracks beside each other: test by test, and by what their trees offer."""

from dataclasses import dataclass
from enum import StrEnum

from unfork.model.tested import Standing


class Change(StrEnum):
    """What became of a check or a test."""

    BOTH = "passes-on-both"
    LOST = "lost"  # passed in every repetition on the old track, failed in every one on the new
    GAINED = "gained"  # passes on the new track, and failed or was not there on the old
    BROKEN = "broken-on-both"
    FLAKY = "flaky"  # passed in one repetition and failed in another, on one of the tracks
    NOT_RUN = "not-run"  # nothing can be said: one of the tracks did not run it


class TieKind(StrEnum):
    """Why a patch is thought of, the strongest first."""

    FAILURE = "failure"  # the failure names a file that the patch changes
    TEST = "test"  # the test stands in a file that the patch changes
    CODE = "code"  # by their names the test is about a file that the patch changes


class ContentKind(StrEnum):
    """What a tree offers."""

    OPTION = "option"  # a setting, as oslo.config declares it: [GROUP] NAME
    ROUTE = "route"  # METHOD /PATH of an HTTP API, or the alias of an extension of one
    ENTRY_POINT = "entry-point"  # GROUP: NAME of setup.cfg or pyproject.toml
    MIGRATION = "migration"  # of a database: alembic, sqlalchemy-migrate, Django


@dataclass(frozen=True, slots=True)
class Tie:
    """A carried patch whose files a lost test touches."""

    patch: str
    items: tuple[str, ...]  # of the plan, that name it
    kind: TieKind
    file: str
    carried: bool  # the new track carries it, too


@dataclass(frozen=True, slots=True)
class TestChange:
    """A test, or a check as a whole, on both tracks."""

    __test__ = False  # for pytest: not a test itself

    test: str  # empty: the check as a whole
    change: Change
    old: Standing
    new: Standing
    old_failed: int  # repetitions in which it failed
    old_ran: int  # in which it passed or failed
    new_failed: int
    new_ran: int
    said: str = ""  # the last line of its first failure on the new track
    ties: tuple[Tie, ...] = ()  # the strongest first; only of what is lost
    renamed: str = ""  # of one that the new track does not have: what seems to be its new name


@dataclass(frozen=True, slots=True)
class CheckCompared:
    """A check on both tracks."""

    check: str
    whole: TestChange
    counts: dict[Change, int]  # of its tests
    tests: tuple[TestChange, ...]  # those that do not pass on both
    passing: tuple[str, ...]  # the names of those that do
    notes: tuple[str, ...]  # what one has to know to believe it
    gating: bool  # what is lost in it holds up the cutover


@dataclass(frozen=True, slots=True)
class ContentLost:
    """Something that the old track's tree offers and the new one's does not."""

    kind: ContentKind
    name: str
    file: str  # of the old track
    line: int
    ours: (
        bool | None
    )  # brought by the carried patches; false: upstream took it out; None: the base is not known
    patches: tuple[str, ...]  # carried patches that add it, else that change its file; at most a few
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LinesLost:
    """Of a patch of the old track the lines that the new track's tree does not have."""

    patch: str
    items: tuple[str, ...]
    added: int  # lines that the patch adds and that say something
    missing: int  # of these not in the same file, or a file of that name, of the new track
    files_gone: tuple[str, ...]  # files it changes of which the new track has none of that name


@dataclass(frozen=True, slots=True)
class TrackSide:
    """One of the two tracks."""

    track: str
    commit: str  # full hash the content was read at
    tested: str | None  # full hash the checks ran on; None: none ran
    dirty: bool  # they ran on a changed worktree
    patches: int  # carried


@dataclass(frozen=True, slots=True)
class Comparison:
    """The old track and the new one."""

    project: str  # of the plan; empty without one
    old: TrackSide
    new: TrackSide
    checks: tuple[CheckCompared, ...]
    content: tuple[ContentLost, ...]
    offered: dict[ContentKind, tuple[int, int]]  # how many the old and the new tree have
    lines: tuple[LinesLost, ...]  # with the most missing first; without those of which nothing is missing
    still: tuple[tuple[str, tuple[str, ...]], ...]  # patches that the new track carries, and their items
    warnings: tuple[str, ...]
