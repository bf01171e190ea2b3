"""The plan: what people agreed to do with every carried patch. The types are those of the file.

``docs/plan.schema.json`` is made from here. Keys are written with hyphens: ``drop-when``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

import msgspec


class Disposition(StrEnum):
    """How the patches of an item are to end."""

    UPSTREAM_PLANNED = "upstream-feature-planned"  # upstream is going to have the feature
    UPSTREAM_AVAILABLE = "upstream-feature-available"  # upstream has a feature that does the work
    UPSTREAM_FIX = "upstream-bug-fix"  # the fix goes upstream
    REFACTOR = "refactor-outside"  # done outside of upstream's code, in the component named by outside
    PLUGIN = "move-to-plugin"  # done in a plugin of upstream
    ALIGN = "align-with-upstream"  # dropped on the next rebase
    DEPRECATE = "deprecate"  # nobody needs it any longer
    KEEP = "keep-carrying"  # carried on, for a reason, until review-on
    UNDECIDED = "undecided"  # not agreed on yet


class Gate(StrEnum):
    """What cannot happen before the item has ended."""

    CUTOVER = "cutover"  # the day the new track replaces the old
    RELEASE = "release"  # the downstream's next release
    NONE = "none"


class Kind(StrEnum):
    """What an item is."""

    FEATURE = "feature"
    BUG = "bug"
    TASK = "task"  # work that covers no patch and needs no disposition


class Stage(StrEnum):
    """How far the work is, in this order; a review's state moves it."""

    OPEN = "open"  # nothing was begun
    STARTED = "started"  # somebody works on it
    PROPOSED = "proposed"  # a spec, blueprint or bug is filed
    APPROVED = "approved"  # the spec is approved, the bug is confirmed
    REVIEW = "in-review"  # the code is in review
    MERGED = "merged"  # the code is merged
    RELEASED = "released"  # a release has it

    def reaches(self, other: "Stage") -> bool:
        """Whether this is as far as ``other``, or farther."""
        return _STAGES[self] >= _STAGES[other]


_STAGES = {stage: place for place, stage in enumerate(Stage)}


class LinkKind(StrEnum):
    """What a link leads to."""

    REVIEW = "review"
    SPEC = "spec"
    BLUEPRINT = "blueprint"
    BUG = "bug"
    MERGE_REQUEST = "merge-request"
    MAIL = "mail"
    PAGE = "page"  # anything else


class LinkState(StrEnum):
    """What became of what a link leads to, as it was last seen."""

    OPEN = "open"
    MERGED = "merged"  # or fixed, or implemented
    RELEASED = "released"  # merged, and in a release
    ABANDONED = "abandoned"  # its author gave it up
    REJECTED = "rejected"  # upstream said no
    SUPERSEDED = "superseded"  # another one took its place
    STALE = "stale"  # closed because nothing moved, not because of what it is


class Ending(StrEnum):
    """The end an item came to."""

    UPSTREAM = "merged-upstream"  # the change itself is upstream
    REPLACED = "replaced"  # an upstream feature does the work
    OUTSIDE = "moved-outside"  # a component or plugin does the work
    DROPPED = "dropped"  # nobody needed it
    DONE = "done"  # a task is finished
    WITHDRAWN = "withdrawn"  # it should never have been an item


class ResultFormat(StrEnum):
    """How a check says what it found."""

    EXIT_CODE = "exit-code"  # 0: it passes
    JUNIT = "junit"  # XML, of pytest and most others
    SUBUNIT = "subunit"  # version 1 or 2
    STESTR = "stestr"  # stestr's repository: the run that it adds
    TAP = "tap"


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """A mapping of the file."""


class Link(_Part, frozen=True):
    """A link with what is known of it; a plain address is a link too."""

    url: str
    kind: LinkKind | None = None  # where the address does not tell
    name: str | None = None  # how conditions call it, where the number in the address is not enough
    state: LinkState | None = None
    seen: date | None = None  # the day the state was seen
    revision: str | None = None  # patch set, or commit, of the review that our patch was made from


class PatchRef(_Part, frozen=True):
    """A patch with more than its file name; a plain name is one too."""

    name: str
    hash: str | None = None  # of the commit it was exported from, may be short; quote it
    id: str | None = None  # 40 digits: its content, as a scan names it


class Agreement(_Part, frozen=True):
    """Who agreed, and when."""

    on: date
    by: str


class Moved(_Part, frozen=True):
    """An earlier date that was promised."""

    was: date
    on: date  # the day it was changed
    why: str | None = None


class Commitment(_Part, frozen=True):
    """Who promised what until when."""

    by: str
    date: date
    changes: tuple[Moved, ...] = ()  # earlier dates, oldest first


class Condition(_Part, frozen=True):
    """When the patches can be dropped: all of it must have come true."""

    merged: tuple[str, ...] = ()  # links, by name, address or number: all of them merged
    released: tuple[str, ...] = ()  # links: all of them in a release


class Ended(_Part, frozen=True):
    """The end it came to."""

    on: date
    how: Ending
    note: str | None = None


class Silence(_Part, frozen=True):
    """A rule that is not to speak, and why."""

    rule: str  # as unfork plan check names it
    reason: str
    until: date | None = None  # it speaks again after this day
    patch: str | None = None  # of the plan's own list: only about this patch
    item: str | None = None  # of the plan's own list: only about this item
    project: str | None = None  # of the plan's own list: only about this project


class Item(_Part, frozen=True):
    """One feature, bug or task, and what was agreed on it."""

    title: str
    project: str
    kind: Kind = Kind.FEATURE
    group: str | None = None  # the heading it stands under, for people
    disposition: Disposition = Disposition.UNDECIDED
    reason: str | None = None
    owner: str | None = None
    outside: str | None = None  # the component or plugin that does the work
    track: str | None = None
    agreed: Agreement | None = None
    added: date | None = None  # the day it came into the plan
    gate: Gate = Gate.NONE
    due: str | None = None  # a milestone
    stage: Stage = Stage.OPEN
    commitment: Commitment | None = None
    after: tuple[str, ...] = ()  # items that must end before this one can
    links: tuple[str | Link, ...] = ()
    patches: tuple[str | PatchRef, ...] = ()
    drop_when: Condition | None = None
    review_on: date | None = None  # the day to ask again whether it is still carried
    check: str | None = None  # what proves it done: CHECK or CHECK/TEST of the plan's checks, or words
    ended: Ended | None = None
    source: tuple[str, ...] = ()  # where it comes from, for people
    notes: str | None = None
    silence: tuple[Silence, ...] = ()


class Project(_Part, frozen=True):
    """One upstream and what is carried on it; the rest means what the options of a scan mean."""

    title: str | None = None
    series: str | None = None
    upstream: str | None = None
    base: str | None = None
    target: str | None = None


class Somebody(_Part, frozen=True):
    """An owner: a person or a team."""

    name: str | None = None
    mail: str | None = None


class TrackCheck(_Part, frozen=True):
    """A command that says whether a track works. Run without a shell."""

    command: tuple[str, ...]  # the program and its arguments
    title: str | None = None
    folder: str = "."  # where it runs, below the track's worktree
    timeout: float = 3600  # seconds for one repetition
    env: tuple[str, ...] = ()  # variables of the caller that it gets; their values are masked in what is kept
    set: dict[str, str] = {}  # variables and their values
    tracks: dict[str, dict[str, str]] = {}  # the same for one track: the deployment that it is run against
    format: ResultFormat = ResultFormat.EXIT_CODE
    results: str | None = None  # the file below folder; "-": what the command prints; stestr: its repository
    repeat: int = 1  # repetitions: a test that passes in one and fails in another is flaky
    keep: int = 4  # MB kept of what it prints: the first and the last half
    only: tuple[str, ...] = ()  # tracks that have it; none: all
    projects: tuple[str, ...] = ()  # whose tracks have it; none: all
    cutover: bool = True  # what is lost in it holds up the cutover


class Signature(_Part, frozen=True):
    """Somebody's yes to the cutover."""

    by: str
    on: date
    commits: dict[str, str]  # project -> the new track's commit that was agreed to, full hash
    verdict: str  # what it was on that day
    reason: str | None = None  # why all the same, when it was not ready


class Accepted(_Part, frozen=True):
    """A loss that people agreed to."""

    what: str  # CHECK or CHECK/TEST, or KIND/NAME of content; "*" stands for anything
    reason: str
    by: str | None = None
    until: date | None = None  # it counts again after this day


class Archive(_Part, frozen=True):
    """The old track is no more."""

    on: date
    tag: str  # in each repository, of the old track's last commit
    commits: dict[str, str]  # project -> that commit, full hash
    report: str  # file in the plan's folder
    retired: str  # file in the plan's folder: patches that must not come back


class Cutover(_Part, frozen=True):
    """The day the new track replaces the old."""

    old: str | None = None  # the track that carries the patches
    new: str | None = None  # the one that replaces it
    signers: tuple[str, ...] = ()  # people who must all sign; none: one of anybody is enough
    accepted: tuple[Accepted, ...] = ()
    signed: tuple[Signature, ...] = ()
    archived: Archive | None = None


class Milestone(_Part, frozen=True):
    """A day on which something freezes or comes out."""

    date: date
    title: str | None = None
    freezes: str | None = None  # what does, in words
    projects: tuple[str, ...] = ()  # only items of these; none: of all
    expects: dict[Disposition, Stage] = {}  # what an item of a disposition has reached by then
    source: tuple[str, ...] = ()  # where it comes from, for people


class Limits(_Part, frozen=True):
    """Bounds of the rules."""

    quiet_days: int = 90  # an item on which nothing moved for longer is named
    soon_days: int = 14  # dates are named this long before
    scan_days: int = 30  # a scan older than this is too old
    link_days: int = 14  # what trackers said longer ago is too old


class PlanFile(_Part, frozen=True):
    """A file of a plan. ``plan.yaml`` holds everything; files in ``items/`` hold ``items`` alone."""

    plan: str | None = None  # the plan's name
    title: str | None = None
    cohort: date | None = None  # items added later are scope found later
    projects: dict[str, Project] = {}
    people: dict[str, Somebody] = {}
    tracks: dict[str, str] = {}  # name and what it is
    checks: dict[str, TrackCheck] = {}  # what is run on each track
    cutover: Cutover | None = None
    milestones: dict[str, Milestone] = {}
    limits: Limits = Limits()
    silence: tuple[Silence, ...] = ()
    items: dict[str, Item] = {}


@dataclass(frozen=True, slots=True)
class Spot:
    """Where in a file something stands."""

    file: str
    line: int  # from 1
    column: int  # from 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan that was read and hangs together: every name it uses is defined, no item waits for itself."""

    folder: str
    head: PlanFile  # plan.yaml, without the items
    items: Mapping[str, Item]  # by id, of all files, in their order
    # Item -> file, and line and column of each of its keys; of the item itself under "".
    places: Mapping[str, tuple[str, Mapping[str, tuple[int, int]]]] = field(repr=False, default_factory=dict)

    @property
    def name(self) -> str:
        """The plan's name."""
        return self.head.plan or ""

    def spot(self, item: str, key: str = "") -> Spot:
        """Where an item, or one of its keys, stands; the item itself when it lacks the key."""
        file, places = self.places[item]
        return Spot(file, *(places.get(key) or places[""]))


def patch_ref(patch: str | PatchRef) -> PatchRef:
    """A patch as the longer of the two forms."""
    return patch if isinstance(patch, PatchRef) else PatchRef(name=patch)


def link_of(link: str | Link) -> Link:
    """A link as the longer of the two forms."""
    return link if isinstance(link, Link) else Link(url=link)
