"""The answers of the commit graph on disk: made again when refs move or the file is damaged."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
from filelock import FileLock, Timeout

from unfork.files import read_sealed, write_sealed
from unfork.history.graph import Deliveries, Graph
from unfork.history.hashes import Hashes
from unfork.history.index import FORMAT as INDEX_FORMAT

_FORMAT = 3  # raise it whenever an answer could come out otherwise
_NUMBER = np.dtype("<i4")
_MOST = 32  # graphs kept for one upstream: other bases and targets, and keys of refs that moved on
_PATIENCE = 1.0  # seconds to wait for a build before a graph is not kept


def graph_key(facts: Sequence[object]) -> str:
    """A name for all that follows from these facts (range, pattern, refs) and our formats."""
    return hashlib.sha256(json.dumps([_FORMAT, INDEX_FORMAT, *facts]).encode()).hexdigest()[:24]


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    """A graph as it lies on disk, its columns as bytes."""

    releases: list[str]
    width: int
    shas: bytes
    first: bytes
    prerelease: bytes
    in_target: bytes
    picks: dict[int, tuple[int, ...]]
    warnings: list[str]


def read_graph_file(path: Path) -> Graph | None:
    """The graph kept there; ``None`` when there is none, or not a whole one."""
    data = read_sealed(path)
    if data is None:
        return None
    kept = msgspec.msgpack.decode(data, type=_Kept)
    shipped = Deliveries(
        first=np.frombuffer(kept.first, dtype=_NUMBER),
        prerelease=np.frombuffer(kept.prerelease, dtype=_NUMBER),
        in_target=np.frombuffer(kept.in_target, dtype=np.bool_),
        picks=kept.picks,
    )
    return Graph(kept.releases, Hashes(kept.shas, kept.width), shipped, kept.warnings)


def _packed(graph: Graph) -> bytes:
    shipped = graph.shipped
    return msgspec.msgpack.encode(
        _Kept(
            releases=list(graph.releases),
            width=graph.shas.width,
            shas=bytes(graph.shas.raw),
            first=shipped.first.astype(_NUMBER).tobytes(),
            prerelease=shipped.prerelease.astype(_NUMBER).tobytes(),
            in_target=shipped.in_target.tobytes(),
            picks=dict(shipped.picks),
            warnings=list(graph.warnings),
        )
    )


def keep_graph(path: Path, graph: Graph) -> None:
    """Keep a graph, and of older ones the newest few."""
    try:
        with FileLock(path.parent / "lock", timeout=_PATIENCE):
            sweep(path.parent, "graph-")
            older = sorted(path.parent.glob("graph-*.msgpack"), key=lambda each: each.stat().st_mtime)
            for each in older[: 1 - _MOST]:
                each.unlink(missing_ok=True)
            write_sealed(path, _packed(graph), lasting=False)
    except Timeout:
        return  # somebody builds: the next scan makes this graph again, in less time than the build


def sweep(store: Path, name: str) -> None:
    """Remove unfinished files of writers that were killed. Only who holds the lock may do this."""
    for pattern in (f"{name}*.tmp", f".{name}*.tmp"):
        for leftover in store.glob(pattern):
            leftover.unlink(missing_ok=True)
