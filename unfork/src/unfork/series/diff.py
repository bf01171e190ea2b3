"""Reading the diffs in a patch: which lines start a file, what its header says, its hunks."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from unfork.model import FileChange
from unfork.series import binary
from unfork.series.damage import DamageError
from unfork.series.filechange import Section, build
from unfork.series.hunks import is_header, read_hunk

# Extended header lines of git, longest first where one starts another.
_FIELDS = (
    b"index", b"old mode", b"new mode", b"new file mode", b"deleted file mode", b"similarity index",
    b"dissimilarity index", b"rename from", b"rename to", b"copy from", b"copy to",
)  # fmt: skip
# Lines that other tools write before a file's "---": they belong to the diff, not to the message.
_BEFORE = (b"Index: ", b"==========", b"diff ", b"RCS file: ", b"retrieving revision ", b"=== ")
_AGAIN = "make it again with diff -u or git format-patch"
_ONLY_IN = re.compile(rb"Only in [^:]{1,4096}: ")
# The first bytes of every line this module looks at: most lines of a message are none of them.
_INTERESTING = frozenset(b"d-@*BFOI")


@dataclass(slots=True)
class DiffRead:
    """What was found. ``first`` is the index where the diff starts (all lines when there is none)."""

    first: int
    files: list[FileChange] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)  # each "LINE: text"
    damage: DamageError | None = None
    truncated: bool = False


def read_diff(lines: Sequence[bytes], strip: int) -> DiffRead:
    """Read all file changes in ``lines``; what was read before a damage is kept."""
    read = DiffRead(first=len(lines))
    try:
        _read_all(lines, strip, read)
    except DamageError as damage:
        read.damage = damage
        read.first = min(read.first, damage.at)
    return read


def _read_all(lines: Sequence[bytes], strip: int, read: DiffRead) -> None:
    at = pending = 0  # pending: where the last file ended; the lines since go to the next one's header
    loose_hunk: int | None = None
    size = len(lines)
    while at < size:
        line = lines[at]
        if line[0] not in _INTERESTING:
            at += 1
            continue
        _refuse_other_formats(lines, at, in_message=not read.files)
        section = _start(lines, at)
        if section is None:
            if line.startswith(b"@@ -") and is_header(line) and loose_hunk is None:
                loose_hunk = at
            elif read.files and _ONLY_IN.match(line):
                read.warnings.append(
                    f"{at + 1}: a file that is on one side only is not in the diff (diff -N)"
                )
            at += 1
            continue
        if read.files:
            _no_loose_hunk(loose_hunk)
        loose_hunk = None  # before the first file: quoted in the message
        at = _read_section(lines, at, section, read)
        if not (section.hunks or section.binary or _says_something(section)):
            read.warnings.append(f"{section.at + 1}: a file header with no change after it; left out")
            continue
        if not read.files:
            pending = read.first = _begin(lines, section.at)
        section.header[:0] = lines[pending : section.at]
        read.files.append(build(section, strip, read.warnings))
        pending = at
    _no_loose_hunk(loose_hunk)


def _no_loose_hunk(at: int | None) -> None:
    if at is not None:
        raise DamageError(
            at, f"a hunk without a file header, expected '--- a/NAME' and '+++ b/NAME' before it; {_AGAIN}"
        )


def _says_something(section: Section) -> bool:
    """Whether the header alone is a change."""
    fields = section.fields
    if fields.get(b"old mode") is not None and fields.get(b"new mode") not in (None, fields[b"old mode"]):
        return True
    return not fields.keys().isdisjoint((b"new file mode", b"deleted file mode", b"rename to", b"copy to"))


def _begin(lines: Sequence[bytes], at: int) -> int:
    """Where the header of the first file begins: lines of svn, cvs, quilt and diff belong to it."""
    while at > 0 and lines[at - 1].startswith(_BEFORE):
        at -= 1
    return at


def _refuse_other_formats(lines: Sequence[bytes], at: int, *, in_message: bool) -> None:
    line = lines[at]
    if line.startswith((b"diff --cc ", b"diff --combined ")) or (
        line.startswith(b"@@@ -") and b" @@@" in line and not in_message
    ):
        raise DamageError(
            at,
            "a combined diff of a merge, expected a diff against one parent;"
            " make it again with git diff or git format-patch",
        )
    after = lines[at + 1] if at + 1 < len(lines) else b""
    if line.startswith(b"***************") and re.match(rb"\*\*\* \d+(?:,\d+)? \*\*\*\*", after):
        raise DamageError(at, f"a context diff, expected a unified diff; {_AGAIN}")


def _start(lines: Sequence[bytes], at: int) -> Section | None:
    line = lines[at]
    if line.startswith(b"diff --git "):
        return Section(at, git=line[11:].rstrip(b"\r\n"))
    if line.startswith(b"--- "):
        if at + 2 < len(lines) and lines[at + 1].startswith(b"+++ ") and lines[at + 2].startswith(b"@@ -"):
            return Section(at)
        return None
    if line.startswith((b"Binary files ", b"Files ")) and binary.is_differ(line):
        found = re.match(rb"(?:Binary files|Files) (.*) and (.*) differ", line)
        # In prose ("Files a and b differ") there is no path with a directory.
        if found and (b"/" in found[1] or b"/" in found[2]):
            return Section(at, old_text=found[1], new_text=found[2])
    return None


def _read_section(lines: Sequence[bytes], at: int, section: Section, read: DiffRead) -> int:
    start = at
    at = _read_header(lines, at, section)
    section.header.extend(lines[start:at])
    if at < len(lines) and lines[at].startswith(binary.MARK):
        end = binary.read_block(lines, at)
    elif at < len(lines) and binary.is_differ(lines[at]):
        end = at + 1
    else:
        return _read_hunks(lines, at, section, read)
    section.binary.extend(lines[at:end])
    return end


def _read_header(lines: Sequence[bytes], at: int, section: Section) -> int:
    """Read from ``diff --git`` or ``---`` to ``+++``; returns the index after it."""
    size = len(lines)
    if section.git is not None:
        at += 1
        while at < size and (found := _field(lines[at])) is not None:
            section.fields[found[0]] = found[1]
            at += 1
    if at + 1 < size and lines[at].startswith(b"--- ") and lines[at + 1].startswith(b"+++ "):
        section.old_text = lines[at][4:].rstrip(b"\r\n")
        section.new_text = lines[at + 1][4:].rstrip(b"\r\n")
        at += 2
    return at


def _field(line: bytes) -> tuple[bytes, bytes] | None:
    for name in _FIELDS:
        if line.startswith(name) and line[len(name) : len(name) + 1] == b" ":
            return name, line[len(name) + 1 :].rstrip(b"\r\n")
    return None


def _read_hunks(lines: Sequence[bytes], at: int, section: Section, read: DiffRead) -> int:
    while at < len(lines) and lines[at].startswith(b"@@"):
        if lines[at].startswith(b"@@@"):
            _refuse_other_formats(lines, at, in_message=False)
        found = read_hunk(lines, at)
        if found.warning is not None:
            read.warnings.append(f"{at + 1}: {found.warning}")
            read.truncated = read.truncated or found.truncated
        elif not any(line[0] in b"+-" for line in found.hunk.lines):
            read.warnings.append(f"{at + 1}: a hunk that changes nothing")
        section.hunks.append(found.hunk)
        at = found.end
    return at
