"""What ``unfork sync`` says: what moved, what could not be asked, and how old the rest is."""

from dataclasses import dataclass
from datetime import datetime

from unfork.model.tracker import LinkSeen, Observation


@dataclass(frozen=True, slots=True)
class Move:
    """A link of which the tracker says something else than before, or something for the first time."""

    link: str  # its key
    url: str  # as the plan has it; its key when only a patch names it
    was: Observation | None  # None: seen for the first time
    now: Observation | None  # None: it is not there any longer, or hidden
    items: tuple[str, ...]  # of the plan that have it
    patches: tuple[str, ...]  # whose messages name it
    first_release: str | None = None  # that has it, by the upstream's history


@dataclass(frozen=True, slots=True)
class Trouble:
    """Links that could not be asked for, for one reason."""

    host: str
    why: str  # what is wrong and what to do
    links: tuple[str, ...]  # keys
    oldest: datetime | None  # when the one not answered for longest was answered last; None: never


@dataclass(frozen=True, slots=True)
class Sync:
    """The result of one ``unfork sync``."""

    plan: str
    at: datetime  # UTC
    offline: bool
    links: tuple[LinkSeen, ...]  # all that lead to a tracker, with what is known of each by now
    asked: int  # that were answered now
    unchanged: int  # of these, by the tracker's own word
    fresh: int  # not asked: answered within --max-age
    moved: tuple[Move, ...]
    troubles: tuple[Trouble, ...]
    unknown: tuple[str, ...]  # hosts of the plan's reviews and bugs that are no known tracker
    elsewhere: int  # the plan's links that lead to no tracker
    warnings: tuple[str, ...]
