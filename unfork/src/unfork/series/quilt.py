"""The ``series`` file of quilt: names in order, options, comments."""

import difflib
import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass

from unfork.errors import InputError


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a series file. ``problem`` says why its options cannot be followed."""

    line: int  # from 1
    name: str
    strip: int = 1
    problem: str | None = None


def parse_series(data: bytes, where: str) -> list[Listed]:
    """Read a series file; raises ``InputError`` for a name twice or outside the folder."""
    listed: list[Listed] = []
    seen: dict[str, int] = {}
    text = data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    for number, line in enumerate(text.split("\n"), 1):
        words = re.sub(r"(?:^|\s)#.*", "", line.strip()).split()
        if not words:
            continue
        name = posixpath.normpath(words[0])
        if name.startswith(("/", "../")) or name in ("..", "."):
            raise InputError(
                f"{words[0]!r} is outside the folder of the series, expected a name inside",
                where=f"{where}:{number}",
                hint="copy the patch there",
            )
        if name in seen:
            raise InputError(
                f"{name!r} is named twice, first in line {seen[name]}, expected each patch once",
                where=f"{where}:{number}",
                hint="remove one of the two lines",
            )
        seen[name] = number
        strip, problem = _options(words[1:])
        listed.append(Listed(number, name, strip, f"{where}:{number}: {problem}" if problem else None))
    return listed


def _options(words: list[str]) -> tuple[int, str | None]:
    strip, problem = 1, None
    rest = iter(words)
    for word in rest:
        level = next(rest, "") if word == "-p" else word.removeprefix("-p")
        if word.startswith("-p") and re.fullmatch(r"\d{1,2}", level):
            strip = int(level)
        elif word in ("-R", "--reverse"):
            problem = "the option -R is not supported, expected a patch that applies forward; reverse it"
        else:
            problem = f"the option {word!r} is unknown, expected -pN; remove it"
    return strip, problem


def missing(listed: Listed, where: str, names: Iterable[str]) -> InputError:
    """The error for a name that no file has."""
    near = difflib.get_close_matches(listed.name, list(names), n=3, cutoff=0.5)
    return InputError(
        f"the series names {listed.name!r}, but there is no such file",
        where=f"{where}:{listed.line}",
        hint=f"nearest: {', '.join(near)}" if near else "add the file or remove the line",
    )
