"""Identifiers that people put in messages and that join a patch to an upstream commit."""

import re
from typing import Final

_SHA: Final = r"([0-9a-f]{7,64})\b"
# Kind, a text without which the pattern cannot match, and the pattern, for a lower-case message.
# Messages are searched by the ten thousand: each pattern begins with a literal where it can, and
# the guard spares most messages most patterns (a single pattern of alternatives is 20 times slower).
_PATTERNS: Final = tuple(
    (kind, guard, re.compile(pattern, re.M))
    for kind, guard, pattern in (
        ("change-id", "change-id:", r"change-id:\s*(i[0-9a-f]{8,40})\b"),
        ("picked", "picked from", r"cherry[- ]picked from (?:commit )?" + _SHA),
        ("picked", "upstream commit", r"upstream commit " + _SHA),
        ("picked", "upstream", r"^\s*commit ([0-9a-f]{40}) upstream"),
        ("picked", "commit ", r"^commit ([0-9a-f]{40})$"),
        ("picked", "-commit:", r"(?:git|upstream)-commit:\s*" + _SHA),
        ("picked", "commit-id:", r"commit-id:\s*" + _SHA),
        ("picked", "origin:", r"^origin:.*?[=/:\s\[(]" + _SHA),
        ("picked", "applied-upstream:", r"^applied-upstream:.*?[=/:\s\[(]" + _SHA),
        ("picked", "upstream-status:", r"^upstream-status:.*?[=/:\s\[(]" + _SHA),
        ("reverts", "this reverts commit", r"this reverts commit " + _SHA),
        ("bug", "bug", r"bugs?[ :#]*(\d{5,9})\b"),
        ("bug", "-bug:", r"-bug:\s*#?(\d{1,9})\b"),
        ("bug", "+bug/", r"\+bug/(\d{5,9})\b"),
        ("bug", "/bugs/", r"/bugs/(\d{5,9})\b"),
        ("bug", "lp", r"lp:?\s*#\s*(\d{5,9})\b"),
        ("blueprint", "blueprint", r"blueprints?:?\s+([a-z][\w.-]{5,})"),
        ("blueprint", "bp", r"\bbp[: /]\s*([a-z][\w.-]{5,})"),
        ("blueprint", "+spec/", r"\+spec/([a-z][\w.-]{5,})"),
        ("issue", "#", r"(?:close[sd]?|fix(?:es|ed)?|resolve[sd]?):?\s+(?:[\w.-]+/[\w.-]+)?#(\d+)\b"),
        ("cve", "cve-", r"cve-(\d{4}-\d{4,7})\b"),
    )
)


def identifiers(text: str) -> tuple[str, ...]:
    """Every identifier a message names, as ``kind:value`` in lower case, sorted, each once."""
    text = text.lower()
    found = {
        f"{kind}:{value.rstrip('.')}"
        for kind, guard, pattern in _PATTERNS
        if guard in text
        for value in pattern.findall(text)
    }
    # A Debian or Yocto header may name a date or a number in the place of a hash.
    return tuple(sorted(each for each in found if not (each.startswith("picked:") and each[7:].isdigit())))


def only(ids: tuple[str, ...], kind: str) -> list[str]:
    """The values of one kind."""
    start = kind + ":"
    return [each[len(start) :] for each in ids if each.startswith(start)]


_ENDINGS: Final = ("ing", "es", "ed", "s")
_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]+|\d+")
_DROPPED: Final = frozenset(
    re.findall(r"\w+", "a an and the to of in on for with from is are be by at it this that as or")
)


def subject_words(subject: str) -> list[str]:
    """The words a subject is looked up by."""
    return [word for word in (found.lower() for found in _WORD.findall(subject)) if word not in _DROPPED]


def stem(word: str) -> str:
    """Drop one English ending, so that "migrates" finds "migrating"; a real stemmer measured no better."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 3:
            return word[: -len(ending)]
    return word


def plain_subject(subject: str) -> str:
    """A subject without what people change when they pick a commit."""
    return " ".join(subject.lower().rstrip(". ").split())
