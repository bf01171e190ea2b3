"""Text as terms to search by: words and identifiers, whole and in their parts, without endings."""

import re
from functools import lru_cache
from typing import Final

from unfork.history import stem

# An identifier stays together over "_" and "-": "hw_vtpm", "live-migration".
_WHOLE: Final = re.compile(r"[^\W_]+(?:[_-][^\W_]+)*")
_PART: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+[0-9]*|[A-Z]+[0-9]*|[^\W\d_]+|\d+")
_LONGEST: Final = 64  # characters: what is longer is an encoded blob, and no word
_SAY_NOTHING: Final = frozenset(
    re.findall(
        r"\w+",
        """a an and any are as at be been but by can could did do does during each else for from had has have
        here how if in into is it its may might more no not now of on only or other our should so some such
        than that the their them then there these they this those to too us use used uses using via was we
        were what when where which while who why will with would you your
        none true false self cls def class return import elif raise except try pass lambda assert print args
        kwargs int str len dict list null void const static struct char
        add adds added change changed changes fix fixes fixed make makes support test tests""",
    )
)
# Lines of a message that name people and numbers: these are joined by identifiers(), not by words.
_TRAILER: Final = re.compile(
    r"^[ \t]*(?:change-id|signed-off-by|co-authored-by|reviewed-by|acked-by|tested-by|depends-on"
    r"|(?:\w+-)?bug|(?:partially-)?implements?|cherry[- ]picked|conflicts)\b.*$",
    re.IGNORECASE | re.MULTILINE,
)


def words(text: str) -> list[str]:
    """The words of a text in order; an identifier is one."""
    found: list[str] = _WHOLE.findall(text)
    return found


@lru_cache(maxsize=1 << 16)  # most words of a text have been there before: ten times faster
def terms_of(word: str) -> tuple[tuple[str, str], ...]:
    """The terms of one word, each with the spelling it has there: the word whole, where it has parts,
    and the parts that say something."""
    if len(word) > _LONGEST:
        return ()
    parts = _PART.findall(word)
    whole = [(word.casefold(), word)] if len(parts) > 1 else []
    return (*whole, *((stem(low), part) for part in parts if _says(low := part.casefold())))


def _says(word: str) -> bool:
    return len(word) > 1 and word not in _SAY_NOTHING and not (word.isdigit() and len(word) < 3)


def prose(message: str) -> str:
    """A message without its trailers."""
    return _TRAILER.sub("", message)


def shown(path: str) -> str:
    """A path as text that can be kept and printed: bytes that are not UTF-8 become a mark."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
