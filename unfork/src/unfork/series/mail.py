"""What only mails have: transfer encodings, encoded words, addresses, dates.

The stdlib ``email`` package does this work. It takes longer to import than two hundred plain
patches take to read, so the common plain forms are read here without it.
"""

import calendar
import re

from unfork.model import Person

_ENCODED = re.compile(
    rb"^(?:Content-Transfer-Encoding:\s*(?:base64|quoted-printable)|Content-Type:\s*multipart/)",
    re.IGNORECASE | re.MULTILINE,
)
_CHARSET = re.compile(rb"^Content-Type:[^\n]*(?:\n[ \t][^\n]*)*?charset=\"?([\w.:-]+)", re.I | re.M)
_DATE = re.compile(
    r"(?:[A-Z][a-z]{2}, *)?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"
)
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_LONGEST = 1000  # characters of a header value that are interpreted
_PLAIN_PERSON = re.compile(r'\s*([^<>"(),=?\\]*?)\s*<([^<>\s@]+@[^<>\s@]+)>\s*')


def is_encoded(header: bytes) -> bool:
    """Whether a mail's header block says that its body has to be decoded."""
    return _ENCODED.search(header) is not None


def decoded(data: bytes) -> bytes:
    """The mail with its header as it came and its text parts decoded, to the byte.

    Attached patches of a multipart mail follow its text in their order.
    """
    import email
    import email.policy

    # A "From " line is no header, and email would stop at it.
    first = re.match(rb"From [^\n]*\n", data)
    start = first.end() if first else 0
    message = email.message_from_bytes(data[start:], policy=email.policy.compat32)
    end = re.search(rb"\r?\n\r?\n", data)
    header = data[: end.end()] if end else data
    bodies: list[bytes] = []
    for part in message.walk():
        if part.get_content_maintype() == "text" or part.get_content_subtype() in ("x-patch", "x-diff"):
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                bodies.append(payload if payload.endswith(b"\n") else payload + b"\n")
    if len(bodies) == 1 and not message.is_multipart():
        return header + bodies[0].removesuffix(b"\n") if not data.endswith(b"\n") else header + bodies[0]
    return header + b"".join(bodies)


def text(raw: bytes) -> str:
    """Header text and message, decoded: by the charset the mail names, else UTF-8, else Latin-1."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        named = _CHARSET.search(raw)
        try:
            return raw.decode(named[1].decode("ascii") if named else "latin-1", "replace")
        except LookupError:
            return raw.decode("latin-1")


def words(value: str) -> str:
    """A header value with its RFC 2047 encoded words decoded."""
    if "=?" not in value or len(value) > _LONGEST:
        return value
    from email.errors import HeaderParseError
    from email.header import decode_header

    try:
        parts = decode_header(value)
    except (HeaderParseError, ValueError):  # damaged base 64
        return value
    out: list[str] = []
    for part, charset in parts:
        if isinstance(part, str):
            out.append(part)
            continue
        try:
            out.append(part.decode(charset or "utf-8", "replace"))
        except (LookupError, ValueError):  # a charset nobody knows
            out.append(part.decode("latin-1"))
    return "".join(out)


def person(value: str) -> Person | None:
    """``Name <address>`` in any form a mail allows."""
    value = value.strip()[:_LONGEST]
    if not value:
        return None
    if plain := _PLAIN_PERSON.fullmatch(value):
        return Person(plain[1], plain[2])
    from email.utils import parseaddr

    name, address = parseaddr(value)
    if "@" not in address:  # a name alone, or something parseaddr gives up on
        return Person(words(value), "")
    return Person(words(name), address)


def date(value: str) -> int | None:
    """Seconds since the epoch of a mail's ``Date:``; ``None`` when it is none."""
    value = value.strip()[:_LONGEST]
    if plain := _DATE.match(value):
        day, month, year, hour, minute, second, sign, zone_hours, zone_minutes = plain.groups()
        if month in _MONTHS and 1 <= int(day) <= 31 and int(year) > 0:
            fields = (int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second))
            offset = (int(zone_hours) * 60 + int(zone_minutes)) * 60
            return calendar.timegm((*fields, 0, 0, 0)) - (offset if sign == "+" else -offset)
        return None
    from email.utils import mktime_tz, parsedate_tz

    parsed = parsedate_tz(value)
    try:
        return mktime_tz(parsed) if parsed is not None else None
    except (ValueError, OverflowError):
        return None
