"""Every name a plan uses is defined, nothing is named twice, and no item waits for itself."""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import pairwise

from unfork.errors import InputError
from unfork.model.plan import Item, Plan, link_of, patch_ref
from unfork.planning.convert import nearest
from unfork.planning.graph import cycle_in
from unfork.planning.links import names_of
from unfork.planning.rule import RULES
from unfork.planning.setup import check_setup
from unfork.planning.tree import Tree


def check_references(plan: Plan, trees: Mapping[str, Tree]) -> None:
    """Raise ``InputError`` for the first name that leads nowhere and the first that is there twice."""
    head = plan.head
    check_items(plan)
    main = trees[next(iter(trees))]
    for milestone, value in head.milestones.items():
        for project in value.projects:
            if project not in head.projects:
                raise InputError(
                    f"unknown project {project!r}",
                    where=main.where(main.root["milestones"], milestone),
                    hint=nearest(project, head.projects),
                )
    for number, each in enumerate(head.silence):
        where = main.where(main.root["silence"], number)
        for what, word, known in (
            ("rule", each.rule, RULES),
            ("item", each.item, plan.items),
            ("project", each.project, head.projects),
        ):
            if word is not None and word not in known:
                raise InputError(f"unknown {what} {word!r}", where=where, hint=nearest(word, known))
    check_setup(plan, main)


def check_items(plan: Plan) -> None:
    """``check_references`` for the items alone."""
    links = {word for item in plan.items.values() for link in item.links for word in names_of(link_of(link))}
    for name, item in plan.items.items():
        _check_item(plan, name, item, links)
    _check_circle(plan)


def _check_item(plan: Plan, name: str, item: Item, links: set[str]) -> None:
    head = plan.head
    people = [
        ("owner", item.owner),
        ("agreed", item.agreed.by if item.agreed else None),
        ("commitment", item.commitment.by if item.commitment else None),
    ]
    conditions = item.drop_when.merged + item.drop_when.released if item.drop_when else ()
    checks: list[tuple[str, str, str | None, Iterable[str]]] = [
        ("project", "project", item.project, head.projects),
        *(("owner", key, word, head.people) for key, word in people),
        ("milestone", "due", item.due, head.milestones),
        ("track", "track", item.track, head.tracks),
        *(("item", "after", word, plan.items) for word in item.after),
        *(("link", "drop-when", word, links) for word in conditions),
        *(("rule", "silence", each.rule, RULES) for each in item.silence),
    ]
    for what, key, word, known in checks:
        if word is not None and word not in known:
            raise InputError(
                f"{key}: unknown {what} {word!r}", where=str(plan.spot(name, key)), hint=nearest(word, known)
            )
    for key, words in (
        ("after", item.after),
        ("patches", tuple(patch_ref(each).name for each in item.patches)),
        ("links", tuple(link_of(each).url for each in item.links)),
    ):
        if len({*words}) < len(words):
            twice = Counter(words).most_common(1)[0][0]
            raise InputError(
                f"{key}: {twice!r} is named twice", where=str(plan.spot(name, key)), hint="take one out"
            )


def _check_circle(plan: Plan) -> None:
    circle = cycle_in(plan.items)
    if not circle:
        return
    first = circle[0]
    steps = ", ".join(f"{one} waits for {other}" for one, other in pairwise(circle))
    raise InputError(
        f"a cycle: {' -> '.join(circle)}: {steps}",
        where=str(plan.spot(first, "after")),
        hint="take one of these out of after",
    )
