"""RPM macros replaced by text, as far as that is possible without running anything.

``%(...)`` runs a shell, ``%{lua:...}`` and ``%{expr:...}`` programs: they, macros with arguments and
unknown ones stay as they are written, and the answer says so.
"""

import re

_DEEPEST = 20
_LONGEST = 20_000  # characters of the result
_MOST = 10_000  # replacements for one text: each macro may name another twice
_NAMED = re.compile(r"%(?:%|([A-Za-z_]\w*)|(\{))")
_INSIDE = re.compile(r"(!?\??!?)(\w+)(?::(.*))?", re.DOTALL)


class Macros:
    """Names with their bodies."""

    def __init__(self) -> None:
        self._bodies: dict[str, str] = {}
        self._left = 0

    def define(self, name: str, body: str) -> None:
        """Define or define again."""
        self._bodies[name] = body

    def expand(self, text: str) -> tuple[str, bool]:
        """The text with its macros replaced, and whether all were."""
        self._left = _MOST
        return self._expand(text, 0)

    def _expand(self, text: str, depth: int) -> tuple[str, bool]:
        self._left -= 1
        if depth > _DEEPEST or len(text) > _LONGEST or self._left < 0:
            return text, False
        out: list[str] = []
        at, known, size = 0, True, 0
        while (found := _NAMED.search(text, at)) is not None:
            out.append(text[at : found.start()])
            at = found.end()
            if found[0] == "%%":
                out.append("%")
                continue
            inside = found[1]
            if found[2]:
                end = _closing(text, at)
                if end is None:
                    out.append(found[0])
                    known = False
                    continue
                inside, at = text[at:end], end + 1
            value, is_known = self._value(inside, depth, braced=bool(found[2]))
            out.append(value)
            known = known and is_known
            size += len(value)
            if size > _LONGEST:
                return text, False
        out.append(text[at:])
        return "".join(out), known and "%(" not in text and "%[" not in text

    def _value(self, inside: str, depth: int, *, braced: bool) -> tuple[str, bool]:
        as_written = f"%{{{inside}}}" if braced else f"%{inside}"
        found = _INSIDE.fullmatch(inside)
        if found is None:
            return as_written, False
        flags, name, then = found.groups()
        body = self._bodies.get(name)
        if not flags:
            return (as_written, False) if body is None or then is not None else self._expand(body, depth + 1)
        wants_absent = "!" in flags
        if (body is None) is not wants_absent:
            return "", True
        if then is None:
            return ("", True) if body is None else self._expand(body, depth + 1)
        return self._expand(then, depth + 1)


def _closing(text: str, at: int) -> int | None:
    depth = 1
    for place in range(at, len(text)):
        depth += (text[place] == "{") - (text[place] == "}")
        if depth == 0:
            return place
    return None
