"""Generate a fork: upstream's history, the patches carried over its base, and the truth about each."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from forked.carried import Carried, Kind, Maker
from forked.edits import Author
from forked.plan import Plan
from forked.text import Donors, read_sources
from forked.tree import Line, Tree
from forked.upstream import Upstream
from forked.writer import Writer

_FILES = 320
_RELEASES = 8


@dataclass(frozen=True, slots=True)
class Fork:
    """Where it is and what is true of it."""

    repository: Path
    base: str
    target: str
    branch: str
    commits: int
    patches: tuple[Carried, ...]


def generate(path: Path, patches: int, background: int, seed: int) -> Fork:
    """Make a bare repository: ``background`` commits of upstream's own, ``patches`` on branch ``fork``."""
    rng = random.Random(seed)  # noqa: S311 - the same fork every time is the point
    sources = read_sources()
    rng.shuffle(sources)
    author = Author(rng, Donors(sources[_FILES:], rng))
    base = Tree({source.path: [Line(text) for text in source.lines] for source in sources[:_FILES]})
    made = _carried(Maker(base, author), patches, rng)
    for patch in made:
        for edit in patch.edits:
            edit.lock(True)  # also where upstream never takes it: else it might by chance
    tree = base.copy()
    tree.dirty = set(tree.files)
    with Writer(path) as writer:
        up = Upstream(tree, author, writer, [edit for patch in made for edit in patch.edits])
        root = up.commit("Begin\n", "Ada Berg <ada.berg@north.example>")
        writer.tag("1.0.0", root)

        def release(number: int) -> None:
            if up.head and number % (background // _RELEASES) == 0:
                writer.tag(f"{1 + number // (background // _RELEASES)}.0.0", up.head)

        Plan(up, made, background).run(release)
        _write_fork(writer, base, made, root, rng, background)
    return Fork(path, "1.0.0", f"{_RELEASES}.0.0", "fork", up.step, tuple(made))


def _carried(maker: Maker, count: int, rng: random.Random) -> list[Carried]:
    """The same number of each class, in an order of its own."""
    kinds = [list(Kind)[at % len(Kind)] for at in range(count)]
    made: list[Carried] = []
    squashed = kinds.count(Kind.SQUASHED)
    group = 0
    while squashed:
        size = min(squashed, rng.randint(2, 4))
        size = squashed if squashed - size == 1 else size  # nobody is squashed alone
        near: Sequence[str] = ()
        for _ in range(size):
            patch = maker.make(0, Kind.SQUASHED, near)
            patch.variant = f"group {group}"
            near = near or sorted({edit.path for edit in patch.edits if edit.anchor})
            made.append(patch)
        squashed -= size
        group += 1
    made += [maker.make(0, kind) for kind in kinds if kind is not Kind.SQUASHED]
    order = list(made)
    rng.shuffle(order)
    for number, patch in enumerate(order, 1):
        patch.number = number
    return sorted(made, key=lambda patch: patch.variant.startswith("group"))


def _write_fork(
    writer: Writer, tree: Tree, patches: Sequence[Carried], root: str, rng: random.Random, span: int
) -> None:
    """One commit a patch on top of the base, and for each line of its diff the edit it belongs to."""
    head = root
    for patch in sorted(patches, key=lambda each: each.number):
        for path in sorted({edit.path for edit in patch.edits}):
            mine = [(at, edit) for at, edit in enumerate(patch.edits) if edit.path == path]
            owner = {id(line): at for at, edit in mine for line in edit.old}
            patch.removed[path] = _numbered(tree.files.get(path, []), owner)
            made = [(at, tree.apply(edit, path)) for at, edit in mine]
            new = {id(line): at for at, landed in made for line in landed.new}
            patch.added[path] = _numbered(tree.files[path], new)
        body = f"Our machines need it. Seen in {rng.randrange(1000)}."
        head = writer.commit(
            "fork",
            head,
            rng.randrange(1, 2 * span),
            patch.author,
            f"{patch.subject}\n\n{body}\n",
            tree.taken(),
        )
        patch.sha = head


def _numbered(lines: Sequence[Line], owner: dict[int, int]) -> dict[int, int]:
    return {at: owner[id(line)] for at, line in enumerate(lines, 1) if id(line) in owner}
