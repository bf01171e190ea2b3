"""Writes fields into the header of a patch; every other byte stays as it is."""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass

from unfork.headers.words import INSTEAD, fields_of
from unfork.model.header import Fact, Form, PatchHeader, Said, Standing
from unfork.series import mail
from unfork.series.diff import read_diff

_FIELD = re.compile(rb"((?:#+ ?(?:DP: ?)?)?)([A-Za-z][A-Za-z0-9-]*)( ?:)([ \t]*)([^\r\n]*)(\r?\n|\Z)")
_END = re.compile(rb"---[ \t]*\r?\n\Z")
_SIGNED = re.compile(rb"(?:Signed-off-by|\(cherry picked from)\b", re.IGNORECASE)
_FIRST = re.compile(rb"From [0-9a-f]{40}")
_SHOWN = re.compile(rb"commit [0-9a-f]{40}")


def write_header(data: bytes, header: PatchHeader, fact: Fact, form: Form, *, day: str) -> bytes:
    """The patch's bytes with what is known written into its header in the given form.

    ``header`` is what it says by now. A fact that is not proved changes nothing that people have said: what
    they said in another form is said in this one. One that is proved is written in every form the header has,
    so that they do not contradict each other. ``day`` goes into DEP-3's ``Last-Update``. Raises
    ``ValueError`` with the reason when the header cannot be written to.
    """
    if header.said and not fact.proved:
        fact = _as_people_said(header.said[0], fact)
    used = {each.form for each in header.said if fact.proved}
    forms = [each for each in Form if each in {form, *used} and _says_more(header, fact, each)]
    if not forms:
        return data
    lines = io.BytesIO(data).readlines()
    first = read_diff(lines, 1).first
    head = lines[:first]
    if mail.is_encoded(b"".join(head)):
        raise ValueError(
            "the mail is encoded as base64 or quoted-printable; decode it with git mailinfo first"
        )
    if head and _SHOWN.match(head[0]):
        raise ValueError("it is the output of git show, which has no fields; make it with git format-patch")
    newline = b"\r\n" if lines[0].endswith(b"\r\n") else b"\n"
    for each in forms:
        # A value is one line, whatever the plan has for a reason.
        fields = {name: " ".join(value.split()) for name, value in fields_of(fact, each).items()}
        if each is Form.DEP3:
            fields["Last-Update"] = day
        head = _with_fields(head, fields, each, newline)
    return b"".join([*head, *lines[first:]])


def _as_people_said(said: Said, fact: Fact) -> Fact:
    return Fact(
        said.standing,
        False,
        reason=None if said.link or said.commits else said.reason,
        link=said.link,
        commits=said.commits,
        release=said.release,
        bug=fact.bug,
    )


def _says_more(header: PatchHeader, fact: Fact, form: Form) -> bool:
    """Whether the fact adds to what the form says by now, or corrects it."""
    now = next((each for each in header.said if each.form is form), None)
    if now is None:
        return True
    if not fact.proved:
        return False
    standing = INSTEAD.get((form, fact.standing), fact.standing)
    if now.standing is not standing:
        # A patch that was taken from upstream is upstream, whatever a review of it came to.
        return now.standing is not Standing.UPSTREAM
    if standing is Standing.UPSTREAM:
        return bool(fact.commits) and not now.commits and now.link is None
    return fact.link is not None and now.link is None


def contradicted(header: PatchHeader, fact: Fact) -> str | None:
    """Where the header names an upstream commit that is another than the one that was found."""
    for each in header.said:
        known = fact.standing is Standing.UPSTREAM and fact.commits and each.commits
        if known and not any(full.startswith(one) for one in each.commits for full in fact.commits):
            return f"{each.text!r}, but the scan found {fact.commits[0][:12]} (look at both, correct one)"
    return None


@dataclass(frozen=True, slots=True)
class _Line:
    at: int
    prefix: bytes
    name: bytes
    colon: bytes  # with the blanks after it
    end: bytes


def _with_fields(head: list[bytes], fields: Mapping[str, str], form: Form, newline: bytes) -> list[bytes]:
    known = {line.name.lower().decode("ascii"): line for line in reversed(_fields(head))}
    if "bug" in known:  # there may be several, and people's own stays
        fields = {name: value for name, value in fields.items() if name != "Bug"}
    out = {at: [line] for at, line in enumerate(head)}
    new: list[tuple[str, str]] = []
    for name, value in fields.items():
        line = known.get(name.lower())
        if line is None:
            new.append((name, value))
            continue
        out[line.at] = [line.prefix + line.name + line.colon + value.encode("utf-8") + (line.end or newline)]
        for at in _continued(head, line):
            out[at] = []
    if new:
        at, before, after = _place(head, form)
        prefix = next((line.prefix for line in _fields(head)), b"")
        written = [prefix + f"{name}: {value}".encode() + newline for name, value in new]
        out[at] = [*([newline] if before else []), *written, *([newline] if after else []), *out.get(at, [])]
    if head and not head[-1].endswith(b"\n"):
        out[len(head) - 1].append(newline)
    return [line for at in sorted(out) for line in out[at]]


def _fields(head: list[bytes]) -> list[_Line]:
    found = []
    for at, line in enumerate(head):
        match = _FIELD.fullmatch(line)
        if match:
            colon = match[3] + (match[4] or b" ")
            found.append(_Line(at, match[1], match[2], colon, match[6]))
    return found


def _continued(head: list[bytes], line: _Line) -> list[int]:
    """The lines in which a field's value goes on.

    In the block of fields at the top that is every line with an indent. Below it such a line may be anything,
    also of a diffstat: there a value goes on while a bracket is open.
    """
    top = _top(head)
    found = []
    opened = head[line.at].count(b"[") - head[line.at].count(b"]")
    for at in range(line.at + 1, len(head)):
        inside = at < top or opened > 0
        if not inside or not head[at].startswith((line.prefix + b" ", line.prefix + b"\t")):
            break
        opened += head[at].count(b"[") - head[at].count(b"]")
        found.append(at)
    return found


def _place(head: list[bytes], form: Form) -> tuple[int, bool, bool]:
    """Before which line new fields go, and whether an empty line goes before and after them.

    Yocto's field stands with the trailers, above the first signature; the others stand in the block of
    fields at the top.
    """
    end = next((at for at, line in enumerate(head) if _END.fullmatch(line)), len(head))
    if form is Form.YOCTO:
        signed = next((at for at in range(end) if _SIGNED.match(head[at])), None)
        if signed is not None:
            return signed, False, False
        last = max((at for at in range(end) if head[at].strip()), default=-1)
        if last < 0:
            return 0, False, True
        block = _top(head)
        return last + 1, last + 1 != block, last + 1 == len(head)
    top = _top(head)
    return (top, False, False) if top else (0, False, True)


def _top(head: list[bytes]) -> int:
    """How many lines the block of fields at the top has; 0 when there is none."""
    at = 1 if head and _FIRST.match(head[0]) else 0
    begin = at
    while at < len(head):
        line = head[at]
        if not line.strip() or not (_FIELD.fullmatch(line) or (at > begin and line[:1] in b" \t#")):
            break
        at += 1
    return at if at > begin else 0
