"""Values of columns put together to what a plan's file holds of an item."""

from collections.abc import Mapping
from typing import Any

import msgspec

from unfork.errors import InputError
from unfork.model.plan import Item
from unfork.planning.sheet.columns import FIELDS


def mapping_of(values: Mapping[tuple[str, ...], Any]) -> dict[str, Any]:
    """An item's mapping, without what is empty or means nothing, in the order of the columns."""
    made: dict[str, Any] = {}
    for field in FIELDS:
        value = values.get(field.path)
        if value is None or value == [] or value == field.default:
            continue
        inner = made
        for key in field.path[:-1]:
            inner = inner.setdefault(key, {})
        inner[field.path[-1]] = value
    return made


def item_of(values: Mapping[tuple[str, ...], Any], where: str = "") -> Item:
    """The item; raises ``InputError`` when what belongs together is not all there."""
    try:
        return msgspec.convert(mapping_of(values), Item, strict=False)
    except msgspec.ValidationError as error:
        raise InputError(_said(str(error)), where=where, hint="fill in what belongs together") from error


def _said(message: str) -> str:
    """``Object missing required field `by` - at `$.agreed```, in words."""
    message = message.replace("Object missing required field ", "").replace("`", "")
    field, _, place = message.partition(" - at $.")
    return f"{place}.{field} is missing" if place else f"{field} is missing"
