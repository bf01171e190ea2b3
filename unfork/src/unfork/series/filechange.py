"""From the raw parts of one file's section to a ``FileChange``: names, modes, what kind it is."""

import re
from dataclasses import dataclass, field

from unfork.model import ChangeKind, FileChange, Hunk
from unfork.series import names
from unfork.series.damage import DamageError

_EPOCH = re.compile(
    rb"\t(?:1970-01-01 0?(\d{1,2}):00:00|1969-12-31 (\d\d):00:00)(?:\.0+)? ([+-]\d\d)(?:00|:00)\s*$"
)
_DEV_NULL = re.compile(rb"/dev/null(?:\s|$)")


@dataclass(slots=True)
class Section:
    """What was seen of one file so far; ``at`` is the index of its first line."""

    at: int
    git: bytes | None = None  # what follows "diff --git "
    old_text: bytes | None = None  # what follows "--- ", without the line end
    new_text: bytes | None = None  # what follows "+++ "
    fields: dict[bytes, bytes] = field(default_factory=dict)  # extended header lines
    header: list[bytes] = field(default_factory=list)
    hunks: list[Hunk] = field(default_factory=list)
    binary: list[bytes] = field(default_factory=list)


def build(section: Section, strip: int, warnings: list[str]) -> FileChange:
    """The change a section describes; raises ``DamageError`` where a name or mode cannot be used."""
    old_path, new_path = _paths(section, strip)
    old_mode, new_mode = _modes(section)
    kind = _kind(section, old_path, new_path)
    if kind is ChangeKind.ADD:
        kind = _really_new(section, warnings)
    elif kind is ChangeKind.DELETE:
        kind = _really_gone(section, warnings)
    symlink = b"120000" in (section.fields.get(b"new file mode"), section.fields.get(b"new mode"))
    for path in {old_path, new_path}:
        if (why := names.refusal(path, symlink=symlink)) is not None:
            shown = path if len(path) < 120 else path[:120] + "..."
            raise DamageError(
                section.at,
                f"the path {shown!a} {why}, expected one inside the tree; do not use the patch",
            )
    old_blob, new_blob = _blobs(section)
    return FileChange(
        kind=kind,
        old_path=None if kind is ChangeKind.ADD else old_path,
        new_path=None if kind is ChangeKind.DELETE else new_path,
        header=tuple(section.header),
        hunks=tuple(section.hunks),
        old_mode=None if kind is ChangeKind.ADD else old_mode,
        new_mode=None if kind is ChangeKind.DELETE else new_mode,
        old_blob=old_blob,
        new_blob=new_blob,
        binary=tuple(section.binary),
    )


def _paths(section: Section, strip: int) -> tuple[str, str]:
    fields = section.fields
    for how in (b"rename", b"copy"):
        if how + b" from" in fields and how + b" to" in fields:
            # git writes these without a/ and b/, so one part less is stripped.
            parts = max(strip - 1, 0)
            old = names.strip_parts(names.header_name(fields[how + b" from"]), parts)
            new = names.strip_parts(names.header_name(fields[how + b" to"]), parts)
            if not old or not new:
                raise _too_short(section, fields[how + b" from"], strip)
            return names.decode(old), names.decode(new)
    name = _one_name(section, strip)
    return names.decode(name), names.decode(name)


def _one_name(section: Section, strip: int) -> bytes:
    """The name of a file that keeps it; the rules for two different ones are git's."""
    given = [
        text
        for text in (section.old_text, section.new_text)
        if text is not None and not _DEV_NULL.match(text)
    ]
    stripped = [name for text in given if (name := names.strip_parts(names.header_name(text), strip))]
    if len(stripped) == 2:
        old, new = stripped
        # Of "file" and "file.orig" the shorter is meant, else the new one.
        return old if len(old) < len(new) and new.startswith(old) else new
    if stripped:
        return stripped[0]
    if not given and section.git is not None:
        name = names.same_name(section.git, strip)
        if name:
            return name
        raise DamageError(
            section.at,
            "this 'diff --git' line does not give one file name, expected 'diff --git a/NAME b/NAME';"
            " make the patch again with git format-patch",
        )
    raise _too_short(section, given[0] if given else b"/dev/null", strip)


def _too_short(section: Section, text: bytes, strip: int) -> DamageError:
    shown = names.header_name(text)[:120].decode("utf-8", "replace")
    return DamageError(
        section.at,
        f"the path {shown!a} has nothing left without its first {strip} part(s), expected"
        f" {'a/NAME' if strip == 1 else 'a longer path'}; give -p0 in a series file or make it with git diff",
    )


def _modes(section: Section) -> tuple[str | None, str | None]:
    fields = section.fields
    index = fields.get(b"index", b"").split(b" ")
    both = index[1] if len(index) > 1 else None
    old = fields.get(b"deleted file mode", fields.get(b"old mode", both))
    new = fields.get(b"new file mode", fields.get(b"new mode", both))
    for mode in (old, new):
        if mode is not None and not re.fullmatch(rb"(?:100[0-7]{3}|120000|160000)", mode):
            raise DamageError(
                section.at,
                f"the file mode {mode[:20].decode('latin-1')!a} is unknown, expected 100644, 100755,"
                " 120000 or 160000; make the patch again with git format-patch",
            )
    return (old.decode() if old else None, new.decode() if new else None)


def _blobs(section: Section) -> tuple[str | None, str | None]:
    found = re.match(rb"([0-9a-f]{4,64})\.\.([0-9a-f]{4,64})(?: |$)", section.fields.get(b"index", b""))
    return (found[1].decode(), found[2].decode()) if found else (None, None)


def _kind(section: Section, old_path: str, new_path: str) -> ChangeKind:
    fields = section.fields
    old, new = section.old_text, section.new_text
    if b"rename from" in fields and old_path != new_path:
        return ChangeKind.RENAME
    if b"copy from" in fields and old_path != new_path:
        return ChangeKind.COPY
    if b"new file mode" in fields or (old is not None and _DEV_NULL.match(old)):
        return ChangeKind.ADD
    if b"deleted file mode" in fields or (new is not None and _DEV_NULL.match(new)):
        return ChangeKind.DELETE
    if section.git is None and section.hunks:
        first = section.hunks[0]
        # Plain diffs mark a missing file by the epoch, or only by its empty side.
        if first.old_count == 0 and (_is_epoch(old) or first.old_start == 0):
            return ChangeKind.ADD
        if first.new_count == 0 and _is_epoch(new):
            return ChangeKind.DELETE
    if section.hunks or section.binary:
        return ChangeKind.MODIFY
    return ChangeKind.MODE


def _is_epoch(text: bytes | None) -> bool:
    found = _EPOCH.search(text) if text is not None else None
    if found is None:
        return False
    hour = int(found[1]) if found[1] else int(found[2]) - 24
    return hour == int(found[3])


def _really_new(section: Section, warnings: list[str]) -> ChangeKind:
    if any(hunk.old_count for hunk in section.hunks):
        warnings.append(f"{section.at + 1}: says the file is new but changes old lines; read as a change")
        return ChangeKind.MODIFY
    return ChangeKind.ADD


def _really_gone(section: Section, warnings: list[str]) -> ChangeKind:
    if any(hunk.new_count for hunk in section.hunks):
        warnings.append(f"{section.at + 1}: says the file is deleted but leaves lines; read as a change")
        return ChangeKind.MODIFY
    return ChangeKind.DELETE
