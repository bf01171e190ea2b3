"""The ``[trackers]`` of ``unfork.toml``: servers beside those that are known, or known ones set otherwise."""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any
from urllib.parse import urlsplit

from unfork.errors import InputError
from unfork.model.tracker_host import TrackerHost, TrackerKind

_KEYS = {field.name.replace("_", "-"): field.name for field in fields(TrackerHost) if field.name != "name"}
_MANY = ("also", "mirrors")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?", re.I)
_LIMIT = re.compile(r"[1-9]\d{0,5}\s*/\s*(?:second|minute|hour)")
_MOST_AT_A_TIME = 32


def read_trackers(table: object, where: Callable[[str], str]) -> tuple[TrackerHost, ...]:
    """The hosts of the table; ``where`` names file and line of a key. Raises ``InputError``."""
    if not isinstance(table, Mapping):
        raise InputError(
            "trackers is no table", where=where("trackers"), hint='[trackers."review.example.org"]'
        )
    return tuple(_host(name, values, where) for name, values in table.items())


def _host(name: str, values: object, where: Callable[[str], str]) -> TrackerHost:
    if not isinstance(values, Mapping):
        raise InputError(
            f"trackers.{name} is no table", where=where(name), hint=f'[trackers."{name}"], quoted'
        )
    if not _HOST.fullmatch(name):
        raise InputError(
            f"{name!r} is no host", where=where(name), hint='name it as addresses do: "review.example.org"'
        )
    return TrackerHost(
        name.lower(), **{_KEYS[key]: _value(key, values[key], where) for key in _known(values, where)}
    )


def _known(values: Mapping[str, object], where: Callable[[str], str]) -> list[str]:
    for key in values:
        if key not in _KEYS:
            near = difflib.get_close_matches(key.replace("_", "-"), _KEYS, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(_KEYS)}"
            if "token" in key or "password" in key:
                hint = "a secret does not belong into this file: token-env names a variable with it"
            raise InputError(f"unknown key {key!r} of a tracker", where=where(key), hint=hint)
    return [*values]


def _value(key: str, value: object, where: Callable[[str], str]) -> Any:
    """A setting, checked."""
    problem, right = _CHECKS.get(key, _text)(value)
    if problem:
        raise InputError(f"{key} {problem}", where=where(key), hint=right.replace("KEY", key))
    if key == "kind":
        return TrackerKind(str(value))
    if key in _MANY:
        return tuple(value) if isinstance(value, list) else (value,)
    return value


# What is wrong with a value (empty: nothing), and how it is written.
def _text(value: object) -> tuple[str, str]:
    is_text = isinstance(value, str) and value.strip()
    return ("" if is_text else "is no string"), 'KEY = "..."'


def _texts(value: object) -> tuple[str, str]:
    each = value if isinstance(value, list) else [value]
    fits = all(isinstance(one, str) and one for one in each)
    return ("" if fits else "is no list of strings"), 'KEY = ["..."]'


def _flag(value: object) -> tuple[str, str]:
    return ("" if isinstance(value, bool) else "is not true or false"), "KEY = true"


def _count(value: object) -> tuple[str, str]:
    fits = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= _MOST_AT_A_TIME
    return ("" if fits else f"is no number from 1 to {_MOST_AT_A_TIME}"), "KEY = 4"


def _kind(value: object) -> tuple[str, str]:
    return ("" if value in [*TrackerKind] else f"is unknown: {value!r}"), f"one of {', '.join(TrackerKind)}"


def _limit(value: object) -> tuple[str, str]:
    fits = isinstance(value, str) and _LIMIT.fullmatch(value)
    return ("" if fits else f"is no limit: {value!r}"), 'KEY = "300/minute", or /second, or /hour'


def _address(value: object) -> tuple[str, str]:
    right = 'KEY = "https://review.example.org/r"'
    try:
        parts = urlsplit(str(value))
        _ = parts.port
    except ValueError:
        return f"is no address: {value!r}", right
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return f"is no address: {value!r}", right
    if "@" in parts.netloc:
        return "has a name or a password in it", "user names who asks, token-env the variable with the token"
    return "", right


_CHECKS: Mapping[str, Callable[[object], tuple[str, str]]] = {
    "default": _flag,
    "concurrency": _count,
    "also": _texts,
    "mirrors": _texts,
    "kind": _kind,
    "limit": _limit,
    "api": _address,
}
