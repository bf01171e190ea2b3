"""The answers of the commit graph on disk: made again when refs move or the file is damaged."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout

from unfork.files import read_sealed, write_sealed
from unfork.history.graph import Graph
from unfork.history.index import FORMAT as INDEX_FORMAT

_FORMAT = 2  # raise it whenever an answer could come out otherwise
_MOST = 8  # graphs kept for one upstream: other bases and targets, and keys of refs that moved on
_PATIENCE = 1.0  # seconds to wait for a build before a graph is not kept


def graph_key(facts: Sequence[object]) -> str:
    """A name for all that follows from these facts (range, pattern, refs) and our formats."""
    return hashlib.sha256(json.dumps([_FORMAT, INDEX_FORMAT, *facts]).encode()).hexdigest()[:24]


def read_graph_file(path: Path) -> Graph | None:
    """The graph kept there; ``None`` when there is none, or not a whole one."""
    data = read_sealed(path)
    return None if data is None else msgspec.msgpack.decode(data, type=Graph)


def keep_graph(path: Path, graph: Graph) -> None:
    """Keep a graph, and of older ones the newest few."""
    try:
        with FileLock(path.parent / "lock", timeout=_PATIENCE):
            sweep(path.parent, "graph-")
            older = sorted(path.parent.glob("graph-*.msgpack"), key=lambda each: each.stat().st_mtime)
            for each in older[: 1 - _MOST]:
                each.unlink(missing_ok=True)
            write_sealed(path, msgspec.msgpack.encode(graph))
    except Timeout:
        return  # somebody builds: the next scan makes this graph again, in less time than the build


def sweep(store: Path, name: str) -> None:
    """Remove unfinished files of writers that were killed. Only who holds the lock may do this."""
    for pattern in (f"{name}*.tmp", f".{name}*.tmp"):
        for leftover in store.glob(pattern):
            leftover.unlink(missing_ok=True)
