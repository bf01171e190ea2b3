"""A part as a mail, as ``git format-patch`` writes one and ``git am`` takes it."""

import re
from datetime import UTC, datetime
from email.header import Header
from email.utils import format_datetime

from unfork.model import Patch, Person
from unfork.series import canonical_diff, emit_diff, left_out

_NOBODY = Person("unfork", "unfork@localhost")  # git am wants somebody
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.]+")
_LONGEST = 52  # characters of a subject in a file's name, as git has them
_LINE = 76


def as_mail(patch: Patch, number: int, count: int) -> bytes:
    """The mail of one part of ``count``."""
    date = datetime.fromtimestamp(patch.date or 0, UTC)
    head = [
        f"From {'0' * 40} Mon Sep 17 00:00:00 2001",
        f"From: {_address(patch.author or _NOBODY)}",
        f"Date: {format_datetime(date)}",
        f"Subject: {_words(f'[PATCH {number}/{count}] {patch.subject}', 9)}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=UTF-8",
        "Content-Transfer-Encoding: 8bit",
        "",
    ]
    body = [*_body(patch.message), "---", ""]
    text = "\n".join([*head, *body]).encode("utf-8", "replace")
    unsaid = Patch("", "", "", files=left_out(patch))
    return text + canonical_diff(patch) + emit_diff(unsaid) + b"-- \nunfork\n\n"


def file_name(patch: Patch, number: int, count: int, stem: str | None) -> str:
    """A name that sorts in order: ``0059.07-Subject.patch`` for a part of ``0059``."""
    width = max(2 if stem else 4, len(str(count)))
    subject = _NOT_IN_NAMES.sub("-", patch.subject).strip("-.")[:_LONGEST].rstrip("-.")
    first = f"{stem}.{number:0{width}}" if stem else f"{number:0{width}}"
    return f"{first}-{subject or 'part'}.patch"


def _body(message: str) -> list[str]:
    """The message; a line that would end it, or begin a diff, is set in."""
    lines = message.strip("\n").split("\n") if message.strip() else []
    return [f" {line}" if _ENDS.match(line) else line for line in lines]


_ENDS = re.compile(
    r"---\s*$|diff --git |diff -|Index: |--- |\+\+\+ |@@ -|From [0-9a-f]{40} |(?:From|Date|Subject): "
    r"|.*8<|.*>8"
)


def _address(person: Person) -> str:
    name = person.name.replace('"', "").replace("\\", "").strip()
    if not name.isascii():
        return f"{_words(name, 6)} <{person.email}>"
    return f'"{name}" <{person.email}>' if re.search(r"[^\w\s'-]", name) else f"{name} <{person.email}>"


def _words(text: str, used: int) -> str:
    """A header's text, encoded where it is not ASCII."""
    plain = " ".join(text.split())
    if plain.isascii():
        return plain
    return Header(plain, "utf-8", maxlinelen=_LINE, header_name=" " * used).encode()
