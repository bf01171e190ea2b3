"""Changes one key of a plan's file in place: comments and all other lines stay as they are.

Only the lines of the key that changes are parsed and written again (ruamel.yaml, round trip), so a
change is a small diff whatever the style of the rest. One writer at a time;
the file is replaced whole or not at all.
"""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from unfork.config import PLAN_FILE
from unfork.errors import InputError
from unfork.files import one_writer, write_atomically
from unfork.model.plan import Archive, Ended, Item, Plan, PlanFile, Signature, Spot
from unfork.planning.convert import convert, nearest
from unfork.planning.emit import round_trip
from unfork.planning.tree import Place, Tree, parse_tree

_SEQUENCE = re.compile(r"^( *)[\w-]+:[^\S\n]*(?:#.*)?\n(?: *#.*\n)*( *)- ", re.MULTILINE)


def promise(plan: Plan, item: str, *, by: str, until: date, today: date, why: str | None) -> None:
    """Write down who promised the item until when; an earlier date goes to the history of changes."""
    if by not in plan.head.people:
        raise InputError(
            f"unknown owner {by!r}", where=f"{plan.folder}/{PLAN_FILE}", hint=nearest(by, plan.head.people)
        )
    old = plan.items[known_item(plan, item)].commitment

    def change(values: Any) -> None:
        if old is not None and old.date != until:
            moved: dict[str, object] = {"was": old.date, "on": today}
            if why is not None:
                moved["why"] = why
            values.setdefault("changes", []).append(moved)
        values["by"], values["date"] = by, until

    _change(plan, item, "commitment", change)


def end(plan: Plan, item: str, ended: Ended) -> None:
    """Write down the end an item came to. Raises ``InputError`` when it has ended already."""
    old = plan.items[known_item(plan, item)].ended
    if old is not None:
        raise InputError(
            f"{item} ended on {old.on}: {old.how}",
            where=str(plan.spot(item, "ended")),
            hint="change it in the file when that is wrong",
        )

    def change(values: Any) -> None:
        values.update(on=ended.on, how=str(ended.how))
        if ended.note is not None:
            values["note"] = ended.note

    _change(plan, item, "ended", change)


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

    def change(values: Any) -> None:
        signed = [each for each in values.get("signed", []) if each["by"] != signature.by]
        values["signed"] = [*signed, _filled(signature)]

    _change_head(plan, "cutover", change)


def mark_archived(plan: Plan, archive: Archive) -> None:
    """Write down that the old track was put away."""
    _change_head(plan, "cutover", lambda values: values.update(archived=_filled(archive)))


def _filled(part: Signature | Archive) -> dict[str, Any]:
    """What is said of it, without what is not."""
    values = msgspec.structs.asdict(part)
    return {key: value for key, value in values.items() if value is not None}


def _change_head(plan: Plan, key: str, change: Callable[[Any], None]) -> None:
    """Let ``change`` alter the mapping under a key of ``plan.yaml``, which may be new."""
    path = Path(plan.folder) / PLAN_FILE
    with one_writer(path.parent, path.name, wait=False):
        before = path.read_bytes()
        tree = parse_tree(before, str(path))
        spot = Spot(str(path), *tree.place(tree.root, key))
        rest = {name: value for name, value in tree.root.items() if name != "items"}
        tree.adopt(rest, tree.root)
        if convert(tree, rest, PlanFile) != plan.head:
            raise _meanwhile(PLAN_FILE, spot)
        # What is new goes before the items, which are the long part.
        names = [*tree.root]
        before_items = names[: names.index("items")] if "items" in names[1:] else names
        last = tree.place(tree.root, before_items[-1])
        after = _edited(before, tree, _Held(tree.root, last, 1), key, change)
        _check_same(before, after, lambda root: root, key, spot, PlanFile)
        if path.read_bytes() != before:
            raise _meanwhile("the file", spot)
        write_atomically(path, after)


def _change(plan: Plan, item: str, key: str, change: Callable[[Any], None]) -> None:
    """Let ``change`` alter the mapping under a key of an item, which may be new."""
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
        begin = tree.place(tree.root["items"], item)
        first = tree.place(now, next(iter(now)))
        if first[0] == begin[0]:
            raise _shares_line(tree, tree.root["items"], item)
        after = _edited(before, tree, _Held(now, begin, first[1]), key, change)
        _check_same(before, after, lambda root: root["items"][item], key, spot, Item)
        if path.read_bytes() != before:  # an editor does not know our lock
            raise _meanwhile("the file", spot)
        write_atomically(path, after)


@dataclass(frozen=True, slots=True)
class _Held:
    """A mapping of the file."""

    values: dict[str, Any]
    last: Place  # of what a new key goes behind: an item's own name, or the last key before it
    column: int  # of its keys, from 1


def _shares_line(tree: Tree, container: Any, key: str) -> InputError:
    return InputError(
        f"{key} shares its line with others", where=tree.where(container, key), hint="edit it by hand"
    )


def _meanwhile(what: str, spot: Spot) -> InputError:
    return InputError(
        f"{what} was changed by somebody else meanwhile, nothing was written",
        where=spot.file,
        hint="read it, then try again",
    )


def _edited(data: bytes, tree: Tree, held: _Held, key: str, change: Callable[[Any], None]) -> bytes:
    """The file with the lines of one key written anew, or added behind the last line of what is before."""
    lines = data.decode("utf-8").splitlines(keepends=True)
    indent = held.column - 1
    for name in (key,) if key in held.values else (next(iter(held.values)),):
        line, column = tree.place(held.values, name)
        if column != held.column or lines[line - 1][: column - 1].strip():
            raise _shares_line(tree, held.values, name)
    begin = finish = _end_of(lines, held.last)
    block = f"{key}: {{}}\n"
    if key in held.values:
        begin, finish = line - 1, _end_of(lines, (line, column))
        block = "".join(each[indent:] if each.strip() else "\n" for each in lines[begin:finish])
    style = _SEQUENCE.search("".join(lines))
    # Lines are not folded: what was one line stays one.
    yaml = round_trip(offset=len(style[2]) - len(style[1]) if style else 2, width=1 << 16)
    parsed = yaml.load(block)
    if key not in held.values:
        parsed[key] = type(parsed)()  # a mapping over several lines, not one in braces
    change(parsed[key])
    out = io.StringIO()
    yaml.dump(parsed, out)
    written = [" " * indent + each if each.strip() else each for each in out.getvalue().splitlines(True)]
    if begin and not lines[begin - 1].endswith("\n"):
        written.insert(0, "\n")
    return "".join([*lines[:begin], *written, *lines[finish:]]).encode("utf-8")


def _end_of(lines: list[str], place: Place) -> int:
    """How many lines there are up to the last of what begins at a place.

    Comments and blank lines before what comes next belong to that. A list may stand no deeper than its
    key.
    """
    begin, indent = place[0] - 1, place[1] - 1
    finish = begin + 1
    for at in range(begin + 1, len(lines)):
        text = lines[at].strip()
        depth = len(lines[at]) - len(lines[at].lstrip(" "))
        inside = depth > indent or (depth == indent and text.startswith("- "))
        if text and inside:
            finish = at + 1
        elif text and not text.startswith("#"):
            break
    return finish


def _check_same(
    before: bytes, after: bytes, holder: Callable[[Any], Any], key: str, spot: Spot, kind: type
) -> None:
    """What we write, we can read, and nothing else has changed."""
    old, new = parse_tree(before, spot.file).root, parse_tree(after, spot.file)
    written = {name: value for name, value in holder(new.root).items() if name != "items" or kind is Item}
    new.adopt(written, holder(new.root))
    convert(new, written, kind)
    for root in (old, new.root):
        holder(root).pop(key, None)
    if old != new.root:
        raise InputError(
            f"{spot} cannot be changed without changing more than was asked",
            where=str(spot),
            hint="edit the file by hand",
        )
