"""YAML as plain dictionaries, lists and texts, with the place of everything.

Read from libyaml's events: a plan of 5,000 items takes a third of a second, and what a plan has no use
for never becomes anything: tags, anchors, aliases, a second document. Every scalar stays text, because what
YAML would guess is wrong for hashes (``2857911``, ``3e12``) and words (``no``); the field says what it means.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from unfork.errors import InputError

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # without libyaml: the same, slower
_MARKER = re.compile(rb"^(<{7}|={7}|>{7}|\|{7})(?: |\r?$)", re.MULTILINE)
_DEEP = 32  # nested containers; a plan needs six
_LARGE = 64 << 20  # bytes
_NULL = ("", "~", "null")

Place = tuple[int, int]  # line and column, from 1


@dataclass(slots=True)
class Tree:
    """One file: ``root`` is made of ``dict``, ``list``, ``str`` and ``None``."""

    file: str
    root: Any = None
    _places: dict[int, dict[Any, Place]] = field(default_factory=dict, repr=False)
    _kept: list[Any] = field(default_factory=list, repr=False)  # an id is good while its container lives

    def place(self, container: Any, key: Any = None) -> Place:
        """Where the entry ``key`` of a dictionary or list stands, or the container itself."""
        places = self._places.get(id(container), {})
        return places.get(key) or places.get(None) or (1, 1)

    def places(self, container: Any) -> dict[Any, Place]:
        """Where all entries of a dictionary or list stand."""
        return self._places.get(id(container), {})

    def where(self, container: Any, key: Any = None) -> str:
        """``file:line:column`` of it."""
        line, column = self.place(container, key)
        return f"{self.file}:{line}:{column}"

    def adopt(self, container: Any, original: Any) -> None:
        """Give a dictionary made of a part of ``original`` its places."""
        self._places[id(container)] = self._places.get(id(original), {})
        self._kept.append(container)


def read_tree(path: Path) -> Tree:
    """The file's tree; raises ``InputError`` naming file, line and column of what is wrong."""
    return parse_tree(read_file(path), str(path))


def read_file(path: Path) -> bytes:
    """The bytes of a file of a plan; raises ``InputError`` when it cannot be read or is too large."""
    try:
        if path.stat().st_size > _LARGE:
            raise InputError(
                f"larger than {_LARGE >> 20} MB", where=str(path), hint="split it into files in items/"
            )
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read: {error.strerror}", where=str(path)) from error


def parse_tree(data: bytes, name: str) -> Tree:
    """The tree of a file's bytes; ``name`` is how errors call it."""
    marker = _MARKER.search(data)
    if marker:
        line = data.count(b"\n", 0, marker.start()) + 1
        raise InputError(
            "a mark of a merge conflict", where=f"{name}:{line}:1", hint="finish the merge, then try again"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        raise InputError("not UTF-8", where=f"{name}:{line}:{column}", hint="save it as UTF-8") from error
    tree = Tree(name)
    try:
        _Builder(tree).build(LOADER(text).get_event)
    except yaml.YAMLError as error:
        raise _broken(error, name) from error
    return tree


class _Builder:
    """Events in, a tree out."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.open: list[Any] = []  # containers not ended yet
        self.keys: list[Any] = []  # for a dictionary: the key that waits for its value
        self.documents = 0

    def build(self, next_event: Callable[[], Any]) -> None:
        while True:  # yaml.parse() asks twice for each event: a tenth of all the time it takes to read
            event = next_event()
            kind = type(event)
            if kind is yaml.ScalarEvent:
                if event.tag is not None or event.anchor is not None:
                    self._refuse(event)
                value = event.value
                self._add(None if value in _NULL and event.implicit[0] else value, event)
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                self._refuse(event)
                self._begin({} if kind is yaml.MappingStartEvent else [], event)
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                self.open.pop()
                self.keys.pop()
            elif kind is yaml.DocumentStartEvent:
                self.documents += 1
                if self.documents > 1:
                    raise self._error("a second document", event, "a file holds one: take the '---' out")
            elif kind is yaml.StreamEndEvent:
                return
            elif kind is yaml.AliasEvent:
                raise self._error(f"an alias (*{event.anchor})", event, "write the value out")

    def _begin(self, container: Any, event: Any) -> None:
        if len(self.open) >= _DEEP:
            raise self._error("nested too deep", event, "a plan needs no more than six levels")
        mark = event.start_mark
        self.tree._places[id(container)] = {None: (mark.line + 1, mark.column + 1)}
        self._add(container, event)
        self.open.append(container)
        self.keys.append(None)

    def _add(self, value: Any, event: Any) -> None:
        if not self.open:
            self.tree.root = value
            return
        parent = self.open[-1]
        places = self.tree._places[id(parent)]
        mark = event.start_mark
        if type(parent) is list:
            places[len(parent)] = (mark.line + 1, mark.column + 1)
            parent.append(value)
        elif self.keys[-1] is None:
            if type(value) is not str:
                raise self._error("a key that is no text", event, "write KEY: VALUE")
            if value in parent:
                line, column = places[value]
                raise self._error(
                    f"{value!r} is there twice", event, f"the first is at line {line}, column {column}"
                )
            self.keys[-1] = value
            places[value] = (mark.line + 1, mark.column + 1)
            parent[value] = None
        else:
            parent[self.keys[-1]] = value
            self.keys[-1] = None

    def _refuse(self, event: Any) -> None:
        if event.tag is not None:
            raise self._error(f"a tag ({event.tag})", event, "a plan is plain text: take it out")
        if event.anchor is not None:
            raise self._error(f"an anchor (&{event.anchor})", event, "write the value out where it is needed")

    def _error(self, what: str, event: Any, hint: str) -> InputError:
        mark = event.start_mark
        return InputError(what, where=f"{self.tree.file}:{mark.line + 1}:{mark.column + 1}", hint=hint)


def _broken(error: yaml.YAMLError, name: str) -> InputError:
    """A syntax error of the parser, as one line."""
    mark = getattr(error, "problem_mark", None)
    where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
    problem = " ".join(str(getattr(error, "problem", None) or error).split())
    context = getattr(error, "context", None)
    hint = f"{context}" if context else "look at the lines above as well: a quote or a ':' is missing"
    return InputError(f"not YAML: {problem}", where=where, hint=hint)
