"""What became of the patches agrees with what the plan says."""

from collections.abc import Iterator

from unfork.model import Advice, Relation
from unfork.model.finding import Finding
from unfork.model.plan import Disposition, Ending, Item
from unfork.planning.rules.found import Asked

_OURS = (Disposition.KEEP, Disposition.REFACTOR, Disposition.PLUGIN)  # upstream has no part in these


def check_reality(asked: Asked) -> Iterator[Finding]:
    """Items that can end, ends and dispositions the scan contradicts."""
    for name, item in asked.joined.plan.items.items():
        yield from _patches(asked, name, item)


def _patches(asked: Asked, name: str, item: Item) -> Iterator[Finding]:
    carried = asked.joined.carried.get(name, ())
    if item.ended is not None:
        if item.ended.how is Ending.UPSTREAM:
            for patch in carried:
                if patch.relation is Relation.NONE:
                    yield asked.about(
                        "end-contradicted",
                        name,
                        "ended",
                        f"ended as {item.ended.how}, and upstream has nothing of {patch.name}",
                        "name another end, or the commits: unfork decide",
                        patch=patch.name,
                    )
        return
    dropped = [patch for patch in carried if patch.advice is Advice.DROP]
    if item.disposition in _OURS:
        for patch in dropped:
            yield asked.about(
                "disposition-contradicted",
                name,
                "disposition",
                f"is {item.disposition}, and the target has {patch.name} ({patch.relation})",
                "drop the patch, or decide that it is another one: unfork decide",
                patch=patch.name,
            )
    elif dropped and len(dropped) == len(carried) and not asked.joined.missing.get(name):
        yield asked.about(
            "can-end",
            name,
            "disposition",
            f"the target has all {len(carried)} of its patches"
            if len(carried) > 1
            else f"the target has {carried[0].name} ({carried[0].relation})",
            f"drop them and write it down: unfork plan end {name}",
        )
