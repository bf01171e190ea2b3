"""The lines of an edited proposal, read one by one; every error names its line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from unfork.errors import InputError
from unfork.model import Person
from unfork.series import unquoted
from unfork.unsquashing.writing import VERSION

_LARGEST = 256 * 2**20  # bytes of a proposal; it shows the patch, which has 64 MB at most
_PERSON = re.compile(r"(?P<name>[^<>]*?)\s*<(?P<email>[^<>]*)>")
_HUNK = re.compile(r"(?P<number>\d{1,6})(?:\s+lines\s+(?P<rows>[\d,\s-]*\d))?\s+(?P<path>\S.*)")
_MOST_ROWS = 1_000_000
_WORDS = ("part", "from", "author", "date", "hunk", "header", "file")


@dataclass(frozen=True, slots=True)
class Take:
    """One line that gives something to a part."""

    at: int  # line number in the proposal
    what: str  # "hunk", "header", "file"
    path: str
    hunk: int = 0  # from 1
    rows: tuple[int, ...] | None = None  # from 0; None: all


@dataclass(slots=True)
class PartRead:
    """A part as the proposal has it."""

    at: int
    title: str
    source: str = ""
    author: Person | None = None
    date: int | None = None
    message: list[str] = field(default_factory=list)
    takes: list[Take] = field(default_factory=list)


@dataclass(slots=True)
class ProposalRead:
    """A whole proposal before it is held against its patch."""

    where: str
    patch: str = ""
    id: str = ""
    series: str = ""
    parts: list[PartRead] = field(default_factory=list)


def read_text(path: Path) -> ProposalRead:
    """Read a proposal's file; raises ``InputError`` with the line for what is no proposal."""
    found = ProposalRead(str(path))
    lines = _lines(_text(path))
    at, *first = next(lines, (1, "", ""))
    if first != ["unsquash", VERSION]:
        raise InputError(
            f"is no proposal of this version, expected 'unsquash {VERSION}' as its first line",
            where=f"{path}:{at}",
            hint="unfork unsquash PATCH writes one",
        )
    for at, word, rest in lines:
        _read_line(found, f"{path}:{at}", at, word, rest)
    for name in ("patch", "id"):
        if not getattr(found, name):
            raise InputError(
                f"has no line '{name} ...'", where=str(path), hint="unfork unsquash PATCH writes it"
            )
    if not found.parts:
        raise InputError("has no part", where=str(path), hint="'part TITLE' begins one")
    return found


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            raise InputError("is too large for a proposal", where=str(path))
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("is not UTF-8", where=str(path), hint="save it as UTF-8") from error
    except OSError as error:
        raise InputError(f"cannot read: {error.strerror or error}", where=str(path)) from error


def _read_line(found: ProposalRead, here: str, at: int, word: str, rest: str) -> None:
    if word in ("patch", "id", "series") and not found.parts:
        if not rest or getattr(found, word):
            raise InputError(f"{word} is {'empty' if not rest else 'named twice'}", where=here)
        setattr(found, word, rest)
    elif word == "part":
        if not rest:
            raise InputError("the part has no title", where=here, hint="write 'part TITLE'")
        found.parts.append(PartRead(at, rest))
    elif not found.parts:
        raise InputError(
            f"{_shortened(word)!r} stands before the first part", where=here, hint="'part TITLE' begins one"
        )
    else:
        _read_part_line(found.parts[-1], here, at, word, rest)


def _lines(text: str) -> Iterator[tuple[int, str, str]]:
    for at, line in enumerate(text.split("\n"), 1):
        line = line.rstrip("\r")
        if line.startswith(">"):
            yield at, ">", line[1:].removeprefix(" ").rstrip()
        elif line.strip() and not line.startswith(("#", "|")):
            word, _, rest = line.strip().partition(" ")
            yield at, word, rest.strip()


def _read_part_line(part: PartRead, here: str, at: int, word: str, rest: str) -> None:
    if word == ">":
        part.message.append(rest)
    elif word == "from":
        part.source = rest
    elif word == "author":
        part.author = _person(rest, here)
    elif word == "date":
        part.date = _date(rest, here)
    elif word in ("header", "file"):
        part.takes.append(Take(at, word, _path(rest, here)))
    elif word == "hunk":
        found = _HUNK.fullmatch(rest)
        if found is None:
            raise InputError(
                f"cannot read {_shortened(rest)!r}",
                where=here,
                hint="hunk N PATH, or hunk N lines 1-3,7 PATH",
            )
        rows = _rows(found["rows"], here) if found["rows"] else None
        part.takes.append(Take(at, word, _path(found["path"], here), int(found["number"]), rows))
    else:
        raise InputError(
            f"{_shortened(word)!r} means nothing here",
            where=here,
            hint=f"lines begin with {', '.join(_WORDS)}, >, | or #",
        )


def _rows(text: str, here: str) -> tuple[int, ...]:
    rows: list[int] = []
    for span in text.split(","):
        first, dash, last = (each.strip() for each in span.partition("-"))
        ends = (first, last if dash else first)
        if not all(each.isdecimal() and len(each) < 8 for each in ends) or not 0 < int(ends[0]) <= int(
            ends[1]
        ):
            raise InputError(f"{_shortened(text)!r} are no line numbers", where=here, hint="as in 1-3,7")
        if int(ends[1]) - int(ends[0]) + len(rows) > _MOST_ROWS:
            raise InputError("names more lines than any hunk has", where=here)
        rows += range(int(ends[0]) - 1, int(ends[1]))
    return tuple(rows)


def _path(text: str, here: str) -> str:
    path = unquoted(text) if text else None
    if not path:
        raise InputError(f"{_shortened(text)!r} is no file's name", where=here, hint="as the | lines show it")
    return path


def _person(text: str, here: str) -> Person:
    found = _PERSON.fullmatch(text)
    if found is None and ("<" in text or ">" in text or not text):
        raise InputError(f"{_shortened(text)!r} is no author", where=here, hint="author NAME <MAIL>")
    return Person(found["name"], found["email"]) if found else Person(text, "")


def _date(text: str, here: str) -> int:
    try:
        when = datetime.fromisoformat(text)
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        return int(when.timestamp())
    except (ValueError, OverflowError) as error:
        raise InputError(
            f"{_shortened(text)!r} is no date", where=here, hint="as 2018-11-13T09:30:00Z"
        ) from error


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"
