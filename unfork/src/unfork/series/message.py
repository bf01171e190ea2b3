"""The text before the diff: mail headers, DEP-3 fields, ``git show`` output, or plain prose."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from unfork.model import Person
from unfork.series import mail
from unfork.series.trailers import trailers

_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]*):(?:[ \t]+(.*)|)$")
_FROM_LINE = re.compile(r"From ([0-9a-f]{40}(?:[0-9a-f]{24})?) ")
_SHOWN = re.compile(r"commit ([0-9a-f]{40}(?:[0-9a-f]{24})?)\b")
_SCISSORS = re.compile(r"^(?=.*(?:>8|8<|>%|%<))(?=.*--)(?:[- \t]|>8|8<|>%|%<|cut here|cut)+$", re.MULTILINE)
_END = re.compile(r"^---[ \t]*$", re.MULTILINE)
_PATCH_TAG = re.compile(r"(?:\[[^\[\]]*\]\s*)*\[[^\[\]]*\b(?:PATCH|RFC)\b[^\[\]]*\]\s*")
_TAG = re.compile(r"\[(?:(?:RFC|RESEND|PATCH|v\d+|\d+/\d+)[\s,]*)+\]\s*", re.IGNORECASE)
_KNOWN = frozenset(
    {
        "subject", "from", "description", "author", "date", "origin", "forwarded", "bug", "applied-upstream",
        "last-update", "upstream-status", "patch-mainline", "git-commit", "change-id", "reviewed-by",
        "acked-by", "signed-off-by",
    }
)  # fmt: skip
# Fields that say how the mail travelled, or that have a place of their own in Patch.
_NOT_TRAILERS = re.compile(
    r"(?:from|author|date|subject|description|to|cc|bcc|reply-to|message-id|in-reply-to|mime-version"
    r"|content-.*|x-.*|list-.*|received|return-path|delivered-to|sender|user-agent|precedence|errors-to"
    r"|dkim-.*|arc-.*|authentication-results|status|lines)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Message:
    """What a patch says about itself."""

    subject: str = ""
    body: str = ""
    author: Person | None = None
    date: int | None = None
    trailers: tuple[tuple[str, str], ...] = ()
    sha: str | None = None


def read_message(head: Sequence[bytes]) -> Message:
    """Read all lines before the diff."""
    text = mail.text(b"".join(head)).replace("\r\n", "\n").removeprefix("\ufeff")
    first, _, rest = text.partition("\n")
    sha = None
    if first.startswith("From "):
        found = _FROM_LINE.match(first)
        sha = found[1] if found and found[1].strip("0") else None
        text = rest
    elif shown := _SHOWN.match(first):
        return _shown(shown[1], rest)
    text = _uncommented(text)
    fields, body = _fields(text)
    message, notes = _before_notes(body)
    cut = list(_SCISSORS.finditer(message))
    if cut:  # git am --scissors: what stands above was said to the reader
        message = message[cut[-1].end() :]
    inner, message = _in_body(message)
    fields = inner + [field for field in fields if field[0].lower() not in {key.lower() for key, _ in inner}]
    return _message(fields, message.strip("\n"), notes, sha)


def _message(fields: list[tuple[str, str]], message: str, notes: str, sha: str | None) -> Message:
    values = {key.lower(): value for key, value in reversed(fields)}
    described = _described(values.get("description", ""))
    if "subject" in values:
        subject = clean_subject(mail.words(_unfolded(values["subject"])))
        body = "\n\n".join(part for part in (described, message) if part)
    else:
        subject, _, body = (described or message).lstrip("\n").partition("\n")
        body = "\n\n".join(part for part in (body.strip("\n"), message if described else "") if part)
        subject = clean_subject(subject.strip())
    author = values.get("from", values.get("author", ""))
    said = [
        (key, mail.words(_unfolded(value)))
        for key, value in fields
        if not _NOT_TRAILERS.fullmatch(key) and not value.startswith("<")  # References: of a mail
    ]
    return Message(
        subject=subject,
        body=body,
        author=mail.person(_unfolded(author)),
        date=mail.date(values["date"]) if "date" in values else None,
        trailers=(*said, *trailers(body, notes)),
        sha=sha,
    )


def clean_subject(subject: str) -> str:
    """A subject without what mailing adds: ``Re:``, ``[PATCH v2 3/7]`` and brackets before it.

    Brackets after it are the author's own ("[placement] ...") and upstream has them too.
    """
    subject = re.sub(r"^(?:(?:re|aw|fwd?):\s*)+", "", subject.strip(), flags=re.IGNORECASE)
    subject = _PATCH_TAG.sub("", subject, count=1) if _PATCH_TAG.match(subject) else subject
    while tag := _TAG.match(subject):
        subject = subject[tag.end() :]
    return re.sub(r"\s+", " ", subject).strip()


def _unfolded(value: str) -> str:
    return " ".join(line.strip() for line in value.split("\n")).strip()


def _described(value: str) -> str:
    """A DEP-3 description: one space of indent removed, " ." is an empty line."""
    lines = [line.removeprefix(" ").rstrip() for line in value.split("\n")]
    return "\n".join("" if line == "." else line for line in lines).strip("\n")


def _uncommented(text: str) -> str:
    """dpatch and some quilt users put the header behind ``#``."""
    lines = text.strip("\n").split("\n")
    if not lines[0].startswith("#"):
        return text
    plain = [re.sub(r"^#+ ?(?:DP: ?)?", "", line) for line in lines if not line.startswith("#!")]
    return "\n".join(plain).lstrip("\n")


def _fields(text: str) -> tuple[list[tuple[str, str]], str]:
    """The header block and what follows it; no fields when the text is prose.

    A line without indent that is no field goes on the field before it: many DEP-3 headers are
    written so.
    """
    lines = text.lstrip("\n").split("\n")
    fields: list[tuple[str, list[str]]] = []
    at = 0
    for at, line in enumerate(lines):  # noqa: B007 - used after the loop
        if not line.strip() or line.rstrip() == "---":
            break
        found = _FIELD.match(line)
        if found:
            fields.append((found[1], [found[2] or ""]))
        elif not fields:
            return [], text
        else:
            fields[-1][1].append(line)
    else:
        at = len(lines)
    known = any(key.lower() in _KNOWN or key.lower().startswith("bug-") for key, _ in fields)
    if not known:
        return [], text
    return [(key, "\n".join(value)) for key, value in fields], "\n".join(lines[at:])


def _before_notes(body: str) -> tuple[str, str]:
    """The message, and what stands below its ``---`` (a diffstat, remarks)."""
    end = _END.search(body)
    return (body[: end.start()], body[end.end() :]) if end else (body, "")


def _in_body(message: str) -> tuple[list[tuple[str, str]], str]:
    """From, Subject and Date at the top of a body win over the mail's own (``git format-patch --from``)."""
    if not re.match(r"\s*(?:From|Subject|Date): ", message):
        return [], message
    fields, rest = _fields(message)
    wanted = [field for field in fields if field[0].lower() in ("from", "subject", "date")]
    return (wanted, rest) if len(wanted) == len(fields) else ([], message)


def _shown(sha: str, rest: str) -> Message:
    """The output of ``git show`` or ``git log -p``: the message is indented by four spaces."""
    header, _, body = rest.partition("\n\n")
    fields = [(found[1], found[2] or "") for line in header.split("\n") if (found := _FIELD.match(line))]
    shown = "\n".join(line[4:] for line in body.split("\n") if line.startswith("    ") or not line.strip())
    return _message([field for field in fields if field[0] == "Author"], shown.strip("\n"), "", sha)
