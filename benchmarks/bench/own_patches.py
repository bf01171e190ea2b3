"""A series for any repository: patches made of its own commits, every other one altered.

Where nobody keeps a series for a large public history, this one asks as much of a scan as a real one
does: most of its patches have a true commit, and the altered ones have to be told from their neighbours.
"""

import random
import re
from collections.abc import Sequence
from pathlib import Path

from unfork.git import environment

from bench.processes import run

_ADDED = re.compile(rb"^\+(?!\+\+ ).*?([A-Za-z_]{4,}).*$", re.MULTILINE)
_FORMAT = ("format-patch", "--stdout", "--no-signature", "--full-index", "-1")


def write_series(clone: Path, folder: Path, *, count: int, seed: int = 2018) -> dict[str, str]:
    """Write ``count`` patches of commits that lie evenly in the history of HEAD, oldest first.

    Returns the commit of each file by its name. Each second patch has a word of every other added line
    exchanged; it still is a patch that git reads.
    """
    chosen = _chosen(clone, count)
    shuffled = random.Random(seed)  # noqa: S311 - the same series every time is the point
    made = {}
    for number, sha in enumerate(chosen, 1):
        name = f"{number:04d}-{sha[:12]}.patch"
        text = run(["git", "-C", str(clone), *_FORMAT, sha], env=environment()).out
        if not number % 2:
            text = _ADDED.sub(lambda found: _reworded(found, shuffled), text)
        (folder / name).write_bytes(text)
        made[name] = sha
    return made


def _chosen(clone: Path, count: int) -> Sequence[str]:
    done = run(["git", "-C", str(clone), "rev-list", "--no-merges", "--reverse", "HEAD"], env=environment())
    shas = done.out.decode().split()
    step = max(1, len(shas) // count)
    return shas[step // 2 :: step][:count]


def _reworded(line: "re.Match[bytes]", choice: random.Random) -> bytes:
    if choice.random() < 0.5:
        return line[0]
    begin, end = line.start(1) - line.start(), line.end(1) - line.start()
    return line[0][:begin] + b"reworded_" + line[0][begin:end] + line[0][end:]
