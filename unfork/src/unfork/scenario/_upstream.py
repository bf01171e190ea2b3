"""The upstream history of a scenario: trees, messages and dates, written commit by commit."""

import heapq
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from unfork.errors import InputError
from unfork.git_write import Importer, NewCommit
from unfork.scenario._format import Scenario, Step
from unfork.scenario._graph import Graph
from unfork.scenario._tree import Tree, perform, undo

_FIRST_DAY = 1_704_110_400  # 2024-01-01 12:00 UTC: the first commit; each later one is a day younger
_DAY = 86_400
_UPSTREAM = "Upstream Developer <dev@upstream.example>"
_HASH_OF = re.compile(r"\$\{(\w+)(?::(\d+))?\}")
_TRAILER = re.compile(r"[A-Za-z][\w-]*: |\(cherry picked from ")


@dataclass(frozen=True, slots=True)
class Said:
    """A message and its author, with every name replaced by a hash."""

    subject: str
    body: str
    author: str
    date: int

    @property
    def message(self) -> str:
        """The text git stores."""
        body = self.body.strip("\n")
        return f"{self.subject}\n\n{body}\n" if body else f"{self.subject}\n"


@dataclass(slots=True)
class History:
    """The commits written so far."""

    scenario: Scenario
    graph: Graph
    hashes: dict[str, str] = field(default_factory=dict)
    trees: dict[str, Tree] = field(default_factory=dict)
    said: dict[str, Said] = field(default_factory=dict)
    dates: dict[str, int] = field(default_factory=dict)

    def act(self, step: Step, tree: Tree, *, where: str) -> None:
        """Do to ``tree`` all that a step says, with what it takes and reverts first."""
        for name in step.taken:
            self._act_again(name, tree, where=where)
        if step.revert:
            before = self.trees[self._first_parent(step.revert)]
            undo(self.scenario.commit.get(step.revert, Step()), tree, before, where=where)
        perform(step, tree, where=where)

    def say(self, step: Step, *, author: str, date: int, where: str) -> Said:
        """The message of a step: its own words, or those of what it takes or reverts."""
        subject, body = step.subject, step.body
        if step.taken and step.taken[0] in self.said:
            origin = self.said[step.taken[0]]
            subject, body = subject or origin.subject, body or origin.body
            author, date = origin.author, origin.date
        if step.pick:
            body = _with_trailer(body, f"(cherry picked from commit {self.hashes[step.pick]})")
        if step.revert:
            subject = subject or f'Revert "{self.said[step.revert].subject}"'
            body = f"This reverts commit {self.hashes[step.revert]}.\n\n{body}"
        if not subject:
            raise InputError("a commit needs a subject", where=where)
        who = self.scenario.people.get(step.author, step.author) or author
        when = step.date if step.date is not None else date
        return Said(self.named(subject, where), self.named(body, where), who, when)

    def named(self, text: str, where: str) -> str:
        """``text`` with ``${A}`` replaced by the hash of commit A, ``${A:12}`` by its start."""

        def full(match: re.Match[str]) -> str:
            name, length = match.groups()
            if name not in self.hashes:
                raise InputError(f"there is no commit {name}", where=where)
            return self.hashes[name][: int(length or 40)]

        return _HASH_OF.sub(full, text)

    def _act_again(self, name: str, tree: Tree, *, where: str) -> None:
        step = self.scenario.commit.get(name)
        if step is not None:
            self.act(step, tree, where=where)

    def _first_parent(self, name: str) -> str:
        parents = self.graph.nodes[name].parents
        if not parents:
            raise InputError(f"commit {name} is the first one and cannot be reverted")
        return parents[0]

    def write(self, name: str, importer: Importer, *, date: int, where: str) -> None:
        """Write one commit of the graph; everything it names is written already."""
        node = self.graph.nodes[name]
        tree = dict(self.trees[node.parents[0]]) if node.parents else {}
        for other in self._merged(node.parents):
            self._act_again(other, tree, where=where)
        merged = [self.graph.nodes[parent].branch for parent in node.parents[1:]]
        step = self.scenario.commit.get(name) or Step(subject=f"Merge branch {' and '.join(merged)!r}")
        self.act(step, tree, where=where)
        said = self.say(step, author=_UPSTREAM, date=date, where=where)
        new = NewCommit(
            branch=node.branch,
            parents=tuple(self.hashes[parent] for parent in node.parents),
            author=said.author,
            committer=_UPSTREAM,
            author_date=said.date,
            commit_date=date,
            message=said.message,
            files=tree,
        )
        self.hashes[name] = importer.commit(new)
        self.trees[name], self.said[name], self.dates[name] = tree, said, date

    def _merged(self, parents: tuple[str, ...]) -> list[str]:
        """What a merge brings: the commits of the later parents that the first one lacks."""
        have = self.graph.ancestors(parents[0]) if parents else set()
        brought: list[str] = []
        for parent in parents[1:]:
            new = self.graph.ancestors(parent) - have
            brought += [name for name in self.hashes if name in new]  # in the order written
            have |= new
        return brought


def write_history(
    scenario: Scenario, graph: Graph, importer: Importer, *, where: str, until: str | None = None
) -> History:
    """Write the graph, or only the commits that lead to ``until``, in the order described."""
    history = History(scenario, graph)
    wanted = graph.ancestors(until) if until else set(graph.nodes)
    for number, name in enumerate(_in_order(scenario, graph, where)):
        if name in wanted:
            date = _FIRST_DAY + number * _DAY
            history.write(name, importer, date=date, where=f"{where}, commit {name}")
            for tag in graph.nodes[name].tags:
                importer.tag(tag, history.hashes[name], tagger=_UPSTREAM, date=date)
    return history


def _in_order(scenario: Scenario, graph: Graph, where: str) -> Iterable[str]:
    """Parents, and commits a message names, before what needs them; else as described."""
    needs = {name: _needed(scenario, graph, name) for name in graph.nodes}
    rank = {name: number for number, name in enumerate(scenario.commit)}
    waiting = {name: len(wanted) for name, wanted in needs.items()}
    ready = [(rank.get(name, -1), name) for name, count in waiting.items() if not count]
    heapq.heapify(ready)
    ordered: list[str] = []
    while ready:
        _, done = heapq.heappop(ready)
        ordered.append(done)
        for name, wanted in needs.items():
            if done in wanted:
                waiting[name] -= 1
                if not waiting[name]:
                    heapq.heappush(ready, (rank.get(name, -1), name))
    if len(ordered) < len(graph.nodes):
        stuck = next(name for name in graph.nodes if name not in ordered)
        raise InputError(f"commit {stuck} needs itself", where=where, hint="see take, pick, revert and ${..}")
    return ordered


def _needed(scenario: Scenario, graph: Graph, name: str) -> set[str]:
    needed = set(graph.nodes[name].parents)
    step = scenario.commit.get(name)
    if step is not None:
        needed |= {*step.taken, *([step.revert] if step.revert else [])}
        needed |= {match[1] for match in _HASH_OF.finditer(step.subject + step.body)} & set(graph.nodes)
    return needed


def _with_trailer(body: str, trailer: str) -> str:
    lines = body.rstrip("\n").splitlines()
    join: Callable[[str], str] = ("\n{}" if lines and _TRAILER.match(lines[-1]) else "\n\n{}").format
    return body.rstrip("\n") + join(trailer)
