"""What an address leads to, and by which words a plan may call it."""

import re

from unfork.model.plan import Link, LinkKind

_KINDS = (
    (re.compile(r"blueprints\.launchpad\.net|/\+spec/|^(?:bp|blueprint)\b", re.I), LinkKind.BLUEPRINT),
    (
        re.compile(r"/merge_requests/\d+|/pull/\d+|/pulls/\d+|^[\w./-]+!\d+$"),
        LinkKind.MERGE_REQUEST,
    ),
    (re.compile(r"/specs/|-specs(?:/|$)"), LinkKind.SPEC),
    (
        re.compile(
            r"^(?:[Cc]hange-[Ii]d:\s*)?I[0-9a-f]{8,40}$|review\.|/#/c/\d+|/c/[^ ]+/\+/\d+|patchwork|/patch/"
        ),
        LinkKind.REVIEW,
    ),
    (
        re.compile(
            r"bugs\.|bugzilla|/\+?bugs?/\d+|/issues/\d+|show_bug|/story/\d+"
            r"|^(?:lp|bug|story|[a-z]+-bug)\b|^[\w.-]+/[\w.-]+#\d+$",
            re.I,
        ),
        LinkKind.BUG,
    ),
    (re.compile(r"^mailto:|lists\.|lore\.kernel\.org|/archives?/|pipermail|message-id", re.I), LinkKind.MAIL),
)
_NUMBER = re.compile(r"(?:^|[/#+=])(\d{2,})(?=$|[/?#])")


def kind_of(link: Link) -> LinkKind:
    """What the link says it is, else what its address looks like."""
    if link.kind is not None:
        return link.kind
    return next((kind for pattern, kind in _KINDS if pattern.search(link.url)), LinkKind.PAGE)


def names_of(link: Link) -> set[str]:
    """The words by which a condition may call it: its name, its address, the numbers in its address."""
    names = {link.url, *_NUMBER.findall(link.url)}
    if link.name:
        names.add(link.name)
    return names


def short(link: Link) -> str:
    """How people call it: its name, else the number or the last part of its address."""
    if link.name:
        return link.name
    numbers = _NUMBER.findall(link.url)
    return numbers[0] if numbers else link.url.rstrip("/").rpartition("/")[2] or link.url
