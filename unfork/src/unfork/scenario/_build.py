"""Makes the repositories and the patch directory a scenario describes. Same text, same hashes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from unfork.errors import InputError
from unfork.git_write import NewCommit, Workshop
from unfork.scenario._format import Carried, Scenario
from unfork.scenario._graph import Graph
from unfork.scenario._upstream import History, write_history

_FORK = "Fork Developer <dev@fork.example>"
_HOUR = 3600
FORK_BRANCH = "fork"


@dataclass(frozen=True, slots=True)
class Built:
    """A scenario on disk."""

    scenario: Scenario
    upstream: Path  # bare repository
    fork: Path  # bare repository: what leads to the base, and the series on branch "fork"
    patches: Path  # one mail a patch, and a "series" file
    files: tuple[Path, ...]  # the patches, in order
    names: tuple[str, ...]  # as the scan calls them: file names, or hashes in a range
    hashes: dict[str, str]  # commit id -> full hash
    series: str  # what the scan is given: ``patches``, or the range in ``fork``
    base: str  # revisions as the scan is given them
    target: str

    def ids(self, shas: list[str]) -> list[str]:
        """The ids of commits, sorted; a hash that is no commit of the graph stays a hash."""
        known = {sha: name for name, sha in self.hashes.items()}
        return sorted(known.get(sha, sha) for sha in shas)


def build(scenario: Scenario, out: Path) -> Built:
    """Write ``upstream.git``, ``fork.git`` and ``patches/`` below ``out``, which must not hold them.

    Raises ``InputError`` where the scenario asks for something that cannot be, such as a change
    of lines that are not there.
    """
    where = scenario.title
    graph = scenario.drawn()
    base = _find(graph, scenario.ask.base, where)
    _find(graph, scenario.ask.target, where)  # a slip in it is better found now than by the scan
    upstream, fork, patches = out / "upstream.git", out / "fork.git", out / "patches"

    workshop = Workshop(upstream)
    workshop.create()
    with workshop.importing() as importer:
        history = write_history(scenario, graph, importer, where=where)

    workshop = Workshop(fork)
    workshop.create()
    made = [history.hashes[base]]
    with workshop.importing() as importer:
        write_history(scenario, graph, importer, where=where, until=base)
        for new in _carried(history, scenario, base):
            made.append(importer.commit(replace(new, parents=(made[-1],))))
    mails = workshop.format_patches(made[0], made[-1], patches / ".mails")
    files = _name_patches(scenario.series, mails, patches)
    (patches / ".mails").rmdir()

    in_range = scenario.ask.carrier == "range"
    return Built(
        scenario=scenario,
        upstream=upstream,
        fork=fork,
        patches=patches,
        files=files,
        names=tuple(made[1:]) if in_range else tuple(path.name for path in files),
        hashes=history.hashes,
        series=f"{fork}:{made[0]}..{FORK_BRANCH}" if in_range else str(patches),
        base=history.hashes.get(scenario.ask.base, scenario.ask.base),
        target=history.hashes.get(scenario.ask.target, scenario.ask.target),
    )


def _find(graph: Graph, revision: str, where: str) -> str:
    """The commit that an id, a tag or a branch names."""
    found = revision if revision in graph.nodes else graph.tagged(revision) or graph.tips.get(revision)
    if found is None:
        raise InputError(f"the graph has no {revision!r}", where=where, hint="name a commit, tag or branch")
    return found


def _carried(history: History, scenario: Scenario, base: str) -> Iterator[NewCommit]:
    """The series as commits, each without its parent; patches given in raw words are no commits."""
    tree = dict(history.trees[base])
    for number, patch in enumerate(scenario.series, 1):
        if patch.raw is not None:
            continue
        where = f"{scenario.title}, patch {number}"
        date = history.dates[base] + number * _HOUR
        history.act(patch, tree, where=where)
        said = history.say(patch, author=_FORK, date=date, where=where)
        yield NewCommit(
            branch=FORK_BRANCH,
            parents=(),
            author=said.author,
            committer=_FORK,
            author_date=said.date,
            commit_date=date,
            message=said.message,
            files=dict(tree),
        )


def _name_patches(series: list[Carried], mails: list[Path], folder: Path) -> tuple[Path, ...]:
    """Give each patch its name, write the raw ones and the ``series`` file."""
    waiting = iter(mails)
    names = []
    for number, patch in enumerate(series, 1):
        slug = re.sub(r"[^A-Za-z0-9]+", "-", patch.subject).strip("-")[:52]
        if patch.raw is not None:
            name = patch.name or f"{number:04d}-{slug or 'raw'}.patch"
            (folder / name).write_bytes(patch.raw.encode("utf-8"))
        else:
            mail = next(waiting)
            name = patch.name or f"{number:04d}{mail.name[4:]}"  # git's own number counts no raw ones
            mail.rename(folder / name)
        names.append(name)
    (folder / "series").write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
    return tuple(folder / name for name in names)
