"""Propose how to take a patch apart: known parts first, then what has to do with each other."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from unfork.grouping import plain
from unfork.model import Patch
from unfork.unsquashing.clustering import cluster
from unfork.unsquashing.donors import assign
from unfork.unsquashing.features import compare
from unfork.unsquashing.model import Donor, Origin, Part, Proposal, Title
from unfork.unsquashing.ordering import in_order
from unfork.unsquashing.pieces import Line, Piece, bonds, pieces_of
from unfork.unsquashing.reading import Said, identifiers_outside, read_pieces
from unfork.unsquashing.settings import Weights
from unfork.unsquashing.titles import fitting, made_title


@dataclass(frozen=True, slots=True)
class _Node:
    """What is put into a part as one."""

    pieces: tuple[Piece, ...]
    donor: int | None


def propose(
    patch: Patch, donors: Sequence[Donor], titles: Sequence[Title], weights: Weights, *, series: str
) -> Proposal:
    """The parts of ``patch`` in the order to apply them; one part where nothing says that there are more.

    ``donors`` are known parts in their order. ``titles`` are those that the message names besides: they
    say how many parts there are, and what they are called.
    """
    pieces = pieces_of(patch)
    titles = [title for title in titles if not any(_is_of(title, donor) for donor in donors)]
    # Of two patches that have a line, the later one was the last to touch it.
    turned = list(reversed(donors))
    said_of = {
        line: len(donors) - 1 - at for line, at in assign(patch, pieces, turned, weights.costs).items()
    }
    nodes = _bonded(patch, [part for piece in pieces for part in _cut(piece, said_of)])
    groups = _grouped(patch, nodes, titles, weights, len({node.donor for node in nodes} - {None}))
    said = [read_pieces(patch, [piece for node in group for piece in node.pieces]) for group in groups]
    known = [_donor_of(group) for group in groups]
    order = in_order(said, known)
    named = fitting([each for at, each in enumerate(said) if known[at] is None], titles)
    free = [at for at in range(len(groups)) if known[at] is None]
    title_of = {free[group]: titles[title] for group, title in named.items()}
    holders = Counter(name for group in said for name in frozenset().union(*(each.names for each in group)))
    parts = []
    for at in order:
        lines = frozenset(line for node in groups[at] for piece in node.pieces for line in piece.lines())
        donor = known[at]
        if donor is not None:
            parts.append(_of_donor(donors[donor], lines))
        elif at in title_of:
            listed = title_of[at]
            parts.append(_of_squash(patch, listed.subject, Origin.LISTED, listed.hash, lines))
        else:
            title = "" if len(groups) > 1 else patch.subject
            title = title or made_title(said[at], holders)
            parts.append(_of_squash(patch, title, Origin.HUNKS, "", lines))
    return Proposal(patch.name, patch.id, series, tuple(parts))


def _is_of(title: Title, donor: Donor) -> bool:
    """Whether the message lists a part that is known."""
    same_hash = bool(title.hash) and (donor.patch.sha or "").startswith(title.hash)
    return same_hash or plain(title.subject) == plain(donor.patch.subject)


def _of_donor(donor: Donor, lines: frozenset[Line]) -> Part:
    patch = donor.patch
    title = patch.subject or donor.name
    return Part(title, donor.origin, donor.name, lines, patch.message, patch.author, patch.date)


def _of_squash(patch: Patch, title: str, origin: Origin, name: str, lines: frozenset[Line]) -> Part:
    message = f"Part of: {patch.subject}" if patch.subject and title != patch.subject else patch.message
    return Part(title, origin, name, lines, message, patch.author, patch.date)


def _cut(piece: Piece, said: dict[Line, int]) -> list[_Node]:
    """A piece where known parts divide it."""
    found: list[tuple[int | None, list[int]]] = []
    for line in piece.lines():
        donor = said.get(line)
        if not found or found[-1][0] != donor:
            found.append((donor, []))
        found[-1][1].append(line.row)
    return [_Node((Piece(piece.file, piece.hunk, tuple(rows)),), donor) for donor, rows in found]


def _bonded(patch: Patch, nodes: Sequence[_Node]) -> list[_Node]:
    """The nodes, with those joined that a bond holds together: they go where most of their lines go."""
    bond_of = {line: number for number, bond in enumerate(bonds(patch)) for line in bond}
    free: list[_Node] = []
    held: defaultdict[int, list[_Node]] = defaultdict(list)
    for node in nodes:
        numbers = {bond_of[line] for piece in node.pieces for line in piece.lines() if line in bond_of}
        if numbers:
            held[min(numbers)].append(node)
        else:
            free.append(node)
    for members in held.values():
        sizes = Counter[int | None]()
        for node in members:
            sizes[node.donor] += sum(len(piece.rows) for piece in node.pieces)
        donor = max(sizes, key=lambda each: (each is not None, sizes[each]))
        free.append(_Node(tuple(piece for node in members for piece in node.pieces), donor))
    return sorted(free, key=lambda node: (node.pieces[0].file, node.pieces[0].hunk, node.pieces[0].rows))


def _grouped(
    patch: Patch, nodes: Sequence[_Node], titles: Sequence[Title], weights: Weights, known: int
) -> list[list[_Node]]:
    """The nodes put together."""
    nodes = _coarser(nodes, weights.largest)
    if len(nodes) < 2:
        return [list(nodes)]
    said = [_as_one(read_pieces(patch, node.pieces)) for node in nodes]
    odds = weights.log_odds(compare(said, identifiers_outside(patch)))
    numbers = {
        donor: at for at, donor in enumerate(sorted({node.donor for node in nodes if node.donor is not None}))
    }
    fixed = [None if node.donor is None else numbers[node.donor] for node in nodes]
    labels = cluster(odds, fixed, count=known + len(titles) if titles else None)
    found: defaultdict[int, list[_Node]] = defaultdict(list)
    for node, label in zip(nodes, labels, strict=True):
        found[label].append(node)
    return list(found.values())


def _coarser(nodes: Sequence[_Node], largest: int) -> list[_Node]:
    """Whole hunks and then whole files in the place of pieces where there are too many to compare."""
    for level in ("hunk", "file"):
        if len(nodes) <= largest:
            break
        merged: dict[tuple[int, int, int | None], list[Piece]] = {}
        for node in nodes:
            first = node.pieces[0]
            key = (first.file, first.hunk if level == "hunk" else 0, node.donor)
            merged.setdefault(key, []).extend(node.pieces)
        nodes = [_Node(tuple(pieces), donor) for (_, _, donor), pieces in merged.items()]
    return list(nodes)


def _as_one(said: Sequence[Said]) -> Said:
    """What several pieces say together; they stand where the first one does."""
    if len(said) == 1:
        return said[0]
    first = said[0]
    return Said(
        path=first.path,
        hunk=first.hunk,
        at=first.at,
        size=max(each.at + each.size for each in said if each.path == first.path) - first.at,
        scope=first.scope if len({each.scope for each in said}) == 1 else "",
        names=sum((each.names for each in said), Counter[str]()),
        gone=frozenset().union(*(each.gone for each in said)),
        come=frozenset().union(*(each.come for each in said)),
        defined=frozenset().union(*(each.defined for each in said)),
        words=frozenset().union(*(each.words for each in said)),
        text=sum((each.text for each in said), Counter[bytes]()),
        stem=first.stem,
        is_test=all(each.is_test for each in said),
        is_prose=all(each.is_prose for each in said),
        is_new=all(each.is_new for each in said),
    )


def _donor_of(group: Sequence[_Node]) -> int | None:
    return next((node.donor for node in group if node.donor is not None), None)
