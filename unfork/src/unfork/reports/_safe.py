"""Text from patches made safe to show. Subjects, names and lines are written by strangers."""

import unicodedata
from typing import Final

# White space that str.isprintable() refuses and that is harmless as a plain space.
_SPACES: Final = {"Zs"}


def printable(text: str) -> str:
    """``text`` with everything a terminal or a browser could act on written out.

    Control characters, terminal escapes, characters that turn the direction of writing around or
    have no width, line separators and undecodable bytes become ``\\x1b``, ``\\u202e`` and the like;
    so the result is one line, valid Unicode, and reads as it was stored.
    """
    if text.isprintable():  # false exactly for the categories C*, Zl, Zp and spaces but " "
        return text
    return "".join(char if char.isprintable() else _written_out(char) for char in text)


def code_line(text: str) -> str:
    """A line of code made safe: as ``printable``, but tabs become spaces to the next eighth column."""
    return printable(text.expandtabs(8) if "\t" in text else text)


def valid(text: str) -> str:
    """``text`` as valid Unicode: undecodable bytes, kept as lone surrogates, are written out."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _written_out(char: str) -> str:
    if unicodedata.category(char) in _SPACES:
        return " "
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # surrogateescape: the byte itself
        return f"\\x{code - 0xDC00:02x}"
    if code <= 0xFF:
        return {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(char, f"\\x{code:02x}")
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
