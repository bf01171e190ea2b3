"""Changes items of a plan's file in place: comments and all other lines stay as they are, byte for byte.

Only the lines of the keys that change are written anew: those that exist through ruamel.yaml, so that
their own comments and quotes stay too. So a change is a small diff whatever the style of the rest.
"""

import difflib
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from unfork.errors import InputError
from unfork.model.plan import Item, PlanFile
from unfork.planning.convert import convert
from unfork.planning.emit import ambiguous, block, block_of, indented, literal, round_trip
from unfork.planning.tree import Place, Tree, parse_tree

_SEQUENCE = re.compile(r"^( *)[\w-]+:[^\S\n]*(?:#.*)?\n(?: *#.*\n)*( *)- ", re.MULTILINE)
_ONE_VALUE = re.compile(r"[\w-]+:[ ][^#|>\[{&*!]*\n?")
# What needs no quotes anywhere; ruamel.yaml and libyaml disagree on some of the rest, such as "?0" in a list.
_PLAIN = re.compile(r"[\w./](?:[\w./@+~=;()% -]*[\w./@+~=;()%-])?(?::[\w./@+~=%()-]+)*")
_NOTHING = re.compile(r"items:[ \t]*(?:\{\}|~|null)?[ \t]*(#.*)?(?:\r?\n)?")


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to become of one file. Values are texts, dates, lists and mappings of these."""

    keys: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # item -> key -> value; None: none
    add: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # new items, at the end
    drop: frozenset[str] = frozenset()  # items
    head: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # keys beside the items


def edited(data: bytes, name: str, changes: Changes) -> bytes:
    """The file's bytes with the changes made; ``name`` is how errors call the file.

    Raises ``InputError`` when that cannot be done without changing more than was asked.
    """
    tree = parse_tree(data, name)
    root = tree.root if tree.root is not None else {}
    lines = data.decode("utf-8").splitlines(keepends=True)
    newline = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    writer = _Writer(tree, root, lines)
    for item, keys in changes.keys.items():
        for key, value in keys.items():
            writer.set(item, key, value)
    for key, value in changes.head.items():
        writer.set_head(key, value)
    for item in changes.drop:
        writer.drop(item)
    if changes.add:
        writer.add(changes.add)
    after = writer.text(newline).encode("utf-8")
    _check(after, name, _expected(root, changes), changed_head=bool(changes.head))
    return after


class _Writer:
    """Collects lines to replace, each range once, and puts them in at the end."""

    def __init__(self, tree: Tree, root: dict[str, Any], lines: list[str]) -> None:
        self.tree, self.root, self.lines = tree, root, lines
        self.items: dict[str, Any] = root.get("items") or {}
        # First line, line after the last, and the new lines; later ones of one place come after.
        self.parts: list[tuple[int, int, str]] = []
        style = _SEQUENCE.search("".join(lines))
        self.yaml = round_trip(offset=len(style[2]) - len(style[1]) if style else 2, width=1 << 16)

    def set(self, item: str, key: str, value: Any) -> None:
        """Write a key's value anew, add the key below the item's last line, or take it out."""
        values = self.items[item]
        place = self.tree.place(self.items, item)
        if values and self.tree.place(values, next(iter(values)))[0] == place[0]:
            raise InputError(
                "the item shares its line with others",
                where=self.tree.where(self.items, item),
                hint="edit it by hand",
            )
        self._set(values, key, value, below=place)

    def set_head(self, key: str, value: Any) -> None:
        """Write a key beside the items anew, or add it before them: they are the long part."""
        names = list(self.root)
        before = names[: names.index("items")] if "items" in names[1:] else names
        self._set(self.root, key, value, below=self.tree.place(self.root, before[-1]))

    def _set(self, values: dict[str, Any], key: str, value: Any, *, below: Place) -> None:
        if plain(value) == values.get(key):
            return
        held = key if key in values else next(iter(values))
        line, column = self.tree.place(values, held)
        if self.lines[line - 1][: column - 1].strip():
            raise InputError(
                f"{held!r} shares its line with others",
                where=self.tree.where(values, held),
                hint="edit it by hand",
            )
        indent = column - 1
        if key in values:
            begin, finish = line - 1, self._end((line, column))
            if value is None:
                self.parts.append((begin, finish, ""))
                return
            old = "".join(
                each[indent:] if each.strip() else "\n" for each in self.lines[begin:finish]
            ).replace("\r\n", "\n")
            written = self._rewritten(old, key, values[key], value)
        elif value is None:
            return
        else:
            begin = finish = self._end(below)
            written = block({key: value})
        self.parts.append((begin, finish, indented(written, indent)))

    def drop(self, item: str) -> None:
        """Take an item's lines out; comments above it stay, they may be about more than the item."""
        place = self.tree.place(self.items, item)
        begin, finish = place[0] - 1, self._end(place)
        if self.lines[begin][: place[1] - 1].strip():
            raise InputError(
                "the item shares its line with others",
                where=self.tree.where(self.items, item),
                hint="edit it by hand",
            )
        blank_before = begin > 0 and not self.lines[begin - 1].strip()
        if blank_before and finish < len(self.lines) and not self.lines[finish].strip():
            finish += 1
        self.parts.append((begin, finish, ""))

    def add(self, items: Mapping[str, Mapping[str, Any]]) -> None:
        """Put items below the last one."""
        texts = [block_of(item, values) for item, values in items.items()]
        if self.items:
            places = [self.tree.place(self.items, item) for item in self.items]
            line, column = max(places)
            if self.lines[line - 1][: column - 1].strip():
                raise InputError(
                    "the items share a line", where=f"{self.tree.file}:{line}", hint="edit it by hand"
                )
            at, indent = self._end((line, column)), column - 1
            above = line - 2
            while above > 0 and self.lines[above].lstrip().startswith("#"):
                above -= 1
            gap = "\n" if len(places) > 1 and not self.lines[above].strip() else ""
            added = "".join(gap + indented(each, indent) for each in texts)
            self.parts.append((at, at, added))
            return
        added = "items:\n" + "".join(indented(each, 2) for each in texts)
        if "items" not in self.root:
            self.parts.append((len(self.lines), len(self.lines), added))
            return
        at = self.tree.place(self.root, "items")[0] - 1
        empty = _NOTHING.fullmatch(self.lines[at])
        if empty is None:
            raise InputError(
                "the empty items are written in a way that cannot be added to",
                where=f"{self.tree.file}:{at + 1}",
                hint="write items: and nothing else in its line",
            )
        remark = f"items:  {empty[1].rstrip()}\n" if empty[1] else "items:\n"
        self.parts.append((at, at + 1, added.replace("items:\n", remark, 1)))

    def text(self, newline: str) -> str:
        """The whole file."""
        out: list[str] = []
        at = 0
        # A place's own lines are replaced before anything is put in after them.
        for begin, finish, written in sorted(self.parts, key=lambda part: part[:2]):
            out += self.lines[at:begin]
            if written and out and not out[-1].endswith("\n"):
                out.append(newline)
            out.append(written.replace("\n", newline) if newline != "\n" else written)
            at = max(at, finish)
        return "".join([*out, *self.lines[at:]])

    def _rewritten(self, text: str, key: str, old: Any, new: Any) -> str:
        if isinstance(new, (str, date)) and _ONE_VALUE.fullmatch(text):
            return block({key: new})
        parsed = self.yaml.load(text)
        parsed[key] = _merged(parsed[key], old, new)
        out = io.StringIO()
        self.yaml.dump(parsed, out)
        return out.getvalue()

    def _end(self, place: Place) -> int:
        """How many lines there are up to the last of what begins at a place.

        Comments and blank lines before what comes next belong to that. A list may stand no deeper than its
        key.
        """
        begin, indent = place[0] - 1, place[1] - 1
        finish = begin + 1
        for at in range(begin + 1, len(self.lines)):
            text = self.lines[at].strip()
            depth = len(self.lines[at]) - len(self.lines[at].lstrip(" "))
            inside = depth > indent or (depth == indent and text.startswith("- "))
            if text and inside:
                finish = at + 1
            elif text and not text.startswith("#"):
                break
        return finish


def _merged(node: Any, old: Any, new: Any) -> Any:
    """ruamel's ``node`` with as little changed as makes it ``new``; ``old`` is its value as plain texts."""
    if plain(old) == plain(new):
        return node
    if isinstance(old, dict) and isinstance(new, Mapping):
        for key in old:
            if key not in new:
                del node[key]
        for key, value in new.items():
            node[key] = _merged(node[key], old[key], value) if key in old else _leaf(value)
        return node
    if isinstance(old, list) and isinstance(new, (list, tuple)) and hasattr(node, "fa"):
        a, b = [repr(plain(each)) for each in old], [repr(plain(each)) for each in new]
        steps = difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
        for _, first, last, start, stop in reversed([step for step in steps if step[0] != "equal"]):
            for at in range(last - 1, first - 1, -1):
                del node[at]
            for offset, value in enumerate(new[start:stop]):
                node.insert(first + offset, _leaf(value))
        return node
    return _leaf(new)


def _leaf(value: Any) -> Any:
    """A value as ruamel writes it so that every program reads the same."""
    from ruamel.yaml.comments import CommentedMap
    from ruamel.yaml.scalarstring import (
        DoubleQuotedScalarString,
        LiteralScalarString,
        SingleQuotedScalarString,
    )

    if isinstance(value, Mapping):
        made = CommentedMap((key, _leaf(each)) for key, each in value.items())
        made.fa.set_flow_style()
        return made
    if isinstance(value, (list, tuple)):
        return [_leaf(each) for each in value]
    if isinstance(value, str):
        if literal(value):
            return LiteralScalarString(value)
        if not value.isprintable():
            return DoubleQuotedScalarString(value)
        bare = _PLAIN.fullmatch(value) and not ambiguous(value)
        return value if bare else SingleQuotedScalarString(value)
    return value


def plain(value: Any) -> Any:
    """A value as the plan's reader gives it: dates and numbers as texts."""
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return value if value is None else str(value)


def _expected(root: dict[str, Any], changes: Changes) -> dict[str, Any]:
    items: dict[str, Any] = {}
    for item, values in (root.get("items") or {}).items():
        if item in changes.drop:
            continue
        keys = changes.keys.get(item, {})
        kept = {key: value for key, value in values.items() if keys.get(key, value) is not None}
        items[item] = kept | {key: plain(value) for key, value in keys.items() if value is not None}
    added = {item: plain(values) for item, values in changes.add.items()}
    head = {key: plain(value) for key, value in changes.head.items()}
    return {**root, **head, "items": (items | added) or None}


def _check(after: bytes, name: str, expected: dict[str, Any], *, changed_head: bool) -> None:
    """What we write, we can read, and nothing else has changed."""
    tree = parse_tree(after, name)
    held = tree.root.get("items") if isinstance(tree.root, dict) else None
    for item, values in (held or {}).items():
        convert(tree, values, Item, owner=held, key=item)
    if changed_head:
        rest = {key: value for key, value in tree.root.items() if key != "items"}
        tree.adopt(rest, tree.root)
        convert(tree, rest, PlanFile)
    if {"items": None, **(tree.root or {})} != {"items": None, **expected}:
        different = [
            item
            for item in {**(expected["items"] or {}), **(held or {})}
            if (expected["items"] or {}).get(item) != (held or {}).get(item)
        ]
        raise InputError(
            f"{', '.join(different[:3]) or 'items'} cannot be changed without changing more than was asked",
            where=name,
            hint="edit the file by hand",
        )
