"""Patches back to bytes: as they were read, or as ``git apply`` takes them."""

import re
from collections.abc import Iterator

from unfork.model import ChangeKind, FileChange, Hunk, Patch
from unfork.series import binary, names
from unfork.series.identity import plain_lines

_NO_NEWLINE = b"\\ No newline at end of file\n"
_FULL_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def emit_diff(patch: Patch) -> bytes:
    """The diff as it was read, byte for byte, from its first header line to its last hunk line."""
    parts: list[bytes] = []
    for change in patch.files:
        parts.extend(change.header)
        for hunk in change.hunks:
            parts.append(hunk.header)
            parts.extend(hunk.lines)
        parts.extend(change.binary)
    return b"".join(parts)


def canonical_diff(patch: Patch, *, prefix: str = "") -> bytes:
    """The diff in git's own form, for ``git apply`` (with its default ``-p1``).

    Paths are stripped and put below ``prefix`` (which ends with a slash), hunk headers carry the
    counts of their bodies. Nothing in it makes git give up with "corrupt patch", so that the
    diffs of many patches can be judged by one process. What cannot be said in this form is left
    out: ``left_out`` names it.
    """
    return b"".join(_file(change, prefix) for change in patch.files if _can_say(change))


def left_out(patch: Patch) -> tuple[FileChange, ...]:
    """The changes ``canonical_diff`` cannot express: binary ones without their data, and empty ones."""
    return tuple(change for change in patch.files if not _can_say(change))


def _can_say(change: FileChange) -> bool:
    if change.binary:
        return binary.has_data(change.binary) and _has_full_index(change)
    if change.kind in (ChangeKind.MODIFY, ChangeKind.MODE):
        return _changes_mode(change) or any(hunk.changed() for hunk in change.hunks)
    return True


def _changes_mode(change: FileChange) -> bool:
    return bool(change.old_mode and change.new_mode) and _mode(change.old_mode) != _mode(change.new_mode)


def _has_full_index(change: FileChange) -> bool:
    """git applies binary data only to the blob that a full index line names."""
    return all(blob is not None and _FULL_HASH.fullmatch(blob) for blob in (change.old_blob, change.new_blob))


def _file(change: FileChange, prefix: str) -> bytes:
    before = names.encode(prefix)
    old_path, new_path = change.old_path or change.new_path, change.new_path or change.old_path
    if old_path is None or new_path is None:
        raise ValueError("a file change needs a path")
    old, new = before + names.encode(old_path), before + names.encode(new_path)
    lines = [b"diff --git %s %s\n" % (names.quote(b"a/" + old), names.quote(b"b/" + new))]
    lines.extend(_metadata(change, old, new))
    hunks = [hunk for hunk in change.hunks if hunk.changed()]
    if change.old_blob and change.new_blob and (hunks or change.binary):
        same_mode = change.old_mode is not None and change.old_mode == change.new_mode
        mode = f" {_mode(change.old_mode)}" if same_mode else ""
        lines.append(f"index {change.old_blob}..{change.new_blob}{mode}\n".encode())
    if change.binary:
        lines.extend(line.rstrip(b"\r\n") + b"\n" for line in change.binary)
        if lines[-1] != b"\n":
            lines.append(b"\n")
    elif hunks:
        lines.append(b"--- %s\n" % _side(b"a/" + old, missing=change.kind is ChangeKind.ADD))
        lines.append(b"+++ %s\n" % _side(b"b/" + new, missing=change.kind is ChangeKind.DELETE))
        for hunk in hunks:
            lines.extend(_hunk(hunk))
    return b"".join(lines)


def _side(name: bytes, *, missing: bool) -> bytes:
    return b"/dev/null" if missing else names.quote(name)


def _mode(mode: str | None) -> str:
    """One of the modes git knows: 100664 and its like are written 100644."""
    if mode is None or mode in ("120000", "160000"):
        return mode or "100644"
    return "100755" if int(mode, 8) & 0o100 else "100644"


def _metadata(change: FileChange, old: bytes, new: bytes) -> Iterator[bytes]:
    if change.kind is ChangeKind.ADD:
        yield f"new file mode {_mode(change.new_mode)}\n".encode()
        return
    if change.kind is ChangeKind.DELETE:
        yield f"deleted file mode {_mode(change.old_mode)}\n".encode()
        return
    if _changes_mode(change):
        yield f"old mode {_mode(change.old_mode)}\nnew mode {_mode(change.new_mode)}\n".encode()
    if change.kind in (ChangeKind.RENAME, ChangeKind.COPY):
        word = change.kind.value.encode()
        yield b"%s from %s\n%s to %s\n" % (word, names.quote(old), word, names.quote(new))


def _hunk(hunk: Hunk) -> Iterator[bytes]:
    section = hunk.section
    yield b"@@ -%d,%d +%d,%d @@%s\n" % (
        hunk.old_start, hunk.old_count, hunk.new_start, hunk.new_count, b" " + section if section else b"",
    )  # fmt: skip
    signed = False
    for line in plain_lines(hunk.header, hunk.lines):
        if line[:1] != b"\\":
            signed = True
            yield line
        elif signed:  # once, and only after a line it can speak of
            signed = False
            yield _NO_NEWLINE
