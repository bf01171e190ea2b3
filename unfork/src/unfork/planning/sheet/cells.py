"""Values of an item as cells, and back.

A list is a cell with an entry a line: a text as it is, a mapping as YAML writes it in braces. A text that a
cell could not show for what it is, an empty one or one with an end of a line in a list, is in quotes.
"""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import msgspec

from unfork.errors import InputError
from unfork.model.plan import Item
from unfork.planning.convert import convert, nearest
from unfork.planning.sheet.columns import FIELDS, Field
from unfork.planning.tree import parse_tree
from unfork.sheets import Cell, ColumnKind

_SAFE = re.compile(r"(?!(?:null|~)\Z)[\w./@+~][\w./@+~=&%()#-]*(?::[\w./@+~=&%()#-]+)*")
_DOTS = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})\.?")
_SLASHES = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})")


def cells_of(item: Item) -> list[str]:
    """The item's cells, in the order of the columns without the first."""
    values = msgspec.to_builtins(item)
    return [_cell(field, _at(values, field.path)) for field in FIELDS]


def _at(values: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        values = values.get(key) if values is not None else None
    return values


def _cell(field: Field, value: Any) -> str:
    if value is None:
        return ""
    if field.column.kind is ColumnKind.LINES:
        return "\n".join(map(_line, value))
    return _quoted(value) if field.column.kind is ColumnKind.TEXT else str(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False) if not text or _unquoted(text) != text else text


def _unquoted(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == '"':
        try:
            held = json.loads(text)
        except ValueError:
            return text
        return held if isinstance(held, str) else text
    return text


def _line(entry: Any) -> str:
    if isinstance(entry, Mapping):
        pairs = (f"{key}: {_scalar(str(value))}" for key, value in entry.items() if value is not None)
        return f"{{{', '.join(pairs)}}}"
    text = str(entry)
    plain = text and text == text.strip() and text[0] != "{" and len(text.splitlines()) == 1
    return _quoted(text) if plain else json.dumps(text, ensure_ascii=True)


def _scalar(text: str) -> str:
    """A text as YAML has it in braces. YAML knows JSON's escapes but for those in two halves."""
    if _SAFE.fullmatch(text):
        return text
    inner = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(each if each.isprintable() else f"\\U{ord(each):08x}" for each in inner) + '"'


def value_of(field: Field, cell: Cell, where: str) -> Any:
    """What a cell says, as a plan's file holds it: a text, a date, a list, ``None`` for an empty cell.

    Raises ``InputError`` naming the cell.
    """
    if cell.problem is not None:
        hint = "write its value: copy the cell, then paste the value alone"
        if cell.number:
            hint = "format the column as text, then write it again"
        raise InputError(f"{field.name}: {cell.text!r} {cell.problem}", where=where, hint=hint)
    if not cell.text.strip():
        return None
    kind = field.column.kind
    if kind is ColumnKind.DATE:
        return _day(field, cell, where)
    if cell.day is not None:
        raise InputError(
            f"{field.name}: {cell.text} is a date of the program, a text is expected",
            where=where,
            hint="format the column as text, then write it again",
        )
    if kind is ColumnKind.WORD:
        word = re.sub(r"[\s_]+", "-", cell.text.strip().lower())
        if word not in field.column.words:
            hint = nearest(word, field.column.words)
            raise InputError(f"{field.name}: {cell.text.strip()!r} is unknown", where=where, hint=hint)
        return word
    if kind is ColumnKind.LINES:
        return [_entry(field, line.strip(), where) for line in cell.text.split("\n") if line.strip()]
    return _unquoted(cell.text)


def shown(field: Field, value: Any) -> str:
    """The cell that says ``value``."""
    return field.default if value is None else _cell(field, value)


def _day(field: Field, cell: Cell, where: str) -> date:
    text = cell.text.strip()
    days = days_in(text) if cell.day is None else [cell.day]
    if len(days) != 1:
        what = "may be two days" if days else "is no date"
        raise InputError(f"{field.name}: {text!r} {what}", where=where, hint="write it as 2019-04-12")
    return days[0]


def days_in(text: str) -> list[date]:
    """The days a text may mean: programs write a date as the country of their user does."""
    try:
        return [date.fromisoformat(text)]
    except ValueError:
        pass
    orders: Iterable[tuple[int, int, int]] = ()
    if found := _DOTS.fullmatch(text):
        orders = [(3, 2, 1)]
    elif found := _SLASHES.fullmatch(text):
        orders = [(3, 1, 2), (3, 2, 1)]
    days = set()
    for order in orders:
        if found is not None:
            try:
                days.add(date(*(int(found[part]) for part in order)))
            except ValueError:
                continue
    return sorted(days)


def _entry(field: Field, line: str, where: str) -> Any:
    if not line.startswith("{"):
        return _unquoted(line)
    try:
        tree = parse_tree(line.encode("utf-8"), "cell")
        entry = msgspec.to_builtins(convert(tree, tree.root, field.entry), builtin_types=(date,))
    except InputError as error:
        raise InputError(
            f"{field.name}: {line[:60]!r}: {error.what}", where=where, hint=error.hint or field.column.meaning
        ) from error
    return {key: value for key, value in entry.items() if value is not None}
