"""Natural order of patch names: 0002 before 0010, and 0059.07-x after 0059-x."""

import re

_NUMBER = re.compile(r"(\d+(?:\.\d+)*)(.*)", re.DOTALL)
Key = tuple[int, tuple[tuple[int, str], ...], tuple[tuple[int, int, str], ...], str]


def natural(name: str) -> Key:
    """A sort key. A number in front is read like a version; names without one come last."""
    found = _NUMBER.fullmatch(name)
    front = tuple(_digits(part) for part in found[1].split(".")) if found else ()
    rest = found[2] if found else name
    pieces = re.split(r"(\d+)", rest)
    return (0 if found else 1, front, tuple(_piece(piece) for piece in pieces if piece), name)


def _digits(text: str) -> tuple[int, str]:
    """Digits compared by value without making a number of them: a name can have thousands."""
    value = text.lstrip("0")
    return len(value), value


def _piece(text: str) -> tuple[int, int, str]:
    return (0, *_digits(text)) if text.isdigit() else (1, 0, text)
