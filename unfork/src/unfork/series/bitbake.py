"""BitBake files taken apart: assignments, includes and shell functions. Nothing of them is run.

Why not oelint-parser, which is alive: it reads files from a disk only and follows includes wherever
they lead, and it leaves open what counts here, in which order the parts of a variable end up.
"""

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass, field

_DEEPEST = 20
_LONGEST = 200_000  # characters of one value
_MOST_INCLUDED = 200

# BitBake's own, lib/bb/parse/parse_py/ConfHandler.py, without flags.
_ASSIGNED = re.compile(
    r"(?:export\s+)?([\w\-+.${}/~:@]+?)\s*(:=|\?\?=|\?=|\+=|=\+|=\.|\.=|=)\s*(?P<quote>['\"])(.*)(?P=quote)\s*",
    re.DOTALL,
)
_INCLUDE = re.compile(r"(?:include|require)\s+(\S+)")
_FUNCTION = re.compile(r"(?:(python)\s+|fakeroot\s+)*([\w.\-+${}:]*)\s*\(\s*\)\s*\{")
_OPERATION = re.compile(r"(.+?)[:_](append|prepend|remove)((?:[:_][a-z0-9][^:]*)*)")
_VARIABLE = re.compile(r"\$\{([^{}@\s]+)\}")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a variable's value, and where it was written."""

    text: str
    where: str  # FILE:LINE
    condition: str = ""  # the overrides it needs, "" for none


@dataclass(slots=True)
class _Value:
    parts: list[Part] = field(default_factory=list)
    is_weak: bool = True  # only defaults were given
    before: list[Part] = field(default_factory=list)
    after: list[Part] = field(default_factory=list)
    removed: list[Part] = field(default_factory=list)
    under: list[Part] = field(default_factory=list)  # values of its overridden forms


@dataclass(frozen=True, slots=True)
class Function:
    """A shell function."""

    name: str
    body: str
    where: str
    line: int  # of the first line of the body


class Data:
    """Variables as the files leave them."""

    def __init__(self, read: Callable[[str, str], tuple[str, str] | None]) -> None:
        """``read`` gives the path and the text of a file that another one includes, or ``None``."""
        self._values: dict[str, _Value] = {}
        self._read = read
        self.functions: list[Function] = []
        self.not_found: list[str] = []  # FILE:LINE NAME of includes
        self.included: set[str] = set()

    def set(self, name: str, text: str) -> None:
        """A variable that bitbake itself sets."""
        self._values[name] = _Value([Part(text, "")], is_weak=False)

    def parse(self, path: str, text: str, *, depth: int = 0) -> None:
        """Take in a file and what it includes, in its order."""
        self.included.add(path)
        self.set("THISDIR", posixpath.dirname(path))
        lines = [line.rstrip() for line in text.split("\n")]
        at = 0
        while at < len(lines):
            start = at
            line = lines[at]
            at += 1
            if line.startswith("#"):
                continue
            function = _FUNCTION.match(line)
            if function is not None:
                end = next((n for n in range(at, len(lines)) if lines[n].startswith("}")), len(lines))
                if not function[1]:
                    body = "\n".join(lines[at:end])
                    self.functions.append(Function(function[2], body, path, at + 1))
                at = end + 1
                continue
            pieces = [line]
            while pieces[-1].endswith("\\") and at < len(lines):
                pieces[-1] = pieces[-1][:-1]
                pieces.append(lines[at])
                at += 1
            self._statement("".join(pieces), path, start + 1, depth)

    def _statement(self, line: str, path: str, number: int, depth: int) -> None:
        include = _INCLUDE.fullmatch(line.strip())
        if include is not None:
            self._include(include[1], path, number, depth)
            return
        assigned = _ASSIGNED.fullmatch(line)
        if assigned is None:
            return
        name, operator, _, text = assigned.groups()
        text = text.replace("${THISDIR}", posixpath.dirname(path))
        if operator == ":=":
            text = self.expand(text)
        self._assign(name, operator, Part(text, f"{path}:{number}"))

    def _include(self, name: str, path: str, number: int, depth: int) -> None:
        wanted = self.expand(name)
        found = self._read(wanted, path) if depth < _DEEPEST and len(self.included) < _MOST_INCLUDED else None
        if found is None:
            said = f"{path}:{number}: {wanted}"
            if said not in self.not_found:
                self.not_found.append(said)
            return
        inner, text = found
        if inner in self.included:
            return  # once is enough for what is asked here, and a cycle ends
        self.parse(inner, text, depth=depth + 1)
        self.set("THISDIR", posixpath.dirname(path))

    def _assign(self, name: str, operator: str, part: Part) -> None:
        name = self.expand(name)
        operation = _OPERATION.fullmatch(name)
        if operation is not None:
            value = self._values.setdefault(operation[1], _Value())
            condition = operation[3].strip(":_").replace(":", ", ")
            part = Part(part.text, part.where, condition)
            {"append": value.after, "prepend": value.before, "remove": value.removed}[operation[2]].append(
                part
            )
            return
        own, _, override = name.partition(":")
        value = self._values.setdefault(own, _Value())
        if override:
            value.under.append(Part(part.text, part.where, override.replace(":", ", ")))
            return
        if operator in ("=", ":="):
            value.parts, value.is_weak = [part], False
        elif operator in ("?=", "??="):
            if not value.parts or (value.is_weak and operator == "??="):
                value.parts, value.is_weak = [part], operator == "??="
        else:
            spaced = Part(f" {part.text} " if operator in ("+=", "=+") else part.text, part.where)
            value.parts = [*value.parts, spaced] if operator in ("+=", ".=") else [spaced, *value.parts]
            value.is_weak = False

    def parts(self, name: str) -> list[Part]:
        """The pieces of a variable in the order they end up in, with those of its overrides last."""
        value = self._values.get(name, _Value())
        return [*reversed(value.before), *value.parts, *value.after, *value.under]

    def removed(self, name: str) -> list[Part]:
        """What is taken out of a variable in the end."""
        return self._values.get(name, _Value()).removed

    def value(self, name: str) -> str | None:
        """The value without what needs an override; ``None``: it is not set."""
        parts = [part.text for part in self.parts(name) if not part.condition]
        return "".join(parts) if parts else None

    def expand(self, text: str) -> str:
        """The text with variables replaced by their values; what is not known stays as written."""
        for _ in range(_DEEPEST):
            done = _VARIABLE.sub(self._known, text)
            if done == text or len(done) > _LONGEST:
                return text
            text = done
        return text

    def _known(self, found: re.Match[str]) -> str:
        value = self.value(found[1])
        return found[0] if value is None else value
