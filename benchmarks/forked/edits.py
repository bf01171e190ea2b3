"""What people do to a file: each operation drafts one change of consecutive lines."""

import keyword
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from forked.text import Donors, indent_of, names_in, shifted

_WORDS = re.compile(r"[A-Za-z_]\w{2,}")
_NUMBER = re.compile(r"\b\d+\b")


@dataclass(frozen=True, slots=True)
class Draft:
    """Replace ``count`` lines from place ``at`` (never the first line of a file)."""

    at: int
    count: int
    new: list[str]


class Author:
    """Drafts changes with one source of chance and one pool of real text."""

    def __init__(self, rng: random.Random, donors: Donors) -> None:
        self.rng = rng
        self.donors = donors
        self._operations: list[tuple[Callable[[Sequence[str]], Draft | None], int]] = [
            (self.add_function, 18),
            (self.add_lines, 18),
            (self.change_lines, 26),
            (self.replace_lines, 16),
            (self.delete_lines, 9),
            (self.edit_prose, 9),
            (self.add_import, 4),
        ]

    def draft(self, lines: Sequence[str], *, adds: bool = False) -> Draft | None:
        """Any operation; ``adds``: one that brings lines of its own."""
        some = self._operations[:2] + self._operations[3:4] if adds else self._operations
        operation = self.rng.choices([each for each, _ in some], [weight for _, weight in some])[0]
        found = operation(lines)
        return found if found and found.at > 0 else None

    def add_function(self, lines: Sequence[str]) -> Draft | None:
        """A whole function before another one."""
        places = [at for at, line in enumerate(lines) if re.match(r"\s*(async )?def ", line) and at]
        if not places:
            return None
        at = self.rng.choice(places)
        while at > 1 and lines[at - 1].lstrip().startswith("@"):
            at -= 1
        new = shifted(self.donors.function(), indent_of(lines[at]))
        return Draft(at, 0, [*new, "", *([""] if not indent_of(lines[at]) else [])])

    def add_lines(self, lines: Sequence[str]) -> Draft | None:
        """A few statements among others."""
        at = self._code(lines)
        new = self.donors.block(self.rng.choices((1, 3, 6, 12), (15, 35, 35, 15))[0])
        return Draft(at, 0, shifted(new, indent_of(lines[at])))

    def change_lines(self, lines: Sequence[str]) -> Draft | None:
        """Lines with another name, number or condition, or put under a condition."""
        at = self._code(lines)
        count = min(self.rng.choices((1, 2, 3, 5, 8), (30, 25, 20, 15, 10))[0], len(lines) - at)
        old = list(lines[at : at + count])
        new = [self.reworded(line) if line.strip() and self.rng.random() < 0.8 else line for line in old]
        if self.rng.random() < 0.2:
            indent = " " * indent_of(old[0])
            guard = f"{indent}if {self.donors.word()} is not None and {self.donors.word()}:"
            new = [guard, *("    " + line if line.strip() else line for line in new)]
        return None if new == old else Draft(at, count, new)

    def replace_lines(self, lines: Sequence[str]) -> Draft | None:
        """A stretch written anew."""
        at = self._code(lines)
        count = min(self.rng.choices((1, 3, 6, 10), (25, 40, 25, 10))[0], len(lines) - at)
        new = self.donors.block(self.rng.choices((2, 5, 9, 16), (25, 40, 25, 10))[0])
        return Draft(at, count, shifted(new, indent_of(lines[at])))

    def delete_lines(self, lines: Sequence[str]) -> Draft | None:
        """A stretch taken out."""
        at = self._code(lines)
        count = min(self.rng.choices((1, 3, 7, 15), (20, 40, 25, 15))[0], len(lines) - at)
        return Draft(at, count, []) if len(lines) > 60 else None

    def edit_prose(self, lines: Sequence[str]) -> Draft | None:
        """Comments and docstrings said better."""
        places = [
            at for at, line in enumerate(lines) if at and re.fullmatch(r"\s*[#A-Z][\w ,.'-]{15,}", line)
        ]
        if not places:
            return None
        at = self.rng.choice(places)
        new = [self.rephrased(lines[at])]
        if self.rng.random() < 0.5:
            lead = " " * indent_of(lines[at]) + ("# " if lines[at].lstrip().startswith("#") else "")
            new += [lead + line.lstrip("# ") for line in self.rng.choices(self.donors.prose, k=2)]
        return Draft(at, 1, new) if new[0] != lines[at] else None

    def add_import(self, lines: Sequence[str]) -> Draft | None:
        """One more import beside others."""
        places = [at for at, line in enumerate(lines) if at and line.startswith(("import ", "from "))]
        places = [at for at in places if not lines[at].endswith(("(", "\\"))]
        if not places:
            return None
        return Draft(self.rng.choice(places), 0, [self.rng.choice(self.donors.imports)])

    def reworded(self, line: str) -> str:
        """A line with one thing in it changed."""
        numbers = _NUMBER.findall(line)
        if numbers and self.rng.random() < 0.3:
            return _NUMBER.sub(str(self.rng.randrange(2, 5000)), line, count=1)
        names = [name for name in _WORDS.findall(line) if not keyword.iskeyword(name)]
        if not names:
            return f"{line}  # {self.donors.word()}"
        old = self.rng.choice(names)
        new = (
            self.donors.word()
            if self.rng.random() < 0.6
            else f"{old}_{self.rng.choice(('new', 'ex', 'all'))}"
        )
        return re.sub(rf"\b{re.escape(old)}\b", new, line, count=1)

    def rephrased(self, line: str) -> str:
        """A line of prose with some words exchanged."""
        words = line.strip().split()
        for at in self.rng.sample(range(len(words)), k=max(1, len(words) // 4)):
            if words[at].isalpha():
                words[at] = self.rng.choice(self.rng.choice(self.donors.prose).split())
        return " " * indent_of(line) + " ".join(words)

    def new_file(self) -> list[str]:
        """A small module of functions, much as a new test file."""
        lines = ["import unittest", *self.rng.choices(self.donors.imports, k=2), "", ""]
        for _ in range(self.rng.randint(1, 3)):
            lines += [*self.donors.function(), "", ""]
        return lines[:-2]

    def _code(self, lines: Sequence[str]) -> int:
        """A line that says something and does not begin the file."""
        while True:
            at = self.rng.randrange(1, len(lines))
            if len(lines[at].strip()) > 2:
                return at


def reworked(new: Sequence[str], author: Author) -> list[str]:
    """Added lines as a review leaves them: other names, wording, order, more lines, all line by line."""
    rng = author.rng
    lines = list(new)
    names = [name for name in names_in(lines) if not keyword.iskeyword(name) and len(name) > 3]
    for name in rng.sample(names, k=min(len(names), rng.randint(0, 2))):
        other = author.donors.word()
        lines = [re.sub(rf"\b{re.escape(name)}\b", other, line) for line in lines]
    rate = rng.uniform(0.05, 0.35)
    lines = [author.reworded(line) if line.strip() and rng.random() < rate else line for line in lines]
    if len(lines) > 3 and rng.random() < 0.4:
        at = rng.randrange(len(lines) - 1)
        lines[at], lines[at + 1] = lines[at + 1], lines[at]
    for _ in range(rng.randint(0, max(1, len(lines) // 8))):
        at = rng.randrange(len(lines))
        lines[at:at] = shifted(author.donors.block(rng.randint(1, 3)), indent_of(lines[at]))
    return lines
