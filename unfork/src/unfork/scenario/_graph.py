"""Reads the drawing of a commit graph: one line a branch, commits from left to right.

    master:     A(1.0.0) - B - M - C(1.1.0)
    topic:      A - T1 - T2 - M
    stable/1.0: A - S1(1.0.1)

A branch may start at a commit of a line above it, and may end in one: that one is then a merge,
with the line it was first drawn on as its first parent. Tags stand in parentheses. A line that
starts with a dash goes on with the line above.
"""

import re
from dataclasses import dataclass

from unfork.errors import InputError

_COMMIT = re.compile(r"(\w+)(?:\(([^()]*)\))?")
_BRANCH = re.compile(r"([\w./+-]+):\s*(.*)")


@dataclass(frozen=True, slots=True)
class Node:
    """One drawn commit."""

    id: str
    branch: str  # the line it was first drawn on
    parents: tuple[str, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """All drawn commits, in the order they were first drawn, and the tip of each branch."""

    nodes: dict[str, Node]
    tips: dict[str, str]

    def ancestors(self, tip: str) -> set[str]:
        """The commits reachable from ``tip``, itself included."""
        found: set[str] = set()
        todo = [tip]
        while todo:
            at = todo.pop()
            if at not in found:
                found.add(at)
                todo.extend(self.nodes[at].parents)
        return found

    def tagged(self, tag: str) -> str | None:
        """The commit that carries a tag."""
        return next((node.id for node in self.nodes.values() if tag in node.tags), None)


def parse_graph(text: str, *, where: str) -> Graph:
    """Read the drawing; raises ``InputError`` that names the line that cannot be read."""
    branches: dict[str, str] = {}
    parents: dict[str, list[str]] = {}
    tags: dict[str, tuple[str, ...]] = {}
    tips: dict[str, str] = {}
    for branch, chain in _lines(text, where):
        before: str | None = None
        for position, (name, its_tags) in enumerate(chain):
            new = name not in branches
            if new:
                branches[name], parents[name], tags[name] = branch, [], ()
                tips[branch] = name
            elif position not in (0, len(chain) - 1):
                what = f"commit {name} is drawn twice: it may only begin or end another line"
                raise InputError(what, where=f"{where}, branch {branch}")
            if before is not None:
                parents[name].append(before)
            tags[name] += its_tags
            tips.setdefault(branch, name)
            before = name
    nodes = {name: Node(name, branch, tuple(parents[name]), tags[name]) for name, branch in branches.items()}
    return Graph(nodes, tips)


def _lines(text: str, where: str) -> list[tuple[str, list[tuple[str, tuple[str, ...]]]]]:
    joined = re.sub(r"\n\s*-", " -", text)
    found = []
    for line in filter(None, map(str.strip, joined.splitlines())):
        match = _BRANCH.fullmatch(line)
        if match is None:
            raise InputError(f"not a branch line: {line!r}", where=where, hint="write 'master: A - B'")
        branch, drawn = match.groups()
        found.append((branch, [_commit(part, where) for part in re.split(r"\s-+\s", drawn)]))
    if not found:
        raise InputError("the graph is empty", where=where, hint="draw at least 'master: A'")
    return found


def _commit(part: str, where: str) -> tuple[str, tuple[str, ...]]:
    match = _COMMIT.fullmatch(part.strip())
    if match is None:
        raise InputError(f"not a commit: {part.strip()!r}", where=where, hint="write 'A' or 'A(1.0.0)'")
    name, tags = match.groups()
    return name, tuple(filter(None, (tag.strip() for tag in (tags or "").split(","))))
