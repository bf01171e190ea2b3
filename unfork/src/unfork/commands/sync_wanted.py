"""What ``unfork sync`` is to ask for: the links of a plan, and those that its patches name."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from unfork.errors import UnforkError
from unfork.model import Patch
from unfork.model.plan import LinkKind, Plan, link_of
from unfork.model.tracker import Ref
from unfork.planning import kind_of
from unfork.trackers import Registry, address_host, mentions, recognise, registry_of

_MOST_NAMED = 20  # links of one message; it may quote a log full of addresses
_TRACKED = (LinkKind.REVIEW, LinkKind.MERGE_REQUEST, LinkKind.BUG, LinkKind.BLUEPRINT)


@dataclass(frozen=True)
class SyncRequest:
    """Which plan, and how old what is known of its links may be."""

    folder: Path
    store: str | None = None
    registry: Registry = field(default_factory=registry_of)
    max_age: timedelta = timedelta(hours=1)
    offline: bool = False  # ask nobody: only mirrors, and the clones of the upstreams
    patches: bool = True  # also the links that the messages of patches name
    upstream: str | None = None  # of a plan with one project that names none
    series: str | None = None  # likewise
    cache_dir: Path | None = None


@dataclass(slots=True)
class Wanted:
    """What is to be asked for, and who wants to know it."""

    refs: dict[str, Ref] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)
    items: dict[str, list[str]] = field(default_factory=dict)
    patches: dict[str, list[str]] = field(default_factory=dict)
    projects: dict[str, str] = field(default_factory=dict)  # of the plan, whose upstream is to have it
    unknown: list[str] = field(default_factory=list)
    elsewhere: int = 0

    def add(self, ref: Ref, url: str, project: str) -> None:
        self.refs.setdefault(ref.key, ref)
        self.urls.setdefault(ref.key, url)
        self.projects.setdefault(ref.key, project)


def of_plan(plan: Plan, registry: Registry, links: Wanted) -> None:
    for name, item in plan.items.items():
        for each in item.links:
            link = link_of(each)
            ref = recognise(link.url, registry, item.project)
            if ref is not None:
                links.add(ref, link.url, item.project)
                links.items.setdefault(ref.key, []).append(name)
                continue
            links.elsewhere += 1
            host = address_host(link.url)
            if host is not None and kind_of(link) in _TRACKED:
                links.unknown.append(host)


def of_patches(
    plan: Plan, request: SyncRequest, links: Wanted, cache: Path, warnings: list[str]
) -> dict[str, dict[str, str | None]]:
    """The links that patches name, by content; a series that cannot be read is a warning."""
    from unfork.series import read_series

    named: dict[str, dict[str, str | None]] = {}
    for name, project in plan.head.projects.items():
        spec = project.series or (request.series if len(plan.head.projects) == 1 else None)
        if spec is None:
            continue
        try:
            patches: Sequence[Patch] = read_series(spec, cache_dir=cache).patches
        except UnforkError as error:
            warnings.append(f"the messages of {name}'s patches were not read: {error}")
            continue
        for patch in patches:
            said = [f"{key}: {value}" for key, value in patch.trailers]
            text = "\n".join([patch.subject, "", patch.message, *said])
            refs = mentions(text, request.registry, name)[:_MOST_NAMED]
            named[patch.id] = {ref.key: ref.revision for ref in refs}
            for ref in refs:
                links.add(ref, ref.key, name)
                links.patches.setdefault(ref.key, []).append(patch.name)
    return named
