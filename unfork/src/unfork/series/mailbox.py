"""A file with one mail after another (mbox), or with a single patch."""

import re
from pathlib import Path

from unfork.errors import InputError
from unfork.model import Patch, Series
from unfork.series.load import shown
from unfork.series.parse import LIMIT, parse_patch, too_large

_SEPARATOR = re.compile(
    rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From \S[^\n]{0,200} \d\d:\d\d(?::\d\d)? [^\n]{0,20}\d{4}[^\n]{0,20}\n"
)
_LARGEST = 8 * LIMIT  # bytes of a whole mailbox
_REPLY = re.compile(rb"^Subject:\s*(?:re|aw):", re.IGNORECASE | re.MULTILINE)
_COVER = re.compile(rb"^Subject:[^\n]*\[[^\]\n]*\b0+/\d+\]", re.IGNORECASE | re.MULTILINE)


def read_mailbox(path: Path, location: str) -> Series:
    """The mails of a file in their order; replies and cover letters without a diff are named and left."""
    size = path.stat().st_size
    if size > _LARGEST:
        patch = too_large(path.name, size, limit=_LARGEST)
        return Series("mailbox", location, (patch,))
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"the file cannot be read: {error.strerror}", where=str(path)) from error
    if not data.strip():
        raise InputError("the file is empty, expected a mailbox or a patch", where=str(path))
    mails = split(data)
    if len(mails) < 2:
        return Series("mailbox", location, (parse_patch(data, path.name),))
    patches: list[Patch] = []
    skipped: list[str] = []
    for number, mail in enumerate(mails, 1):
        patch = parse_patch(mail, str(number))
        header = mail[: mail.find(b"\n\n") + 1]
        if not patch.files and (_REPLY.search(header) or _COVER.search(header)):
            skipped.append(patch.subject or f"mail {number}")
        else:
            # Parsed again under its name: errors and warnings begin with it.
            patches.append(parse_patch(mail, f"{number:04d}-{_slug(patch.subject)}"))
    if not patches:
        raise InputError("no mail in it has a patch", where=str(path), hint="check the file")
    warnings = (f"mails without a patch: {shown(skipped)}",) if skipped else ()
    return Series("mailbox", location, tuple(patches), warnings=warnings)


def split(data: bytes) -> list[bytes]:
    """The mails of a mailbox, each with its ``From `` line; one item when it is no mailbox."""
    starts = [found.start() for found in _SEPARATOR.finditer(data)]
    if not starts or starts[0] != 0:
        return [data]
    return [data[start:end] for start, end in zip(starts, [*starts[1:], len(data)], strict=True)]


def _slug(subject: str) -> str:
    """A file name as git format-patch makes it."""
    return re.sub(r"[^A-Za-z0-9._]+", "-", subject).strip("-.")[:52] or "no-subject"
