"""The answers of the commit graph on disk: made again when refs move or the file is damaged."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout

from unfork.files import write_atomically
from unfork.history.graph import Graph
from unfork.history.index import FORMAT as INDEX_FORMAT

_FORMAT = 2  # raise it whenever an answer could come out otherwise
_MOST = 8  # graphs kept for one upstream: other bases and targets, and keys of refs that moved on
_SEAL = hashlib.sha256().digest_size
_PATIENCE = 1.0  # seconds to wait for a build before a graph is not kept


def graph_key(facts: Sequence[object]) -> str:
    """A name for all that follows from these facts (range, pattern, refs) and our formats."""
    return hashlib.sha256(json.dumps([_FORMAT, INDEX_FORMAT, *facts]).encode()).hexdigest()[:24]


def read_graph_file(path: Path) -> Graph | None:
    """The graph kept there; ``None`` when there is none, or not a whole one."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    # A flipped bit would decode all the same, to a hash that no commit has.
    if hashlib.sha256(data[_SEAL:]).digest() != data[:_SEAL]:
        return None
    return msgspec.msgpack.decode(data[_SEAL:], type=Graph)


def keep_graph(path: Path, graph: Graph) -> None:
    """Keep a graph, and of older ones the newest few."""
    try:
        with FileLock(path.parent / "lock", timeout=_PATIENCE):
            sweep(path.parent, "graph-")
            older = sorted(path.parent.glob("graph-*.msgpack"), key=lambda each: each.stat().st_mtime)
            for each in older[: 1 - _MOST]:
                each.unlink(missing_ok=True)
            data = msgspec.msgpack.encode(graph)
            write_atomically(path, hashlib.sha256(data).digest() + data)
    except Timeout:
        return  # somebody builds: the next scan makes this graph again, in less time than the build


def sweep(store: Path, name: str) -> None:
    """Remove unfinished files of writers that were killed. Only who holds the lock may do this."""
    for pattern in (f"{name}*.tmp", f".{name}*.tmp"):
        for leftover in store.glob(pattern):
            leftover.unlink(missing_ok=True)
