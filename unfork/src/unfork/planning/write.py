"""Changes one key of a plan: one writer at a time, the file is replaced whole or not at all."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from unfork.config import PLAN_FILE
from unfork.errors import InputError
from unfork.files import one_writer, write_atomically
from unfork.model.plan import Archive, Ended, Item, Plan, PlanFile, Signature, Spot
from unfork.planning.convert import convert, nearest
from unfork.planning.edit import Changes, edited
from unfork.planning.tree import parse_tree


def promise(plan: Plan, item: str, *, by: str, until: date, today: date, why: str | None) -> None:
    """Write down who promised the item until when; an earlier date goes to the history of changes."""
    if by not in plan.head.people:
        raise InputError(
            f"unknown owner {by!r}", where=f"{plan.folder}/{PLAN_FILE}", hint=nearest(by, plan.head.people)
        )
    old = plan.items[known_item(plan, item)].commitment

    value: dict[str, Any] = {"by": by, "date": until}
    changes = [msgspec.structs.asdict(each) for each in old.changes] if old is not None else []
    if old is not None and old.date != until:
        changes.append({"was": old.date, "on": today, "why": why})
    if changes:
        value["changes"] = [
            {name: each for name, each in moved.items() if each is not None} for moved in changes
        ]
    _change(plan, item, "commitment", value)


def end(plan: Plan, item: str, ended: Ended) -> None:
    """Write down the end an item came to. Raises ``InputError`` when it has ended already."""
    old = plan.items[known_item(plan, item)].ended
    if old is not None:
        raise InputError(
            f"{item} ended on {old.on}: {old.how}",
            where=str(plan.spot(item, "ended")),
            hint="change it in the file when that is wrong",
        )

    value: dict[str, Any] = {"on": ended.on, "how": str(ended.how)}
    if ended.note is not None:
        value["note"] = ended.note
    _change(plan, item, "ended", value)


def known_item(plan: Plan, item: str) -> str:
    """The item's name; raises ``InputError`` with the nearest one when there is none of that name."""
    if item not in plan.items:
        raise InputError(
            f"there is no item {item!r}", where=f"{plan.folder}/{PLAN_FILE}", hint=nearest(item, plan.items)
        )
    return item


def sign(plan: Plan, signature: Signature) -> None:
    """Write down somebody's yes to the cutover; an earlier one of the same person gives way."""
    if signature.by not in plan.head.people:
        raise InputError(
            f"unknown owner {signature.by!r}",
            where=f"{plan.folder}/{PLAN_FILE}",
            hint=nearest(signature.by, plan.head.people),
        )
    old = plan.head.cutover.signed if plan.head.cutover is not None else ()
    others = [_filled(each) for each in old if each.by != signature.by]
    _change_cutover(plan, {"signed": [*others, _filled(signature)]})


def mark_archived(plan: Plan, archive: Archive) -> None:
    """Write down that the old track was put away."""
    _change_cutover(plan, {"archived": _filled(archive)})


def _filled(part: Signature | Archive) -> dict[str, Any]:
    """What is said of it, without what is not."""
    values = msgspec.structs.asdict(part)
    return {key: value for key, value in values.items() if value is not None}


def _change_cutover(plan: Plan, keys: Mapping[str, Any]) -> None:
    """Write keys of the cutover, in ``plan.yaml``."""
    path = Path(plan.folder) / PLAN_FILE
    with one_writer(path.parent, path.name, wait=False):
        before = path.read_bytes()
        tree = parse_tree(before, str(path))
        rest = {name: value for name, value in tree.root.items() if name != "items"}
        tree.adopt(rest, tree.root)
        if convert(tree, rest, PlanFile) != plan.head:
            raise _meanwhile(PLAN_FILE, Spot(str(path), 1, 1))
        now = tree.root.get("cutover") or {}
        after = edited(before, str(path), Changes(head={"cutover": {**now, **keys}}))
        if path.read_bytes() != before:
            raise _meanwhile("the file", Spot(str(path), 1, 1))
        write_atomically(path, after)


def _change(plan: Plan, item: str, key: str, value: Mapping[str, Any]) -> None:
    """Write the mapping under a key of an item, which may be new."""
    spot = plan.spot(item)
    path = Path(spot.file)
    # A plan that somebody else writes at this moment is not waited for: what is to be written was
    # thought of before, and may no longer be right.
    with one_writer(path.parent, path.name, wait=False):
        before = path.read_bytes()
        tree = parse_tree(before, spot.file)
        now = tree.root["items"].get(item) if isinstance(tree.root, dict) else None
        if now is None or convert(tree, now, Item) != plan.items[item]:
            raise _meanwhile(item, spot)
        after = edited(before, spot.file, Changes(keys={item: {key: value}}))
        if path.read_bytes() != before:  # an editor does not know our lock
            raise _meanwhile("the file", spot)
        write_atomically(path, after)


def _meanwhile(what: str, spot: Spot) -> InputError:
    return InputError(
        f"{what} was changed by somebody else meanwhile, nothing was written",
        where=spot.file,
        hint="read it, then try again",
    )
