"""Plan and series name the same patches, and what is gone stays gone."""

from collections.abc import Iterator
from datetime import UTC

from unfork.model.finding import Finding
from unfork.model.plan import Ending
from unfork.planning.rules.found import Asked


def check_coverage(asked: Asked) -> Iterator[Finding]:
    """Patches in no item, items without patches, patches that came back, projects never scanned."""
    joined = asked.joined
    for project in joined.plan.head.projects:
        yield from _project(asked, project)
    for name, item in joined.plan.items.items():
        carried, missing = joined.carried.get(name, ()), joined.missing.get(name, ())
        if item.ended is not None:
            seen = joined.seen.get(item.project)
            # A scan older than the end cannot know of it.
            late = seen is not None and seen.at.astimezone(UTC).date() >= item.ended.on
            if carried and late and item.ended.how is not Ending.WITHDRAWN:
                for patch in carried:
                    yield asked.about(
                        "patch-retired",
                        name,
                        "ended",
                        f"ended on {item.ended.on}, and {patch.name} is in the series",
                        "take the patch out, or the end back",
                        patch=patch.name,
                    )
        elif missing and not carried:
            yield asked.about(
                "patches-gone",
                name,
                "patches",
                f"none of its {len(missing)} patches is in the series",
                "write down how it ended: unfork plan end",
            )
        else:
            for ref in missing:
                yield asked.about(
                    "patch-unknown",
                    name,
                    "patches",
                    f"the series has no {ref.name}",
                    "correct the name, or take the line out",
                    patch=ref.name,
                )


def _project(asked: Asked, project: str) -> Iterator[Finding]:
    plan, seen = asked.joined.plan, asked.joined.seen.get(project)
    if seen is None:
        if any(item.project == project and item.patches for item in plan.items.values()):
            yield asked.of_project(
                "scan-missing",
                project,
                f"{project}: no scan is recorded",
                f"unfork scan --plan {plan.folder} --project {project}",
            )
        return
    age = (asked.today - seen.at.astimezone(UTC).date()).days
    if age > plan.head.limits.scan_days:
        yield asked.of_project(
            "scan-missing",
            project,
            f"{project}: the last scan is {age} days old",
            f"unfork scan --plan {plan.folder} --project {project}",
        )
    for patch in asked.joined.unplanned.get(project, ()):
        yield asked.of_project(
            "patch-unplanned",
            project,
            f"{project}: {patch.name} is in no item ({patch.subject})",
            "add it to an item, with the reason and the end agreed on",
            patch=patch.name,
        )
    returned = asked.joined.returned.get(project, {})
    for patch in seen.patches:
        if patch.id in returned:
            yield asked.of_project(
                "patch-archived",
                project,
                f"{project}: {patch.name} came back after the cutover: {returned[patch.id]}",
                "take it out, or silence this with the reason",
                patch=patch.name,
            )
        elif patch.id in seen.retired:
            yield asked.of_project(
                "patch-retired",
                project,
                f"{project}: {patch.name} had left the series and is back",
                "take it out, or silence this with the reason",
                patch=patch.name,
            )
