"""Lines that a resolution lost although the patch never removed them.

Resolving a conflict for one side takes the other side's lines with it, and nobody sees it in the diff of
a patch that is thousands of commits away. So each step that was not straight is checked.
"""

from collections import Counter

from unfork.model import Patch
from unfork.model.carrying import LostLine
from unfork.tracks.files import Changes, Files
from unfork.tracks.text import lines_of, removed_by

_TELLING = 3  # characters from which a line says something: a bracket alone is lost and found everywhere


def lost_lines(files: Files, changes: Changes, patch: Patch) -> tuple[LostLine, ...]:
    """The lines of the files before, that are not in the files after nor removed by the patch.

    White space does not count, nor does the order: a line that stands elsewhere after, in any of the
    files changed, is not lost.
    """
    stock = Counter(_key(line) for change in patch.files for line in removed_by(change))
    for file in changes.values():
        if file is not None:
            stock.update(_key(line) for line in lines_of(file.data))
    deleted = {change.old_path for change in patch.files if change.new_path is None}
    lost = []
    for path in sorted(changes):
        before = files.get(path)
        if before is None or path in deleted or b"\0" in before.data[:8000]:
            continue
        for number, line in enumerate(lines_of(before.data), 1):
            key = _key(line)
            if len(key) < _TELLING:
                continue
            if stock[key] > 0:
                stock[key] -= 1
            else:
                lost.append(LostLine(path, number, line.decode("utf-8", "replace").strip()))
    return tuple(lost)


def _key(line: bytes) -> bytes:
    return b"".join(line.split())
