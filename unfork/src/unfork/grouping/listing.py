"""The parts that a squash's message lists: lines with a short hash and a subject, or bullets with one."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_HASH = r"(?=[0-9a-f]*[0-9])[0-9a-f]{7,40}"
# "7f39026 Support live migration", also with a tab, a colon or a dash between the two.
_LINE = re.compile(rf"^(?P<indent>[ \t]*)(?P<hash>{_HASH})[ \t:,-]+(?P<subject>\S.*[A-Za-z].*)$")
# A bullet that ends in a hash: "Evacuation of a guest fails (commit aaf3d10)."
_BULLET = re.compile(rf"^(?P<subject>.*\S)\s*\((?:commit\s+)?(?P<hash>{_HASH})\)?[.,;]*$", re.DOTALL)
_MARK = re.compile(r"^(?P<indent>[ \t]*)[-*•] +(?P<text>\S.*)$")
# What "git merge --squash" writes: "commit <40 digits>", headers, an indented subject.
_LOG = re.compile(r"^commit (?P<hash>[0-9a-f]{40})$")
# A line that ends so is followed by the patch that this one is to be folded into, not by a part.
_INTO = re.compile(
    r"(?:merged?|squash(?:ed)?|fold(?:ed)?|combined?)\s+(?:with|into|to|in)\b[^.]*:?\s*$", re.IGNORECASE
)
_LEAD = 40  # "For port to Pike," is shorter than a line that was wrapped at a comma


@dataclass(frozen=True, slots=True)
class Listed:
    """One part as the message names it."""

    hash: str
    subject: str
    line: int  # where it begins in the message


def read_listing(message: str) -> list[Listed]:
    """The parts that a message lists, in order; none for a message that lists none."""
    lines = message.split("\n")
    found = [*_plain(lines), *_bullets(lines), *_log(lines)]
    once: dict[str, Listed] = {}
    for each in sorted(found, key=lambda listed: listed.line):
        once.setdefault(each.hash, each)
    return list(once.values())


def listed_at(lines: Sequence[str]) -> frozenset[int]:
    """The numbers of the lines that begin a part."""
    return frozenset(each.line for each in (*_plain(lines), *_bullets(lines), *_log(lines)))


def _plain(lines: Sequence[str]) -> Iterator[Listed]:
    matches = {at: found for at, line in enumerate(lines) if (found := _LINE.match(line.expandtabs()))}
    heads = {at: found for at, found in matches.items() if _begins(lines, at, matches)}
    if not heads:
        return
    # What is indented further are the parts of a part.
    least = min(len(found["indent"]) for found in heads.values())
    for at, found in heads.items():
        if len(found["indent"]) <= least + 1:
            yield Listed(found["hash"], found["subject"].strip(), at)


def _begins(lines: Sequence[str], at: int, matches: dict[int, re.Match[str]]) -> bool:
    """Whether a line stands for itself: a hash that prose was wrapped before begins no part."""
    before = lines[at - 1].strip() if at else ""
    if not before or at - 1 in matches:
        above = next((line.strip() for line in reversed(lines[:at]) if line.strip()), "")
        return not _INTO.search(above)
    led = before.endswith((":", ".", ")")) or (before.endswith(",") and len(before) < _LEAD)
    return led and not _INTO.search(before)


def _bullets(lines: Sequence[str]) -> Iterator[Listed]:
    at = 0
    while at < len(lines):
        mark = _MARK.match(lines[at].expandtabs())
        end = at + 1
        if mark:
            text = [mark["text"]]
            while end < len(lines) and lines[end].strip() and lines[end].startswith((" ", "\t")):
                if _MARK.match(lines[end].expandtabs()):
                    break
                text.append(lines[end].strip())
                end += 1
            found = _BULLET.match(" ".join(text))
            if found:
                yield Listed(found["hash"], found["subject"].strip(), at)
        at = end


def _log(lines: Sequence[str]) -> Iterator[Listed]:
    for at, line in enumerate(lines):
        found = _LOG.match(line)
        if found:
            subject = next((each.strip() for each in lines[at + 1 : at + 12] if each.startswith("    ")), "")
            yield Listed(found["hash"], subject, at)
