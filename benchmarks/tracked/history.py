"""A history of real text in which it is known which patch fits, and which commit makes another one conflict.

Files are cut into blocks: in some upstream edits at will, each other one is the island of one carried
patch. A patch changes lines in the middle of its island. Where it is to fit, upstream leaves the island
alone; where it is to conflict, one commit of upstream changes the very lines, some of them after others have
edited all around, some of them on a side branch that is merged. A commit changes the lines, takes them
away, or moves them.
"""

import random
from dataclasses import dataclass, field
from pathlib import Path

from forked.text import read_sources
from forked.writer import Writer

_FILES = 240
_OPEN, _ISLAND, _EDGE = 14, 15, 5  # lines of a block of upstream's, of an island, and of its untouched ends
_FILE_LINES = 2 * (_OPEN + _ISLAND)
_MERGED = 0.3  # of the commits that make a patch conflict, how many come by a merge
_LATER = 0.3  # of the islands in conflict, how many a second commit edits again


@dataclass(slots=True)
class _Block:
    island: bool
    lines: list[str]


@dataclass(frozen=True, slots=True)
class Planted:
    """A patch that conflicts, and the commits that may be named for it."""

    sha: str
    causes: frozenset[str]


@dataclass(slots=True)
class History:
    """Where it is and what is true of it."""

    repository: Path
    base: str = "base"
    target: str = "master"
    fits: str = "fork"  # branch of patches that all fit, in order
    conflicting: list[Planted] = field(default_factory=list)  # commits on top of the base, each alone


def generate(path: Path, *, patches: int, conflicts: int, commits: int, seed: int) -> History:
    """Make a bare repository: ``commits`` of upstream after the base, ``patches`` on the branch ``fork``, and
    ``conflicts`` more that conflict, each on a branch of its own."""
    rng = random.Random(seed)  # noqa: S311 - the same history every time is the point
    sources = [each for each in read_sources() if len(each.lines) > _FILE_LINES]
    rng.shuffle(sources)
    words = [line for each in sources[_FILES:] for line in each.lines if len(line.strip()) > 12]
    files = {each.path: _cut(each.lines) for each in sources[:_FILES]}
    islands = [(name, at) for name, blocks in files.items() for at, each in enumerate(blocks) if each.island]
    rng.shuffle(islands)
    if len(islands) < patches + conflicts:
        raise ValueError(f"only {len(islands)} islands")
    history = History(path)
    with Writer(path) as writer:
        root = writer.commit("master", None, 0, _who(rng), "Begin\n", {n: _text(b) for n, b in files.items()})
        writer.tag("base", root)
        mine = islands[:patches]
        _fork(writer, rng, words, files, mine, root)
        planted = [
            (name, at, writer.commit(
                f"conflict-{number}", root, 1, _who(rng), f"Ours {number} conflicts\n",
                {name: _text(_edited(files[name], at, rng, words))},
            ))
            for number, (name, at) in enumerate(islands[patches : patches + conflicts])
        ]  # fmt: skip
        _upstream(writer, rng, words, files, planted, root, commits, history)
    return history


def _fork(
    writer: Writer, rng: random.Random, words: list[str], files: dict[str, list[_Block]],
    islands: list[tuple[str, int]], root: str,
) -> None:  # fmt: skip
    own = dict(files)
    head = root
    for number, (name, at) in enumerate(islands):
        own[name] = _edited(own[name], at, rng, words)
        message = f"Ours {number}\n\nOur machines need it.\n"
        head = writer.commit("fork", head, number + 1, _who(rng), message, {name: _text(own[name])})


def _upstream(
    writer: Writer, rng: random.Random, words: list[str], files: dict[str, list[_Block]],
    planted: list[tuple[str, int, str]], root: str, commits: int, history: History,
) -> None:  # fmt: skip
    head = root
    when = {number: rng.randrange(commits) for number in range(len(planted))}
    due: dict[int, list[int]] = {}
    for number, at in when.items():
        due.setdefault(at, []).append(number)
    for step in range(commits):
        for number in due.get(step, ()):
            name, at, sha = planted[number]
            files[name] = rng.choice(_WAYS)(files[name], at, rng, words)
            head, cause = _bring(writer, rng, head, step, {name: _text(files[name])})
            history.conflicting.append(Planted(sha, frozenset({cause})))
            if rng.random() < _LATER:
                files[name] = _edited(files[name], at, rng, words)
                head, _ = _bring(writer, rng, head, step, {name: _text(files[name])})
        changed = {}
        for name in rng.sample(sorted(files), rng.choice((1, 1, 1, 2, 3))):
            files[name] = _worked_on(files[name], rng, words)
            changed[name] = _text(files[name])
        head = writer.commit("master", head, step + 1, _who(rng), f"Upstream {step}\n", changed)
        if step and step % (commits // 5) == 0:
            writer.tag(f"{step // (commits // 5)}.0.0", head)


def _bring(
    writer: Writer, rng: random.Random, head: str, step: int, files: dict[str, bytes]
) -> tuple[str, str]:
    """A commit on the main line or, now and then, by a merge; the new head and the commit."""
    message = f"Change it at {step}\n"
    if rng.random() >= _MERGED:
        made = writer.commit("master", head, step + 1, _who(rng), message, files)
        return made, made
    side = writer.commit("side", head, step + 1, _who(rng), message, files)
    merge = writer.commit("master", head, step + 1, _who(rng), f"Merge at {step}\n", files, merge=side)
    return merge, side


def _cut(lines: tuple[str, ...]) -> list[_Block]:
    blocks: list[_Block] = []
    at = 0
    while at < len(lines):
        island = bool(len(blocks) % 2)
        size = _ISLAND if island else _OPEN
        part = list(lines[at : at + size])
        # What is short at the end is upstream's; and an island with nothing to tell it apart is none.
        told = sum(len(line.strip()) > 4 for line in part[_EDGE:-_EDGE]) > 1
        blocks.append(_Block(island and len(part) == size and told, part))
        at += size
    return blocks


def _edited(blocks: list[_Block], at: int, rng: random.Random, words: list[str]) -> list[_Block]:
    """The blocks with the middle lines of an island changed."""
    lines = list(blocks[at].lines)
    middle = len(lines) // 2
    for place in range(middle, middle + 2):
        lines[place] = f"{lines[place]}  # {rng.choice(words).strip()[:40]}"
    lines.insert(middle + 1, rng.choice(words))
    return [*blocks[:at], _Block(True, lines), *blocks[at + 1 :]]


def _without(blocks: list[_Block], at: int, rng: random.Random, words: list[str]) -> list[_Block]:
    """The blocks with the middle of an island taken away."""
    del rng, words
    lines = blocks[at].lines
    kept = [*lines[:_EDGE], *lines[-_EDGE:]]
    return [*blocks[:at], _Block(True, kept), *blocks[at + 1 :]]


def _moved(blocks: list[_Block], at: int, rng: random.Random, words: list[str]) -> list[_Block]:
    """The blocks with the middle of an island at the end of the file, one line of it changed."""
    lines = _edited(blocks, at, rng, words)[at].lines[_EDGE:-_EDGE]
    return [*_without(blocks, at, rng, words), _Block(True, lines)]


_WAYS = (_edited, _edited, _without, _moved)


def _worked_on(blocks: list[_Block], rng: random.Random, words: list[str]) -> list[_Block]:
    """The blocks with a change of upstream's own, never in an island."""
    free = [at for at, block in enumerate(blocks) if not block.island and len(block.lines) > 2]
    at = rng.choice(free)
    lines = list(blocks[at].lines)
    place = rng.randrange(1, len(lines) - 1)
    kind = rng.random()
    if kind < 0.4:
        lines[place] = rng.choice(words)
    elif kind < 0.75 or len(lines) < 6:
        lines[place:place] = rng.sample(words, rng.choice((1, 2, 4)))
    else:
        del lines[place]
    return [*blocks[:at], _Block(False, lines), *blocks[at + 1 :]]


def _text(blocks: list[_Block]) -> bytes:
    return "".join(f"{line}\n" for block in blocks for line in block.lines).encode()


def _who(rng: random.Random) -> str:
    return f"Dev {rng.randrange(40)} <dev@example.org>"
