"""``unfork.toml``: what ``scan`` needs to know, kept beside the series so that nobody types it twice.

The command line wins over the file. A relative path in the file means relative to the file.
"""

import difflib
import re
import tomllib
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from unfork.errors import InputError
from unfork.model.tracker_host import TrackerHost
from unfork.tracker_settings import read_trackers

NAME = "unfork.toml"
PLAN = "unfork-plan"  # the folder for what people decide, beside the file
PLAN_FILE = "plan.yaml"  # in that folder


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of one file; ``None`` for what it does not say."""

    series: str | None = None
    carrier: str | None = None
    upstream: str | None = None
    also: tuple[str, ...] | None = None
    base: str | None = None
    target: str | None = None
    since: str | None = None
    path: tuple[str, ...] | None = None
    specs: str | None = None
    release_pattern: str | None = None
    cache_dir: str | None = None
    plan: str | None = None
    project: str | None = None
    store: str | None = None
    trackers: tuple[TrackerHost, ...] = ()


KEYS = {field.name.replace("_", "-"): field.name for field in fields(Config)}
# May begin with a path that is relative to the file.
_PATHS = ("series", "upstream", "also", "base", "cache_dir", "plan", "specs", "store", "ca", "mirrors")
_MANY = ("also", "path")  # one string or an array of them


def find(start: Path) -> Path | None:
    """The nearest ``unfork.toml`` in ``start`` or above, up to the root of its repository.

    The search ends at a folder with ``.git``: what lies above belongs to somebody else.
    """
    for folder in (start, *start.parents):
        if (folder / NAME).is_file():
            return folder / NAME
        if (folder / ".git").exists():
            return None
    return None


def load(path: Path) -> Config:
    """Read a configuration; raises ``InputError`` naming file and line of the first mistake."""
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise InputError(
            f"cannot read: {error.strerror}", where=str(path), hint="unfork init writes one"
        ) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InputError("not UTF-8", where=f"{path}:{line}", hint="save the file as UTF-8") from error
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+), column \d+\)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        message = re.sub(r" \(at .*\)$", "", str(error))
        raise InputError(f"not TOML: {message}", where=f"{path}:{line}") from error
    checked = {
        KEYS[key]: _checked(path, text, key, value)
        for key, value in values.items()
        if _known(path, text, key)
    }
    return Config(**{name: _placed(path, name, value) for name, value in checked.items()})


def _known(path: Path, text: str, key: str) -> bool:
    """True; raises for a key that has no meaning."""
    if key in KEYS:
        return True
    near = difflib.get_close_matches(key.replace("_", "-"), KEYS, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(KEYS)}"
    raise InputError(f"unknown key {key!r}", where=f"{path}:{_line_of(text, key)}", hint=hint)


def _checked(path: Path, text: str, key: str, value: object) -> Any:
    if key == "trackers":
        return read_trackers(value, lambda name: f"{path}:{_line_of(text, name, nested=True)}")
    if key in _MANY:
        each = value if isinstance(value, list) else [value]
        return tuple(_checked_one(path, text, key, one) for one in each)
    return _checked_one(path, text, key, value)


def _checked_one(path: Path, text: str, key: str, value: object) -> str:
    where = f"{path}:{_line_of(text, key)}"
    if not isinstance(value, str):
        kind = {
            "bool": "a boolean",
            "int": "a number",
            "float": "a number",
            "list": "an array",
            "dict": "a table",
        }
        is_now = kind.get(type(value).__name__, "a date")
        raise InputError(f"{key} is {is_now}, it must be a string", where=where, hint=f'{key} = "..."')
    if not value.strip():
        raise InputError(f"{key} is empty", where=where, hint="give it a value, or take the line out")
    if key == "release-pattern":
        check_pattern(value, where)
    return value


def check_pattern(pattern: str, where: str) -> None:
    """Raise ``InputError`` when a release pattern is no regular expression."""
    try:
        re.compile(pattern)
    except re.error as error:
        raise InputError(f"not a regular expression: {error}", where=where) from error


def _line_of(text: str, key: str, *, nested: bool = False) -> int:
    """The line that sets a key or opens its table, of the top level unless ``nested``: tomllib keeps no
    positions."""
    name = re.escape(key)
    before = r"(?:.*[.{,])?[ \t]*" if nested else ""
    found = re.search(
        rf"""^[ \t]*\[*[ \t]*{before}(?:{name}|"{name}"|'{name}')[ \t]*[=.\]]""", text, re.MULTILINE
    )
    return text.count("\n", 0, found.start()) + 1 if found else 1


def _placed(path: Path, name: str, value: Any) -> Any:
    """A setting as it is meant where we are, of several values each."""
    if name == "trackers":
        return tuple(
            replace(
                host,
                ca=_from_here(path, "ca", host.ca) if host.ca else None,
                mirrors=tuple(_from_here(path, "mirrors", each) for each in host.mirrors),
            )
            for host in value
        )
    if isinstance(value, tuple):
        return tuple(_from_here(path, name, each) for each in value)
    return _from_here(path, name, value)


def _from_here(path: Path, name: str, value: str) -> str:
    """A relative path made relative to where we are; addresses, ``apt:NAME`` and absolute ones stay.

    A series is given as DIR, REPO:BASE..TIP or REPO@REV:DIR: all begin with their path.
    """
    folder = path.parent
    if name == "base" and not value.startswith(("./", "../")) and not (folder / value).is_file():
        return value  # a revision
    if name not in _PATHS or folder in (Path(), Path.cwd()):
        return value
    if value.startswith(("/", "apt:", "pypi:")) or "://" in value or re.match(r"[\w.-]+@[\w.-]+:", value):
        return value
    return f"{folder}/{value}"
