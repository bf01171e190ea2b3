"""File names in diffs: quoting, leading parts, and names that must not be written to.

Names are ``bytes`` while they are read and ``str`` (UTF-8, ``surrogateescape``) in the model.
"""

import re

LONGEST = 4096  # bytes; PATH_MAX on Linux
_LONGEST_DATE = 120  # bytes of a timestamp, or of svn's "(revision 12)", with the spaces before it

_ESCAPES = {
    ord("a"): 7, ord("b"): 8, ord("t"): 9, ord("n"): 10, ord("v"): 11, ord("f"): 12, ord("r"): 13,
    ord('"'): ord('"'), ord("\\"): ord("\\"),
}  # fmt: skip
_LETTERS = {value: key for key, value in _ESCAPES.items()}
_PLAIN = re.compile(rb"[A-Za-z0-9_./+@,=~%-]*")
_DATE_AFTER_SPACE = re.compile(
    rb"[ ]+(?:\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?(?:[+-]\d\d:?\d\d|Z|UTC))?"
    rb"|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}"
    rb"|\((?:revision|working copy|nonexistent)[^()]{0,80}\))$"
)
# The names Windows and git take for ".git"; git itself refuses them (protectNTFS).
_DOT_GIT = re.compile(r"(?:\.git|git~1)[ .]*(?:[:].*)?", re.IGNORECASE | re.DOTALL)
_DOT_GITMODULES = re.compile(r"(?:\.gitmodules|gitmod~\d|gi7eba~\d).*", re.IGNORECASE | re.DOTALL)
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")


def decode(name: bytes) -> str:
    """The model's form of a name; ``encode`` is its inverse."""
    return name.decode("utf-8", "surrogateescape")


def encode(name: str) -> bytes:
    """The bytes of a name of the model."""
    return name.encode("utf-8", "surrogateescape")


def unquote(text: bytes) -> tuple[bytes, int] | None:
    """Read a C-quoted name at the start of ``text``: its bytes and where it ends, or ``None``."""
    out = bytearray()
    at = 1
    text = text[: 16 * LONGEST]  # each byte can take four; no name is longer
    while at < len(text):
        char = text[at]
        at += 1
        if char == 0x22:  # the closing quote
            return bytes(out), at
        if char != 0x5C:
            out.append(char)
            continue
        escape = text[at : at + 1]
        if escape and escape[0] in _ESCAPES:
            out.append(_ESCAPES[escape[0]])
            at += 1
        elif re.fullmatch(rb"[0-3][0-7]{2}", octal := text[at : at + 3]):
            out.append(int(octal, 8))
            at += 3
        else:
            return None
    return None


def quote(name: bytes) -> bytes:
    """A name as git would write it, in quotes where a reader could misread it."""
    if _PLAIN.fullmatch(name):
        return name
    out = bytearray(b'"')
    for byte in name:
        if byte in _LETTERS:
            out += b"\\" + bytes([_LETTERS[byte]])
        elif byte < 0x20 or byte >= 0x7F:
            out += b"\\%03o" % byte
        else:
            out.append(byte)
    return bytes(out + b'"')


def quoted(name: str) -> str:
    """``quote`` for a name of the model."""
    return quote(encode(name)).decode("ascii")


def unquoted(text: str) -> str | None:
    """The name that ``quoted`` wrote; ``None`` for one whose quotes are broken."""
    if not text.startswith('"'):
        return text
    found = unquote(text.encode("utf-8", "surrogateescape"))
    return decode(found[0]) if found is not None and found[1] == len(text.encode("utf-8")) else None


def header_name(text: bytes) -> bytes:
    """The name in what follows ``--- ``, ``+++ `` or ``rename from ``: timestamps are cut off."""
    if text.startswith(b'"'):
        quoted = unquote(text)
        if quoted is not None:
            return quoted[0]
    if b"\t" in text:
        return text.split(b"\t", 1)[0]
    end = max(len(text) - _LONGEST_DATE, 0)  # searched from here, for a hostile line of spaces
    return text[:end] + _DATE_AFTER_SPACE.sub(b"", text[end:])


def strip_parts(name: bytes, parts: int) -> bytes | None:
    """A name without its first ``parts`` directories, as ``patch -pN``; ``None`` if it has fewer.

    Doubled slashes count as one and ``.`` parts inside are removed, as GNU patch does.
    """
    if parts == 0 and name.startswith(b"/"):
        return name
    pieces = re.sub(rb"/+", b"/", name).split(b"/")
    if len(pieces) <= parts:
        return None
    return b"/".join(piece for piece in pieces[parts:] if piece != b".")


def same_name(rest: bytes, parts: int) -> bytes | None:
    """The one name in ``a/NAME b/NAME`` (what follows ``diff --git``), or ``None`` when they differ."""
    if len(rest) > 4 * LONGEST:
        return None
    if b'"' in rest:
        first, second = _split_quoted(rest)
        old, new = strip_parts(first, parts), strip_parts(second, parts)
        return old if old == new else None
    spaces = [found.start() for found in re.finditer(b" ", rest)]
    middle = len(rest) // 2  # where the space is unless the two prefixes differ in length
    spaces.sort(key=lambda at: abs(at - middle))
    for at in spaces[:16]:  # a hostile line has thousands
        old = strip_parts(rest[:at], parts)
        if old and strip_parts(rest[at + 1 :], parts) == old:
            return old
    return None


def _split_quoted(rest: bytes) -> tuple[bytes, bytes]:
    if rest.startswith(b'"'):
        quoted = unquote(rest)
        if quoted is None:
            return rest, b""
        return quoted[0], header_name(rest[quoted[1] :].lstrip(b" "))
    first, _, second = rest.partition(b' "')
    return first, header_name(b'"' + second)


def refusal(path: str, *, symlink: bool = False) -> str | None:
    """Why a path must not be touched, or ``None`` for a good one.

    Everything git's own ``verify_path`` refuses is refused here, so that one hostile patch
    cannot end a ``git apply`` that judges hundreds.
    """
    if not path or path.endswith("/"):
        return "is no file name"
    if len(encode(path)) > LONGEST:
        return f"is longer than {LONGEST} bytes"
    if "\0" in path:
        return "has a NUL byte"
    if path[0] in "/\\" or _DRIVE.match(path):
        return "is absolute"
    for part in re.split(r"[/\\]", path):
        if part == "..":
            return "leaves the tree"
        if _DOT_GIT.fullmatch(part):
            return "is inside .git"
        if symlink and _DOT_GITMODULES.fullmatch(part):
            return "makes .gitmodules a symbolic link"
    if "" in path.split("/") or "." in path.split("/"):
        return "has an empty part"
    return None
