"""Texts as cells, and back, the same to the character.

What a cell cannot hold is written as spreadsheet programs write it: a control character as ``_x000D_``.
A text that programs would run as a formula gets an apostrophe in front.
"""

import re

LONGEST = 32767  # characters of a cell in spreadsheet programs
_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)|[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
# https://owasp.org/www-community/attacks/CSV_Injection: what begins a formula in one program or another.
_FORMULA = re.compile("'*[=+\\-@\t\r\uff1d\uff0b\uff0d\uff20]")
_DEFUSED = re.compile("'+[=+\\-@\t\r\uff1d\uff0b\uff0d\uff20]")


def escaped(text: str) -> str:
    """A text without characters that XML and programs do not pass on."""
    return _ESCAPE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def unescaped(text: str) -> str:
    """The text ``escaped`` was given."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def defused(text: str) -> str:
    """A text that no program takes for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def undefused(text: str) -> str:
    """The text ``defused`` was given."""
    return text[1:] if _DEFUSED.match(text) else text
