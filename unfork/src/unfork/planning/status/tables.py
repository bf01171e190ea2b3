"""Items, patches and changed lines by disposition and stage."""

from collections import Counter
from collections.abc import Iterable, Sequence

from unfork.model.plan import Disposition, Item, Kind, Stage, patch_ref
from unfork.model.status import Row, Table
from unfork.planning.join import Joined


def table_of(joined: Joined, project: str | None) -> Table:
    """The table of a project; ``None``: of all projects."""
    plan = joined.plan
    items = {name: item for name, item in plan.items.items() if project is None or item.project == project}
    groups: dict[Disposition | None, list[str]] = {}
    for name, item in items.items():
        groups.setdefault(disposition_of(item), []).append(name)
    order = [*Disposition, None]
    scans = [series for name, series in joined.seen.items() if project in (None, name)]
    unplanned = [len(rest) for name, rest in joined.unplanned.items() if project in (None, name)]
    return Table(
        project=project,
        rows=tuple(_row(joined, each, groups[each]) for each in order if each in groups),
        total=_row(joined, None, [*items]),
        unplanned=sum(unplanned) if scans else None,
        scan=f"{scans[0].at:%Y-%m-%d}, {scans[0].target}" if project is not None and scans else None,
    )


def disposition_of(item: Item) -> Disposition | None:
    """The disposition; tasks have none."""
    return None if item.kind is Kind.TASK else item.disposition


def _row(joined: Joined, disposition: Disposition | None, names: Sequence[str]) -> Row:
    items = joined.plan.items
    stages = Counter(joined.stages[name] for name in names if items[name].ended is None)
    named = {(items[name].project, patch_ref(each).name) for name in names for each in items[name].patches}
    carried = {
        (items[name].project, patch.name): patch.lines
        for name in names
        for patch in joined.carried.get(name, ())
    }
    scanned = any(items[name].project in joined.seen for name in names)
    return Row(
        disposition=disposition,
        items=len(names),
        ended=sum(items[name].ended is not None for name in names),
        stages={stage: stages[stage] for stage in Stage if stages[stage]},
        patches=len(named),
        carried=len(carried) if scanned else None,
        lines=sum(carried.values()) if scanned else None,
    )


def stages_in(rows: Iterable[Row]) -> list[Stage]:
    """The stages that occur, in their order."""
    found = {stage for row in rows for stage in row.stages}
    return [stage for stage in Stage if stage in found]
