"""The text of ``decisions.toml`` as blocks, one a decision, each with the comments that belong to it.

A comment directly above a block's head is about that block and moves with it. The text is cut here,
and not by a TOML library, because libraries keep no line numbers and give the comments between two
blocks to the wrong one when blocks are sorted.
"""

import re
import tomllib
from dataclasses import dataclass
from typing import Any

from unfork.errors import InputError

_HEAD = re.compile(r"[ \t]*\[\[[ \t]*decision[ \t]*\]\][ \t]*(?:#.*)?\s*")
_MARKER = re.compile(r"(?:<{7}|>{7}|\|{7})(?:\s|$)|={7}\s*$")
_FORM = "each decision is a block that starts with [[decision]]; unfork decide writes them"


@dataclass(frozen=True, slots=True)
class Block:
    """One decision as it stands in the file."""

    body: str  # comments about it, its head and its keys; ends in a line end
    tail: str = ""  # comments after it that are about no other block
    line: int = 0  # of its head; 0: not read from a file
    above: int = 0  # lines of comment before the head

    def line_of(self, key: str) -> int:
        """The line that sets a key; that of the head when none does."""
        for at, line in enumerate(self.body.split("\n")):
            if re.match(rf"""[ \t]*["']?{re.escape(key)}["']?[ \t]*=""", line):
                return self.line - self.above + at
        return self.line


def cut(text: str, path: str) -> tuple[str, list[Block]]:
    """What stands before the first block, and the blocks.

    Raises ``InputError`` for a merge conflict and for anything that is neither block nor comment.
    """
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)  # not splitlines(): a text may hold U+2028
    for number, line in enumerate(lines, 1):
        if _MARKER.match(line):
            raise InputError(
                "a merge conflict is not resolved",
                where=f"{path}:{number}",
                hint="keep the blocks of both sides, take the marks out",
            )
    heads = [at for at, line in enumerate(lines) if _HEAD.fullmatch(line)]
    starts = [_start(lines, at) for at in heads]
    ends = [*starts[1:], len(lines)] if starts else []
    blocks = [_block(lines, *place) for place in zip(starts, heads, ends, strict=True)]
    preamble = "".join(lines[: starts[0]] if starts else lines)
    values = _loads(preamble, path, 1)
    for key in values:
        line = Block(preamble, line=1).line_of(key)
        raise InputError(f"{key!r} stands outside of a decision", where=f"{path}:{line}", hint=_FORM)
    return preamble, blocks


def values_of(block: Block, path: str) -> dict[str, Any]:
    """The keys of a block; raises ``InputError`` when it is no TOML or holds another table."""
    values = _loads(block.body, path, block.line - block.above)
    for key in values:
        if key != "decision":
            raise InputError(f"unknown table {key!r}", where=f"{path}:{block.line}", hint=_FORM)
    found: list[dict[str, Any]] = values["decision"]
    if len(found) != 1:  # a head in a spelling of its own, [["decision"]]
        raise InputError("two decisions in one block", where=f"{path}:{block.line}", hint=_FORM)
    return found[0]


def join(preamble: str, blocks: list[Block]) -> str:
    """The text of a file; blocks stand apart by one blank line."""
    parts = [preamble, *(block.body + block.tail for block in blocks)]
    return "\n".join(part.strip("\r\n") + "\n" for part in parts if part.strip())


def _start(lines: list[str], head: int) -> int:
    """The first line of the comment directly above a head."""
    while head and lines[head - 1].lstrip().startswith("#"):
        head -= 1
    return head


def _block(lines: list[str], start: int, head: int, end: int) -> Block:
    last = end
    while lines[last - 1].strip() == "" or lines[last - 1].lstrip().startswith("#"):
        last -= 1  # ends at the head at the latest
    tail = "".join(lines[last:end])
    body = "".join(lines[start:last])
    body = body if body.endswith("\n") else body + "\n"
    return Block(body, tail if tail.strip() else "", line=head + 1, above=head - start)


def _loads(text: str, path: str, first: int) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+), column \d+\)", str(error))
        line = int(found[1]) if found else max(1, text.count("\n"))
        message = re.sub(r" \(at .*\)$", "", str(error))
        raise InputError(f"not TOML: {message}", where=f"{path}:{first + line - 1}") from error
    except RecursionError as error:
        raise InputError("not TOML that can be read: nested too deep", where=f"{path}:{first}") from error
