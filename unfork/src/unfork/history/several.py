"""Several repositories as one history: the upstream's commits, then what others have beside it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from unfork.files import keep_sealed, read_sealed
from unfork.history.arrays import cut_out, join, with_rarity
from unfork.history.copies import find_copies
from unfork.history.history import History, Source
from unfork.history.index import NO_PATH, Index
from unfork.history.taken_over import files_taken_over

_FORMAT = 1  # raise it whenever an answer could come out otherwise
_KEPT = 8  # answers kept for one upstream


class _Joint(msgspec.Struct, frozen=True, array_like=True):
    """What joins the histories, kept on disk."""

    copies: list[tuple[int, int, int, int]]  # history and place of a copy, those of its original
    # Of each further repository the files that came from the upstream, both names as bytes: not all
    # of them are UTF-8.
    paths: list[dict[bytes, bytes]]


def join_histories(histories: Sequence[History], store: Path) -> History:
    """One history of several, of one repository each, the upstream's first.

    A commit that several have (a repository was split out of another with its past) is searched
    once, as that of the first; ``copies`` names the others. What joins them is kept in ``store``.
    """
    first = histories[0]
    if len(histories) == 1:
        return first
    facts = [_FORMAT, *(each.key for each in histories)]
    key = hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:24]
    joint = _joint(histories, store / f"joint-{key}.msgpack")
    copied = {(at, place) for at, place, _, _ in joint.copies}
    sources: list[Source] = []
    chosen: list[NDArray[np.int64]] = []  # of each history, the places in its searched ones
    begin = 0
    for at, history in enumerate(histories):
        places = [place for place in range(len(history.shas)) if (at, place) not in copied]
        paths = {_text(new): _text(old) for new, old in joint.paths[at - 1].items()} if at else None
        chosen.append(np.array(places, dtype=np.int64))
        sources.append(_source(history, chosen[-1], begin, paths))
        begin += len(places)
    copies: dict[int, list[tuple[Source, str]]] = {}
    for at, place, original, there in joint.copies:
        number = sources[original].first + int(np.searchsorted(chosen[original], there))
        copies.setdefault(number, []).append((sources[at], histories[at].shas[place]))
    return History(
        sources=tuple(sources),
        key=f"joint-{key}",
        make_index=lambda: _index(histories, sources, chosen),
        warnings=(
            *first.warnings,
            *(f"{each.name}: {text}" for each in histories[1:] for text in each.warnings),
        ),
        copies=copies,
    )


def _joint(histories: Sequence[History], path: Path) -> _Joint:
    kept = read_sealed(path)
    if kept is not None:
        return msgspec.msgpack.decode(kept, type=_Joint)
    copies = find_copies([each.index for each in histories])
    upstream = histories[0].sources[0]
    before = upstream.wanted.since or upstream.wanted.target
    paths = []
    for history in histories[1:]:
        source = history.sources[0]
        # Both ends: what has changed much since then is known by its renames from the start on.
        trees = (source.wanted.since or history.shas[-1], source.wanted.target)
        taken = files_taken_over(upstream.repository, before, source.repository, trees)
        paths.append({_bytes(new): _bytes(old) for new, old in taken.items()})
    joint = _Joint([(*copy, *original) for copy, original in copies.items()], paths)
    keep_sealed(path, msgspec.msgpack.encode(joint), kind="joint", most=_KEPT)
    return joint


def _bytes(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")


def _text(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")


def _source(
    history: History, places: NDArray[np.int64], first: int, paths: Mapping[str, str] | None
) -> Source:
    """The source of a history of which these commits stay."""
    source = history.sources[0]
    return replace(source, graph=source.graph.select(places), first=first, paths=paths)


def _index(
    histories: Sequence[History], sources: Sequence[Source], chosen: Sequence[NDArray[np.int64]]
) -> Index:
    joined: Index | None = None
    for history, source, places in zip(histories, sources, chosen, strict=True):
        part = cut_out(history.index, places)
        joined = part if joined is None else join(joined, _respelled(part, source, joined.paths))
    assert joined is not None  # noqa: S101 - there is a first one
    return with_rarity(joined)


def _respelled(index: Index, source: Source, paths: list[str]) -> Index:
    """The index with its paths in a table that goes on with ``paths``."""
    known = {path: number for number, path in enumerate(paths)}
    table = np.array(
        [known.setdefault(source.spelled(path), len(known)) for path in index.paths], dtype=np.uint32
    )
    old = index.file_old_path.copy()
    renamed = old != NO_PATH
    old[renamed] = table[old[renamed]]
    return replace(index, file_path=table[index.file_path], file_old_path=old, paths=list(known))
