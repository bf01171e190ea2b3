"""What a patch's message says of other patches of its series: that it mends or reverts one."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from unfork.grouping.listing import listed_at
from unfork.grouping.naming import Names
from unfork.model import Evidence, KinKind, Patch

_HASH = r"\b(?=[0-9a-f]*[a-f])(?=[0-9a-f]*[0-9])[0-9a-f]{7,40}\b"
_NAMED = re.compile(_HASH)
# git writes "fixup! Subject"; people also write "JIRA-1: fixup! Subject" and "fixup Subject".
_FIXUP = re.compile(r"^(?:[\w.-]+:\s*)?(fixup|squash|amend)(?P<bang>!)?:?\s+(?P<subject>.+)$", re.IGNORECASE)
_REVERT = re.compile(r"^(?:[\w.-]+:\s*)?revert:?\s+(?P<subject>.+)$", re.IGNORECASE)
_REVERTS = re.compile(r"revert(?:s|ed|ing)?\s+(?:commit\s+)?(" + _HASH + ")", re.IGNORECASE)
# "Fixes: 1234567 ("Subject")", as the kernel writes it; or the subject alone.
_FIXES = re.compile(r"^fixes$", re.IGNORECASE)
_FIXES_VALUE = re.compile(
    r"^(?:(?P<hash>[0-9a-f]{7,40})\b)?\s*(?:\(?[\"“](?P<subject>.+?)[\"”]\)?|(?P<plain>.*))$"
)
# Words by which a sentence that names a commit says that it mends it.
_MENDS = re.compile(
    r"\b(?:fix(?:e[sd]|up)?|squash(?:ed)?|merged?|fold(?:ed)?|addendum|follow[- ]?up|introduced|override[sn]?"
    r"|overrid(?:es|den)|corrects?|missing from|brok[e]n?|regress(?:ion|ed)|complements?|amends?)\b",
    re.IGNORECASE,
)
_COMPARES = re.compile(r"\b(?:same way|just like|similar(?:ly)? to)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.;])\s+|\n\s*\n")
_LONG = 160  # characters of a sentence that a report repeats


@dataclass(frozen=True, slots=True)
class Said:
    """A patch says that it fixes or reverts another one, or names it and no more (``kind`` None)."""

    patch: int
    other: int
    kind: KinKind | None
    evidence: Evidence


def read_said(patches: Sequence[Patch], names: Names) -> list[Said]:
    """What each message says, at most once for a pair and the strongest word first."""
    found: dict[tuple[int, int], Said] = {}
    for number, patch in enumerate(patches):
        for said in _said_by(number, patch, names):
            known = found.get((number, said.other))
            if known is None or (known.kind is None and said.kind is not None):
                found[number, said.other] = said
    return list(found.values())


def wants_mending(subject: str) -> bool:
    """Whether a subject calls its patch a fix-up, of whatever patch."""
    return bool(_FIXUP.match(subject))


def _said_by(number: int, patch: Patch, names: Names) -> Iterator[Said]:
    yield from _by_subject(number, patch, names)
    for key, value in patch.trailers:
        if _FIXES.match(key) and (found := _FIXES_VALUE.match(value.strip())):
            subject = found["subject"] or found["plain"]
            other = names.by_hash(found["hash"], before=number) if found["hash"] else None
            other = names.by_subject(subject, before=number) if other is None and subject else other
            if other is not None:
                yield Said(number, other, KinKind.FIXES, Evidence("trailer", f"Fixes: {value.strip()}"))
    for hash_ in _REVERTS.findall(patch.message):
        other = names.by_hash(hash_, before=number)
        if other is not None:
            yield Said(
                number, other, KinKind.REVERTS, Evidence("message", f"it says that it reverts {hash_}")
            )
    yield from _by_sentence(number, patch, names)


def _by_subject(number: int, patch: Patch, names: Names) -> Iterator[Said]:
    for pattern, kind in ((_FIXUP, KinKind.FIXES), (_REVERT, KinKind.REVERTS)):
        found = pattern.match(patch.subject)
        if found:
            other = names.by_subject(found["subject"].strip("\"' "), before=number)
            if other is not None:
                yield Said(number, other, kind, Evidence("subject", patch.subject))


def _by_sentence(number: int, patch: Patch, names: Names) -> Iterator[Said]:
    """Sentences that name the hash of an earlier patch; lists of parts are no sentences."""
    lines = patch.message.split("\n")
    listed = listed_at(lines)
    text = "\n".join("" if at in listed else line for at, line in enumerate(lines))
    for sentence in (patch.subject, *_SENTENCE.split(text)):
        plain = " ".join(sentence.split())
        for hash_ in _NAMED.findall(plain):
            other = names.by_hash(hash_, before=number)
            if other is not None:
                mends = _MENDS.search(plain) and not _COMPARES.search(plain)
                kind = KinKind.FIXES if mends else None
                yield Said(number, other, kind, Evidence("message", _shortened(plain)))


def _shortened(text: str) -> str:
    return text if len(text) <= _LONG else text[: _LONG - 1] + "…"
