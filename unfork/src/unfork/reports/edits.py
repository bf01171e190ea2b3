"""What changes in files: in a line, or as a unified diff that ``git apply`` takes."""

import difflib
from collections.abc import Iterator, Sequence

from unfork.model.edited import EditedFile
from unfork.planning.sheet import Merged
from unfork.reports._safe import code_line, printable
from unfork.reports._words import plural


def render_diff(files: Sequence[EditedFile]) -> bytes:
    """A unified diff of all files, byte for byte."""
    return b"".join(line for each in files for line in _lines(each))


def render_diff_safely(files: Sequence[EditedFile]) -> str:
    """The same for a terminal: what strangers wrote does nothing there."""
    lines = (line for each in files for line in _lines(each))
    return "".join(f"{code_line(_text(line))}\n" for line in lines)


def render_merged(merged: Merged, file: str, *, dry_run: bool) -> str:
    """What an import changed, or would change, in one line without its end."""
    changed = "would change" if dry_run else "changed"
    return (
        f"{printable(file)}: {changed} {plural(len(merged.changed), 'cell')} of "
        f"{plural(len(merged.values), 'item')}, {plural(len(merged.added), 'item')} added, "
        f"{len(merged.dropped)} taken out"
    )


def _lines(edited: EditedFile) -> Iterator[bytes]:
    name = printable(str(edited.path)).encode("utf-8")
    name = name.lstrip(b"/")
    before, after = edited.before.splitlines(True), edited.after.splitlines(True)
    for line in difflib.diff_bytes(difflib.unified_diff, before, after, b"a/" + name, b"b/" + name):
        yield line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n"


def _text(line: bytes) -> str:
    return line.decode("utf-8", "surrogateescape").rstrip("\r\n")
