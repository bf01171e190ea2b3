"""The plan beside what scans saw: which carried patch belongs to which item, and which to none."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field

from unfork.model.plan import Item, PatchRef, Plan, Stage, patch_ref
from unfork.model.seen import SeenPatch, SeenSeries
from unfork.planning.observed import LinkNow, Observed, links_now
from unfork.planning.stages import stage_of


@dataclass(frozen=True, slots=True)
class Joined:
    """A plan with the last scan of each of its projects."""

    plan: Plan
    seen: Mapping[str, SeenSeries]  # by project; without those never scanned
    carried: Mapping[str, tuple[SeenPatch, ...]]  # item -> its patches that the series has
    missing: Mapping[str, tuple[PatchRef, ...]]  # item -> those it has not, or not any longer
    unplanned: Mapping[str, tuple[SeenPatch, ...]]  # project -> patches in no item, in series order
    stages: Mapping[str, Stage]  # item -> how far it is, by the plan and by its links
    links: Mapping[str, tuple[LinkNow, ...]]  # item -> its links, with what trackers said of them
    # Project -> content id of a patch of an archived track that is carried again -> how that is known.
    returned: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def join(
    plan: Plan,
    seen: Mapping[str, SeenSeries],
    observed: Observed | None = None,
    returned: Mapping[str, Mapping[str, str]] | None = None,
) -> Joined:
    """Find every patch an item names: by content id, by name, by the hash a git range calls it.

    Links get the state that trackers said, where that is newer than what the plan says. ``returned``
    says of the patches of an archived track which are carried again.
    """
    known = observed or Observed()
    finders = {project: _Finder(series) for project, series in seen.items() if project in plan.head.projects}
    carried: dict[str, tuple[SeenPatch, ...]] = {}
    missing: dict[str, tuple[PatchRef, ...]] = {}
    named: dict[str, set[int]] = {project: set() for project in finders}
    for name, item in plan.items.items():
        finder = finders.get(item.project)
        if finder is None or not item.patches:
            continue
        found: list[int] = []
        lost: list[PatchRef] = []
        for each in item.patches:
            ref = patch_ref(each)
            place = finder.find(ref)
            if place is None:
                lost.append(ref)
            else:
                found.append(place)
        patches = finder.series.patches
        carried[name] = tuple(patches[place] for place in dict.fromkeys(found))
        missing[name] = tuple(lost)
        named[item.project].update(found)
    unplanned = {
        project: tuple(
            patch for place, patch in enumerate(finder.series.patches) if place not in named[project]
        )
        for project, finder in finders.items()
    }
    links = {name: links_now(item, carried.get(name, ()), known) for name, item in plan.items.items()}
    return Joined(
        plan=plan,
        seen={project: finder.series for project, finder in finders.items()},
        carried=carried,
        missing=missing,
        unplanned=unplanned,
        # What a message names in passing does not say how far the item is.
        stages={
            name: stage_of(item, [each.link for each in links[name] if each.patch is None])
            for name, item in plan.items.items()
        },
        links=links,
        returned=returned or {},
    )


def blocking(item: Item) -> bool:
    """Whether the item is open and holds up the cutover or the release."""
    return item.ended is None and item.gate.value != "none"


class _Finder:
    """Places of a series' patches by what a plan may call them."""

    def __init__(self, series: SeenSeries) -> None:
        self.series = series
        self.by_id: dict[str, int] = {}
        self.by_name: dict[str, int] = {}
        for place, patch in enumerate(series.patches):
            self.by_id.setdefault(patch.id, place)
            self.by_name.setdefault(patch.name, place)
        # In a git range a patch's name is its full hash, of which a plan may write the beginning.
        self.hashes = sorted(name for name in self.by_name if len(name) in (40, 64))

    def find(self, ref: PatchRef) -> int | None:
        if ref.id is not None and ref.id in self.by_id:
            return self.by_id[ref.id]
        if ref.name in self.by_name:
            return self.by_name[ref.name]
        for word in (ref.hash, ref.name):
            if word and len(word) >= 6 and self.hashes:
                at = bisect_left(self.hashes, word)
                if at < len(self.hashes) and self.hashes[at].startswith(word):
                    return self.by_name[self.hashes[at]]
        return None
