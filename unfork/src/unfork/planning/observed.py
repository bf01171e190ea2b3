"""A plan's links beside what trackers said of them, joined by date."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import msgspec

from unfork.model.plan import Item, Link, LinkState, Plan, link_of
from unfork.model.seen import SeenPatch
from unfork.model.tracker import LinkSeen, Observation
from unfork.planning.links import short
from unfork.trackers import Registry, label_of, recognise, registry_of

_CLOSED = (LinkState.ABANDONED, LinkState.REJECTED, LinkState.SUPERSEDED, LinkState.STALE)


@dataclass(frozen=True, slots=True)
class Observed:
    """What trackers said, as the store has it."""

    seen: Mapping[str, LinkSeen] = field(default_factory=dict)  # by the link's key
    # The links that patches name: content -> link -> the patch set that is named.
    named: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)
    registry: Registry = field(default_factory=registry_of)


@dataclass(frozen=True, slots=True)
class LinkNow:
    """A link of an item, with the newer of what people wrote and what its tracker said."""

    link: Link
    label: str  # how people call it
    seen: LinkSeen | None = None  # None: no tracker that is known, or never asked
    asks: bool = False  # whether there is a tracker to ask
    patch: str | None = None  # whose message names it; None: the plan does
    revision: str | None = None  # patch set or commit that our patch was made from, as far as it is said

    @property
    def observation(self) -> Observation | None:
        """What the tracker said."""
        return self.seen.observation if self.seen is not None else None


def links_of(plan: Plan, registry: Registry) -> set[str]:
    """The keys of the plan's links that lead to a tracker."""
    refs = (
        recognise(link_of(each).url, registry, item.project)
        for item in plan.items.values()
        for each in item.links
    )
    return {ref.key for ref in refs if ref is not None}


def links_now(item: Item, patches: Sequence[SeenPatch], observed: Observed) -> tuple[LinkNow, ...]:
    """The links of an item, then those that only the messages of its patches name."""
    now = []
    met = set()
    for each in item.links:
        link = link_of(each)
        ref = recognise(link.url, observed.registry, item.project)
        label = link.name or (label_of(ref) if ref is not None else short(link))
        seen = observed.seen.get(ref.key) if ref is not None else None
        made_from = link.revision or (ref.revision if ref is not None else None)
        now.append(LinkNow(_joined(link, seen), label, seen, ref is not None, None, made_from))
        met.add(ref.key if ref is not None else link.url)
    for patch in patches:
        for key, revision in observed.named.get(patch.id, {}).items():
            seen = observed.seen.get(key)
            if key not in met and seen is not None and seen.observation is not None:
                met.add(key)
                label = " ".join(key.split("/")[-2:])  # "bug 1234567"
                now.append(LinkNow(_joined(Link(url=key), seen), label, seen, True, patch.name, revision))
    return tuple(now)


def day_of(at: datetime) -> date:
    """The day of a time, in UTC as trackers count."""
    return at.astimezone(UTC).date()


def _joined(link: Link, seen: LinkSeen | None) -> Link:
    """The link with what is known of its state by now; what people wrote later than the tracker spoke wins.

    A tracker often knows only that something was closed: then people's more exact word for it stays.
    """
    if seen is None or seen.observation is None or seen.asked is None:
        return link
    state = seen.observation.state
    if state is LinkState.MERGED and seen.first_release is not None:
        state = LinkState.RELEASED
    asked = day_of(seen.asked)
    if link.state is not None and link.seen is not None and link.seen > asked:
        state, asked = link.state, link.seen
    elif link.state in _CLOSED and state is LinkState.ABANDONED:
        state = link.state
    return msgspec.structs.replace(link, state=state, seen=asked, kind=link.kind or seen.observation.kind)


def all_links(links: Mapping[str, Sequence[LinkNow]]) -> Iterator[LinkNow]:
    """The links of all items."""
    for each in links.values():
        yield from each


def links_line(links: Mapping[str, Sequence[LinkNow]], today: date) -> str:
    """How many of the plan's links trackers were asked for, and how long ago; empty without any."""
    asks = {each.link.url: each for each in all_links(links) if each.asks and each.patch is None}
    if not asks:
        return ""
    days = [day_of(each.seen.asked) for each in asks.values() if each.seen and each.seen.asked]
    if not days:
        return f"none of {len(asks)} was asked from its tracker"
    ages = sorted((today - day).days for day in days)
    oldest = f"the oldest {ages[-1]} days ago" if ages[-1] > 1 else "the oldest yesterday"
    return f"{len(days)} of {len(asks)} were asked from their trackers, {oldest if ages[-1] > 0 else 'today'}"
