"""A tree's parts as the plan's types, with errors that name the place and the nearest right word."""

import difflib
import re
import typing
from collections.abc import Iterable
from types import UnionType
from typing import Any, TypeVar

import msgspec

from unfork.errors import InputError
from unfork.planning.tree import Tree

T = TypeVar("T")

_PATH = re.compile(r" - at (?P<key>`key` in )?`\$(?P<path>[^`]*)`$")
_STEP = re.compile(r"\.([\w-]+)|\[(\d+)\]|(\[\.\.\.\])")


def convert(tree: Tree, value: Any, to: type[T], *, owner: Any = None, key: Any = None) -> T:
    """``value``, found in ``tree``, as ``to``. ``owner`` and ``key``: the entry that holds it.

    Raises ``InputError`` naming file, line and column. Types are checked by msgspec; what it cannot
    know are the places, so its path is walked again.
    """
    try:
        return msgspec.convert(value, to, strict=False)
    except msgspec.ValidationError as error:
        raise _explained(str(error), tree, value, to, (owner, key)) from error


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint: the known word that is nearest, or what there is."""
    known = [*known]
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    if near:
        return f"did you mean {near[0]}?"
    if not known:
        return "none is defined"
    shown = ", ".join(known[:12])
    return f"there are {shown}" + (f" and {len(known) - 12} more" if len(known) > 12 else "")


def _explained(message: str, tree: Tree, value: Any, to: Any, outer: tuple[Any, Any]) -> InputError:
    found = _PATH.search(message)
    what = _PATH.sub("", message)
    container, key, kind = _walk(value, to, found["path"] if found else "", outer)
    held = container[key] if container is not None and key is not None else value
    if found and found["key"]:  # it is a key of a dictionary that is wrong
        words = [each.value for each in typing.get_args(kind)[0]]
        word = next(each for each in held if each not in words)
        return InputError(f"unknown key {word!r}", where=tree.where(held, word), hint=nearest(word, words))
    where = tree.where(container, key)
    name = f"{key}: " if isinstance(key, str) else ""
    if unknown := re.match(r"Object contains unknown field `(.*)`", what):
        word = unknown[1]
        return InputError(
            f"unknown key {word!r}", where=tree.where(held, word), hint=nearest(word, _keys(kind))
        )
    if missing := re.match(r"Object missing required field `(.*)`", what):
        return InputError(f"{name}{missing[1]} is missing", where=where, hint=f"add {missing[1]}: ...")
    if re.match("Invalid enum value", what):
        words = [each.value for each in kind]
        return InputError(f"{name}{held!r} is unknown", where=where, hint=nearest(str(held), words))
    if "RFC3339" in what or "date" in what:
        return InputError(f"{name}{held!r} is no date", where=where, hint="write it as 2019-04-12")
    expected = re.match(r"Expected `(.*)`, got `(.*)`", what)
    if expected:
        return InputError(f"{name}{_shape(expected[2])}, it must be {_shapes(expected[1])}", where=where)
    return InputError(f"{name}{what}", where=where)


def _walk(value: Any, kind: Any, path: str, outer: tuple[Any, Any]) -> tuple[Any, Any, Any]:
    """The container, the key in it and the wanted type of what a path of msgspec leads to."""
    container, key = outer
    for step in _STEP.finditer(path):
        kind = _strip(kind)
        if step[1] is not None:
            kind = typing.get_type_hints(kind)[step[1].replace("-", "_")]
            container, key = value, step[1]
        elif step[2] is not None:
            kind = typing.get_args(kind)[0]
            container, key = value, int(step[2])
        else:  # some value of a dictionary: msgspec does not say which
            kind = typing.get_args(kind)[1]
            container, key = value, _first_wrong(value, kind)
        value = container[key]
    return container, key, _strip(kind)


def _first_wrong(value: dict[str, Any], kind: Any) -> str:
    for key, item in value.items():
        try:
            msgspec.convert(item, kind, strict=False)
        except msgspec.ValidationError:
            return key
    return next(iter(value))


def _strip(kind: Any) -> Any:
    """The type that is not ``None`` nor, beside a mapping, plain text."""
    if isinstance(kind, UnionType) or typing.get_origin(kind) is typing.Union:
        inner = [each for each in typing.get_args(kind) if each is not type(None)]
        return next((each for each in inner if each is not str), inner[0])
    return kind


def _keys(kind: Any) -> list[str]:
    return [each.encode_name for each in msgspec.structs.fields(kind)]


def _shape(word: str) -> str:
    return {
        "array": "is a list",
        "object": "is a mapping",
        "str": "is a text",
        "null": "has no value",
    }.get(word, f"is {word}")


def _shapes(words: str) -> str:
    names = {"array": "a list", "object": "a mapping", "str": "a text", "int": "a whole number"}
    return " or ".join(names.get(word, word) for word in words.split(" | ") if word != "null")
