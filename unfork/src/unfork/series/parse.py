"""One patch file in, one ``Patch`` out. Bad content never raises: the patch carries its error."""

import io
import re

from unfork.model import Patch
from unfork.series import mail
from unfork.series.diff import DiffRead, read_diff
from unfork.series.identity import change_id
from unfork.series.message import Message, read_message

LIMIT = 64 * 2**20  # bytes of one patch; a patch that people wrote is far below

MOST_LINES = 4 * 10**6  # each costs some fifty bytes of memory whatever its length
_MOST_WARNINGS = 50

_SEPARATOR = re.compile(rb"^From [^\n]* \d\d:\d\d(?::\d\d)?[^\n]* \d{4}\s*$", re.MULTILINE)
_OTHERS = (
    (b"\x1f\x8b", "is compressed with gzip", "gunzip it first"),
    (b"BZh", "is compressed with bzip2", "bunzip2 it first"),
    (b"\xfd7zXZ\0", "is compressed with xz", "unxz it first"),
    (b"\xff\xfe", "is UTF-16 text", "make it with git diff --output=FILE, not through PowerShell's '>'"),
    (b"\xfe\xff", "is UTF-16 text", "make it with git diff --output=FILE, not through PowerShell's '>'"),
)
_MAKE = "make it with git format-patch or diff -u"


def parse_patch(data: bytes, name: str, *, strip: int = 1, limit: int = LIMIT) -> Patch:
    """Read a mail of git format-patch, a quilt or DEP-3 patch, or a plain unified diff.

    ``strip`` is the number of leading path parts to remove (``-pN``). What cannot be used gives
    a patch with ``error`` set to one line ``NAME:LINE: what, what was expected; what to do``;
    what can be used in spite of a fault gives ``warnings`` of the same form. Never raises for
    what ``data`` holds. Data of more than ``limit`` bytes is not looked at.
    """
    if len(data) > limit:
        return too_large(name, len(data), limit=limit, strip=strip)
    if data.count(b"\n") > MOST_LINES:
        problem = f"1: has more than {MOST_LINES} lines, expected a patch that people wrote; split it"
        return unusable(name, problem, strip=strip, data=data)
    for magic, what, hint in _OTHERS:
        if data.startswith(magic):
            return unusable(name, f"1: {what}, expected a patch as text; {hint}", strip=strip, data=data)
    header = data[: data.find(b"\n\n") + 1 or len(data)] if b"\r\n\r\n" not in data[:65536] else data[:65536]
    if mail.is_encoded(header):
        data = mail.decoded(data)
    lines = io.BytesIO(data).readlines()
    read = read_diff(lines, strip)
    message = read_message(lines[: read.first])
    error = _error(read, message, data)
    warnings = [f"{name}:{text}" for text in read.warnings[:_MOST_WARNINGS]]
    if len(read.warnings) > _MOST_WARNINGS:
        warnings.append(f"{name}:1: {len(read.warnings) - _MOST_WARNINGS} more of these warnings")
    warnings.extend(f"{name}:{text}" for text in _remarks(lines, read, error))
    otherwise = data if error else f"{message.subject}\n{message.body}".encode("utf-8", "surrogateescape")
    return Patch(
        name=name,
        id=change_id(read.files, otherwise=otherwise),
        subject=message.subject,
        message=message.body,
        author=message.author,
        date=message.date,
        trailers=message.trailers,
        files=tuple(read.files),
        sha=message.sha,
        strip=strip,
        warnings=tuple(warnings),
        error=f"{name}:{error}" if error else None,
    )


def unusable(name: str, problem: str, *, strip: int = 1, data: bytes = b"", located: bool = False) -> Patch:
    """A patch that could not be read at all; ``problem`` starts with a line number, or (``located``)
    with a file and a line of its own."""
    return Patch(
        name=name,
        id=change_id((), otherwise=data or name.encode("utf-8", "surrogateescape")),
        subject="",
        strip=strip,
        error=problem if located else f"{name}:{problem}",
    )


def too_large(name: str, size: int, *, limit: int = LIMIT, strip: int = 1) -> Patch:
    """The answer for a patch that is not even read."""
    return unusable(
        name,
        f"1: has {size / 2**20:.0f} MB, expected at most {limit / 2**20:.0f} MB; split it, or take generated"
        " and vendored files out of it",
        strip=strip,
    )


def _error(read: DiffRead, message: Message, data: bytes) -> str | None:
    if read.damage is not None:
        return f"{read.damage.at + 1}: {read.damage.text}"
    changes = any(hunk.changed() for change in read.files for hunk in change.hunks)
    if read.truncated and not changes:
        return "1: the file ends before its first changed line, expected a whole hunk; get the whole file"
    if read.files:
        return None
    if not data.strip():
        return f"1: is empty, expected a patch; {_MAKE}"
    if message.subject and (message.author is not None or message.sha or message.trailers):
        return None  # a mail without a diff: git commit --allow-empty
    return f"1: is no patch, expected a unified diff ('--- a/NAME', '+++ b/NAME', '@@ ...'); {_MAKE}"


def _remarks(lines: list[bytes], read: DiffRead, error: str | None) -> list[str]:
    remarks: list[str] = []
    if error is not None:
        return remarks
    if not read.files:
        remarks.append("1: has a message but changes nothing")
    if any(change.header and change.header[-1].endswith(b"\r\n") for change in read.files):
        remarks.append(
            "1: has CRLF line ends throughout; they are taken for those of the mail, not of the files"
        )
    mails = sum(1 for line in lines[read.first :] if line.startswith(b"From ") and _SEPARATOR.match(line))
    if mails:
        remarks.append(f"1: holds {mails + 1} mails, read as one patch; git mailsplit takes them apart")
    return remarks
