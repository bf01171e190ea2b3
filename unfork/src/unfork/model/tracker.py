"""What a link leads to on a tracker, and what was last seen there."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec

from unfork.model.plan import LinkKind, LinkState
from unfork.model.tracker_host import TrackerKind


class Thing(StrEnum):
    """What a reference names on its tracker."""

    CHANGE = "change"
    CHANGE_ID = "change-id"
    PULL = "pull"
    ISSUE = "issue"
    MERGE_REQUEST = "merge-request"
    BUG = "bug"
    BLUEPRINT = "blueprint"
    PATCH = "patch"
    MESSAGE = "message"  # a patch by the Message-Id of its mail
    STORY = "story"


@dataclass(frozen=True, slots=True)
class Ref:
    """What a link leads to, whichever way it is written."""

    tracker: TrackerKind
    host: str  # the name of its ``TrackerHost``
    thing: Thing
    id: str
    project: str = ""  # where the number alone does not tell, or the link names one
    revision: str | None = None  # the patch set that the link names

    @property
    def key(self) -> str:
        """What is the same for all ways of writing it."""
        needs = self.tracker in (TrackerKind.GITHUB, TrackerKind.GITLAB) or self.thing is Thing.BLUEPRINT
        # A bug is one, but what became of it is said project by project.
        project = self.project if needs or self.thing is Thing.BUG else ""
        return "/".join(filter(None, (self.host, project, str(self.thing), self.id)))


class Observation(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a tracker says of one thing."""

    state: LinkState
    said: str  # the tracker's own word, "Fix Released"
    kind: LinkKind
    title: str = ""
    owner: str = ""
    activity: datetime | None = None  # when anything last happened to it
    project: str = ""  # where it is to be merged, or is
    branch: str = ""
    commit: str | None = None  # what it was merged as
    change_id: str | None = None
    release: str | None = None  # that has it, as the tracker says
    revision: str | None = None  # patch set, or the commit at its head
    revised: datetime | None = None  # when that was made
    revisions: dict[str, str] = {}  # commit -> patch set, of all its patch sets
    why: str = ""  # the reason given when it was closed, its beginning


@dataclass(frozen=True, slots=True)
class LinkSeen:
    """What is known of one link, and since when."""

    key: str
    asked: datetime | None = None  # UTC; when the tracker last answered
    moved: datetime | None = None  # UTC; when its answer was last another one than before
    observation: Observation | None = None  # None, and asked: there is no such thing there
    etag: str | None = None
    modified: str | None = None  # the Last-Modified of the answer
    problem: str | None = None  # why it could not be asked the last time
    in_history: bool | None = None  # whether the upstream's clone has the commit; None: not looked up
    first_release: str | None = None  # of the clone's that has the commit
