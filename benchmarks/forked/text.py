"""Real text to make histories of: the source files of the running interpreter, and functions out of them."""

import random
import re
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_LEAST, _MOST = 2_500, 45_000  # bytes of a file that is taken
_NOT_LIBRARY = {"site-packages", "dist-packages", "__pycache__", "pydoc_data"}
_DEF = re.compile(r"^(\s*)(?:async )?def \w+")
_NAME = re.compile(r"\b[A-Za-z_][A-Za-z0-9_]{3,}\b")
_IMPORT = re.compile(r"(import|from) .*[^(\\]$")
_SHORT, _LONG = 5, 60  # lines of a function that is taken


@dataclass(frozen=True, slots=True)
class Source:
    """One real file."""

    path: str
    lines: tuple[str, ...]


def read_sources() -> list[Source]:
    """Every source file of the library that is neither tiny nor huge, in the order of its path."""
    root = Path(sysconfig.get_paths()["stdlib"])
    found = []
    for path in sorted(root.rglob("*.py")):
        inside = path.relative_to(root)
        if _NOT_LIBRARY.intersection(inside.parts):
            continue
        if not _LEAST <= path.stat().st_size <= _MOST:
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if "\r" in text or "\f" in text:
            continue
        found.append(Source(inside.as_posix(), tuple(text.rstrip("\n").split("\n"))))
    return found


def indent_of(line: str) -> int:
    """How many spaces a line begins with."""
    return len(line) - len(line.lstrip(" "))


def shifted(lines: Sequence[str], indent: int) -> list[str]:
    """Lines moved as a block so that the least indented begins after ``indent`` spaces."""
    least = min((indent_of(line) for line in lines if line.strip()), default=0)
    return [" " * indent + line[least:] if line.strip() else "" for line in lines]


def names_in(lines: Sequence[str]) -> list[str]:
    """The distinct identifiers of some lines, in order of appearance."""
    return list(dict.fromkeys(name for line in lines for name in _NAME.findall(line)))


def _functions(lines: Sequence[str]) -> list[list[str]]:
    found = []
    at = 0
    while at < len(lines):
        if not _DEF.match(lines[at]):
            at += 1
            continue
        indent = indent_of(lines[at])
        end = at + 1
        while end < len(lines) and (not lines[end].strip() or indent_of(lines[end]) > indent):
            end += 1
        body = list(lines[at:end])
        while body and not body[-1].strip():
            body.pop()
        if _SHORT <= len(body) <= _LONG:
            found.append(shifted(body, 0))
        at = end
    return found


class Donors:
    """Functions of files that are not in the tree. Each is given out once, then again only with all
    its longer names changed, so that no two changes are the same by accident of the pool."""

    def __init__(self, sources: Sequence[Source], rng: random.Random) -> None:
        self._rng = rng
        self._all = [function for source in sources for function in _functions(source.lines)]
        imports = {line for source in sources for line in source.lines if _IMPORT.match(line)}
        self.imports = sorted(imports)
        self.words = sorted({name for function in self._all for name in names_in(function)})
        self.prose = [
            line.strip() for source in sources for line in source.lines
            if len(line.split()) > 5 and re.fullmatch(r"\s*[A-Z#][\w ,.'-]+", line)
        ]  # fmt: skip
        self._left: list[list[str]] = []
        self._turn = 0
        self._refill()

    def _refill(self) -> None:
        self._left = list(self._all)
        self._rng.shuffle(self._left)
        self._turn += 1

    def function(self) -> list[str]:
        """A function nobody else gets, not indented."""
        if not self._left:
            self._refill()
        lines = self._left.pop()
        if self._turn == 1:
            return list(lines)
        names = [name for name in names_in(lines) if len(name) > 5]
        swap = {name: self._rng.choice(self.words) for name in names}
        return [_NAME.sub(lambda found: swap.get(found[0], found[0]), line) for line in lines]

    def block(self, count: int) -> list[str]:
        """Some consecutive lines of such a function, none blank at either end."""
        body = self.function()[1:]
        begin = self._rng.randrange(max(1, len(body) - count + 1))
        taken = body[begin : begin + count]
        while taken and not taken[0].strip():
            taken.pop(0)
        while taken and not taken[-1].strip():
            taken.pop()
        return shifted(taken, 0) if taken else self.block(count)

    def word(self) -> str:
        """Any identifier of the library."""
        return self._rng.choice(self.words)
