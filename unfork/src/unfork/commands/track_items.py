"""Which item of the plan each patch of a series belongs to."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from unfork.commands.gate import as_it_is
from unfork.model import Patch
from unfork.planning import has_plan, join, load_plan


def items_of(folder: Path | None, project: str | None, patches: Sequence[Patch]) -> Mapping[str, str]:
    """Item by content id of the patch; nothing without a plan, or when it is not said whose series it is."""
    if folder is None or not has_plan(folder):
        return {}
    plan = load_plan(folder)
    projects = plan.head.projects
    whose = project or (next(iter(projects)) if len(projects) == 1 else None)
    if whose not in projects:
        return {}
    joined = join(plan, {whose: as_it_is(whose, patches, None)})
    return {patch.id: item for item, carried in joined.carried.items() for patch in carried}
