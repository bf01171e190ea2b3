"""Identifiers that people put in messages and that join a patch to an upstream commit."""

import re
from typing import Final

# kind -> pattern; group 1 is the identifier. Kinds are words of the field.
_PATTERNS: Final = {
    "change-id": re.compile(r"^\s*Change-Id:\s*(I[0-9a-f]{8,40})\b", re.M),
    "picked": re.compile(
        r"cherry[- ]picked from (?:commit )?([0-9a-f]{7,64})"
        r"|^\s*(?:Git-commit|Upstream-commit|commit-id):\s*([0-9a-f]{7,64})"
        r"|^\s*\[?\s*Upstream commit ([0-9a-f]{7,64})"
        r"|^\s*(?:commit|upstream:?)\s+([0-9a-f]{40})(?:\s+upstream)?\.?\s*$"
        r"|^\s*(?:Origin|Applied-Upstream|Upstream-Status):.*?(?:commit[/ :h=]+|/)([0-9a-f]{7,64})\b"
        r"|^\s*(?:Origin|Applied-Upstream|Upstream-Status):[^/]*?\b([0-9a-f]{12,64})\b",
        re.M | re.I,
    ),
    "reverts": re.compile(r"This reverts commit ([0-9a-f]{7,64})"),
    "bug": re.compile(
        r"(?:(?:Closes|Close|Partial|Partially|Related|Fixes|Resolves)[- ]?Bug\s*:?\s*#?"
        r"|LP:?\s*#\s*|\bbug[ :]*#?\s*|bugs\.launchpad\.net/(?:[\w.-]+/\+bug|bugs)/)(\d{5,9})\b",
        re.I,
    ),
    "blueprint": re.compile(r"(?:\bblueprint[s]?:?\s+|\bbp[: /]\s*|\+spec/)([a-z][\w.-]{5,})", re.I),
    "issue": re.compile(r"(?:Closes|Fixes|Resolves|Fix|Close):?\s+(?:[\w.-]+/[\w.-]+)?#(\d+)\b", re.I),
    "cve": re.compile(r"\b(CVE-\d{4}-\d{4,7})\b"),
}


def identifiers(text: str) -> tuple[str, ...]:
    """Every identifier a message names, as ``kind:value``, sorted, each once."""
    found: set[str] = set()
    for kind, pattern in _PATTERNS.items():
        for match in pattern.finditer(text):
            value = next(group for group in match.groups() if group)
            found.add(f"{kind}:{value if kind in ('change-id', 'cve') else value.lower()}")
    return tuple(sorted(found))


def only(ids: tuple[str, ...], kind: str) -> list[str]:
    """The values of one kind."""
    start = kind + ":"
    return [each[len(start) :] for each in ids if each.startswith(start)]


_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]+|\d+")
_DROPPED: Final = frozenset(
    re.findall(r"\w+", "a an and the to of in on for with from is are be by at it this that as or")
)


def subject_words(subject: str) -> list[str]:
    """The words a subject is looked up by."""
    return [word for word in (found.lower() for found in _WORD.findall(subject)) if word not in _DROPPED]
