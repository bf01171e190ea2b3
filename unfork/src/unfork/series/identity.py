"""The id of a change: the same for the same change, whatever the file, message or line numbers."""

import hashlib
from collections.abc import Iterable

from unfork.model import ChangeKind, FileChange
from unfork.series import binary, names

LENGTH = 40  # hex digits kept of the sha256


def change_id(files: Iterable[FileChange], *, otherwise: bytes = b"") -> str:
    """Hash paths, kinds, modes and signed lines with their context; not line numbers.

    A refreshed patch (moved hunks) keeps its id, and so does one whose files come in another
    order. ``otherwise`` is hashed when there are no files (an empty or unreadable patch).
    """
    parts = [_file(change) for change in sorted(files, key=lambda change: change.path)]
    return hashlib.sha256(b"".join(parts) or b"\0" + otherwise).hexdigest()[:LENGTH]


def _file(change: FileChange) -> bytes:
    modes = ""
    if change.kind is ChangeKind.ADD:
        modes = change.new_mode or "100644"
    elif change.old_mode != change.new_mode and change.kind is not ChangeKind.DELETE:
        modes = f"{change.old_mode} {change.new_mode}"
    head = f"{change.kind} {modes}".encode()
    paths = [names.encode(path) for path in (change.old_path, change.new_path) if path is not None]
    parts = [b"\0".join([head, *paths, b"\0"])]
    for hunk in change.hunks:
        parts.append(b"@@\n")
        parts.extend(plain_lines(hunk.header, hunk.lines))
    parts.extend(line.rstrip(b"\r\n") + b"\n" for line in change.binary)
    if change.binary and not binary.has_data(change.binary):
        parts.append(f"{change.old_blob} {change.new_blob}\n".encode())
    return b"".join(parts)


def plain_lines(header: bytes, lines: tuple[bytes, ...]) -> Iterable[bytes]:
    """The lines of a hunk as git writes them: no line end of the mail, no lost space, a last line end."""
    if header.endswith(b"\r\n"):  # the whole mail was converted; the file's own CR would stand alone
        lines = tuple(line[:-2] + b"\n" if line.endswith(b"\r\n") else line for line in lines)
    if lines and not lines[-1].endswith(b"\n"):
        lines = (*lines[:-1], lines[-1] + b"\n")
    if any(line[0] in b"\n\r" for line in lines):
        lines = tuple(b" " + line if line[0] in b"\n\r" else line for line in lines)
    return lines
