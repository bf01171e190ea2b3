"""Numbers and hashes that join a patch to a changelog's entry."""

import re
from collections.abc import Iterable

from unfork.history import identifiers

# An upstream's own numbers, as its changelog and a patch's links write them.
_NUMBER = re.compile(
    r"/(?:issues?|pulls?|pull-requests|merge_requests|tickets?)/(\d{1,7})\b"
    r"|(?<![\w&/])#(\d{1,7})\b"
    r"|\b(?:gh|pr|issue|bpo|ticket)[-#` :]{1,2}(\d{1,7})\b",
    re.I,
)
_CLOSES = re.compile(r"closes:\s*(?:bug)?\s*#?\d+(?:,\s*(?:bug)?\s*#?\d+)*", re.I)
_DEBIAN = re.compile(r"bugs\.debian\.org/(?:cgi-bin/bugreport\.cgi\?bug=)?(\d{4,8})", re.I)
_ADVISORY = re.compile(r"\bghsa[-:` ]{1,2}([0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4})\b", re.I)
_HEX = re.compile(r"(?<![0-9a-z])[0-9a-f]{7,40}(?![0-9a-z])")
_TAKEN = ("bug:", "cve:", "blueprint:")  # of what messages name


def references(text: str) -> frozenset[str]:
    """Every bug, issue, CVE, advisory and blueprint a text names, as ``kind:number``.

    "#123" is the upstream's own number, but "Closes: #123" is Debian's, as is a link to its tracker.
    """
    found = {each for each in identifiers(text) if each.startswith(_TAKEN)}
    closed = [number for each in _CLOSES.findall(text) for number in re.findall(r"\d{4,8}", each)]
    found |= {f"debian:{number}" for number in (*closed, *_DEBIAN.findall(text))}
    found |= {f"ghsa:{each.lower()}" for each in _ADVISORY.findall(text)}
    rest = _CLOSES.sub(" ", text)
    found |= {f"number:{next(filter(None, each))}" for each in _NUMBER.findall(rest)}
    return frozenset(found)


def hashes(text: str) -> frozenset[str]:
    """Words that can be the beginning of a commit's hash: hexadecimal, with a digit and a letter."""
    words = _HEX.findall(text.lower())
    return frozenset(word for word in words if not word.isdigit() and not word.isalpha())


def same_hash(ours: Iterable[str], theirs: Iterable[str]) -> str | None:
    """The first of our hashes that is one of theirs, either abbreviated."""
    others = list(theirs)
    return next(
        (one for one in ours if any(one.startswith(each) or each.startswith(one) for each in others)), None
    )
