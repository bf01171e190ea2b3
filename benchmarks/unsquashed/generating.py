"""Squashes of generated commits, made from the text of Python's standard library.

``connected`` commits do one thing each: a function that is called elsewhere, mostly with a test and
sometimes with an import or a line in a manual. ``scattered`` ones are those of ``forks.py``: one to four
edits in one to three files that have nothing to do with each other but their files.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from forked.carried import Kind, Maker, person, subject_of
from forked.edits import Author
from forked.text import Donors, indent_of, names_in, read_sources, shifted
from forked.tree import Line, Tree
from forked.writer import Writer
from unfork.git import Repository

from unsquashed.sampling import LEAST, MOST
from unsquashed.squash import Commit, Squash, make

_FILES = 320
_VERBS = ("check", "drain", "limit", "merge", "parse", "renew", "select", "split", "trace", "update")


@dataclass(frozen=True, slots=True)
class Made:
    """A repository, and which runs of its commits are to be squashed."""

    repository: Path
    base: str
    chains: tuple[tuple[str, tuple[str, ...], tuple[Commit, ...]], ...]  # kind, trees, commits

    def squashes(self, repository: Repository) -> Iterator[Squash]:
        """Each chain as one patch."""
        for kind, trees, commits in self.chains:
            squash = make(repository, kind, trees, commits)
            if squash is not None:
                yield squash


def generate(path: Path, count: int, seed: int) -> Made:
    """Make a bare repository with ``count`` chains of two to eight commits, half of each kind."""
    rng = random.Random(seed)  # noqa: S311 - the same squashes every time is the point
    sources = read_sources()
    rng.shuffle(sources)
    author = Author(rng, Donors(sources[_FILES:], rng))
    tree = Tree({source.path: [Line(text) for text in source.lines] for source in sources[:_FILES]})
    maker = Maker(tree, author)
    chains = []
    with Writer(path) as writer:
        paths = {name: tree.data(name) for name in tree.files}
        head = root = writer.commit("master", None, 0, "Ada Berg <ada@example.org>", "Begin\n", paths)
        step = 0
        for number in range(count):
            kind = ("connected", "scattered")[number % 2]
            trees, commits = [head], []
            for _ in range(rng.randint(LEAST, MOST)):
                step += 1
                subject = _scattered(tree, author, maker, step) if number % 2 else _connected(tree, author)
                files = tree.taken()
                head = writer.commit("master", head, step, person(rng), f"{subject}\n", files)
                trees.append(head)
                commits.append(Commit(head, subject))
            chains.append((kind, tuple(trees), tuple(commits)))
    return Made(path, root, tuple(chains))


def _scattered(tree: Tree, author: Author, maker: Maker, step: int) -> str:
    carried = maker.make(step, Kind.UNRELATED)
    for edit in carried.edits:
        tree.apply(edit, edit.path)
    return subject_of(carried.edits, author)


def _connected(tree: Tree, author: Author) -> str:
    """A new function, where it is called, and what goes with it."""
    rng = author.rng
    donors = author.donors
    function = donors.function()
    name = f"{rng.choice(_VERBS)}_{donors.word().lower().strip('_')}_{donors.word().lower().strip('_')}"
    function = [re.sub(r"def \w+", f"def {name}", function[0], count=1), *function[1:]]
    home = rng.choice(sorted(path for path in tree.files if not path.startswith("tests_of/")))
    module = home.rsplit("/", 1)[-1].removesuffix(".py")
    _insert(tree, home, author, [*function, "", ""], "def ")
    users = [home, *rng.sample(sorted(tree.files), k=rng.choice((0, 0, 1, 2)))]
    for user in users:
        argument = rng.choice(names_in(function) or ["self"])
        _insert(tree, user, author, [f"{donors.word()} = {name}({argument})"], "")
        if user != home and rng.random() < 0.7:
            _insert(tree, user, author, [f"from {module} import {name}"], "import ")
    if rng.random() < 0.7:
        _test(tree, f"tests_of/test_{module}.py", name, donors)
    if rng.random() < 0.3:
        manual = f"manual/{module}.rst"
        tree.files.setdefault(manual, [Line(f"{module}"), Line("=" * len(module)), Line("")])
        tree.files[manual] += [Line(f"``{name}``: {rng.choice(donors.prose)}"), Line("")]
        tree.dirty.add(manual)
    return f"{name.split('_')[0].capitalize()} {' '.join(name.split('_')[1:])} in {module}"


def _insert(tree: Tree, path: str, author: Author, lines: list[str], before: str) -> None:
    """Put lines before a line that begins so, or anywhere among code."""
    texts = tree.texts(path)
    places = [
        at for at, text in enumerate(texts)
        if at and len(text.strip()) > 2 and text.lstrip().startswith(before)
    ] or [len(texts) - 1]  # fmt: skip
    at = author.rng.choice(places)
    tree.put(path, at, 0, shifted(lines, indent_of(texts[at])))


def _test(tree: Tree, path: str, name: str, donors: Donors) -> None:
    if path not in tree.files:
        head = ["import unittest", "", "", f"class Test{path[14:-3].title()}(unittest.TestCase):"]
        tree.files[path] = [Line(text) for text in head]
    body = [
        "",
        f"    def test_{name}(self):",
        *shifted(donors.block(4), 8),
        f"        self.assertTrue({name}(None))",
    ]
    tree.files[path] += [Line(text) for text in body]
    tree.dirty.add(path)
