"""How patches of a series are called: by hash, by subject, and by the number of their file."""

import re
from collections.abc import Sequence

from unfork.model import Patch

_NUMBER = re.compile(r"^(\d+(?:\.\d+)*)[a-z]?[-_. ]")
_BRACKETS = re.compile(r"^(?:\[[^\]]*\]\s*)+")
_SHORTEST = 7  # hex digits that name a commit


class Names:
    """The patches of a series by what others call them."""

    def __init__(self, patches: Sequence[Patch]) -> None:
        self._hashes = [(patch.sha, number) for number, patch in enumerate(patches) if patch.sha]
        self._heads: dict[str, list[tuple[str, int]]] = {}
        for sha, number in self._hashes:
            self._heads.setdefault(sha[:_SHORTEST], []).append((sha, number))
        self._subjects: dict[str, list[int]] = {}
        for number, patch in enumerate(patches):
            if patch.subject:
                self._subjects.setdefault(plain(patch.subject), []).append(number)

    def by_hash(self, short: str, *, before: int | None = None) -> int | None:
        """The first patch made from a commit of this full or abbreviated hash."""
        short = short.lower()
        if len(short) < _SHORTEST:
            return None
        for sha, number in self._heads.get(short[:_SHORTEST], ()):
            if sha.startswith(short) and (before is None or number < before):
                return number
        return None

    def by_subject(self, subject: str, *, before: int | None = None) -> int | None:
        """The last patch of this subject (of several versions the newest is meant)."""
        numbers = self._subjects.get(plain(subject), ())
        return next((each for each in reversed(numbers) if before is None or each < before), None)


def plain(subject: str) -> str:
    """A subject as it is compared: no tags in brackets, no case, no last full stop."""
    return " ".join(_BRACKETS.sub("", subject).lower().rstrip(".: ").split())


def file_number(name: str) -> str | None:
    """``0059.07`` of ``0059.07-SR-IOV-Revert.patch``; ``None`` for a name without a number."""
    found = _NUMBER.match(name)
    return found[1] if found else None


def whole_number(number: str) -> str | None:
    """The number of the file a dotted one is a part of: ``0059`` of ``0059.07``; else ``None``."""
    return number.split(".")[0] if "." in number else None
