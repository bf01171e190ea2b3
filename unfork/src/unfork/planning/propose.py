"""A plan proposed from a scan: patches grouped into items, with what the scan proves and no more.

Reasons that nobody gave are left out, so that a check asks for them: a proposal that fills them in would be
agreed on unread.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from unfork.headers import read_header
from unfork.history import identifiers, only
from unfork.model import Advice, Patch, Relation, Verdict
from unfork.model.header import PatchHeader
from unfork.model.plan import Disposition, Kind

_PART = re.compile(r"^(\d+)(?:\.\d+)+\D")  # 0059.07-...: a part of 0059-...
_WHOLE = re.compile(r"^(\d+)\D")
_FIXUP = re.compile(r"^(?:(?:fixup|squash|amend)! *)+", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://[^\s<>\"'`\])]+")
_FIX = re.compile(
    r"\b(fix(?:e[sd])?|bug|crash|regression|wrong|fail(?:s|ed|ure)?|race|leak)\b", re.IGNORECASE
)
_MOST_LINKS = 6  # of one item; a message may quote a log full of addresses
_MOST_SAID = 4  # of what headers of an item's patches say
_WORDS = 6  # of a subject in an item's name
_JOINING = ("bug", "blueprint", "issue")  # what patches have in common that belong together


@dataclass(frozen=True, slots=True)
class Proposal:
    """An item as it is proposed."""

    name: str
    title: str
    kind: Kind
    disposition: Disposition
    reason: str | None
    links: tuple[str, ...]
    patches: tuple[tuple[str, str], ...]  # name, content id
    notes: str | None


def propose(patches: Sequence[Patch], verdicts: Sequence[Verdict]) -> list[Proposal]:
    """Items for all patches of a series, in its order; each patch is in exactly one."""
    taken: set[str] = set()
    items = []
    for places in _groups(patches, verdicts):
        held = [verdicts[place] for place in places]
        lead = patches[places[0]]
        title = _FIXUP.sub("", lead.subject).strip() or lead.name
        text = "\n".join(f"{patches[place].subject}\n{patches[place].message}" for place in places)
        headers = [read_header(patches[place]) for place in places]
        disposition, reason = _end(held)
        bug = _FIX.search(title) or only(identifiers(text), "bug")
        items.append(
            Proposal(
                name=_free(_slug(title), taken),
                title=title,
                kind=Kind.BUG if bug else Kind.FEATURE,
                disposition=disposition,
                reason=reason,
                links=_links("\n".join([text, *_addresses(headers)])),
                patches=tuple((patches[place].name, patches[place].id) for place in places),
                notes=_notes(held, headers),
            )
        )
    return items


def _groups(patches: Sequence[Patch], verdicts: Sequence[Verdict]) -> list[list[int]]:
    """Places of patches that belong together: parts of a whole, fixups, one bug, one upstream commit."""
    parent = [*range(len(patches))]

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    first: dict[tuple[str, str], int] = {}
    for place, (patch, verdict) in enumerate(zip(patches, verdicts, strict=True)):
        for key in _keys(patch, verdict):
            other = root(first.setdefault(key, place))
            here = root(place)
            parent[max(here, other)] = min(here, other)
    groups: dict[int, list[int]] = {}
    for place in range(len(patches)):
        groups.setdefault(root(place), []).append(place)
    return [*groups.values()]


def _keys(patch: Patch, verdict: Verdict) -> list[tuple[str, str]]:
    """What a patch has in common with those it belongs to."""
    keys = [("subject", _FIXUP.sub("", patch.subject).strip().lower())] if patch.subject else []
    part, whole = _PART.match(patch.name), _WHOLE.match(patch.name)
    number = part or whole
    if number:
        keys.append(("number", number[1]))
    ids = identifiers(f"{patch.subject}\n{patch.message}")
    keys += [(kind, value) for kind in _JOINING for value in only(ids, kind)]
    keys += [("commit", commit.sha) for commit in verdict.commits if verdict.relation is not Relation.PARTIAL]
    return keys


def _end(held: Sequence[Verdict]) -> tuple[Disposition, str | None]:
    """The end that the scan proves for all patches of an item, and its reason; else it is for people."""
    advices = {each.advice for each in held}
    claimed = [each for each in held if each.commits]
    if advices == {Advice.DROP} and claimed:
        commits = ", ".join(dict.fromkeys(commit.sha[:12] for each in claimed for commit in each.commits[:2]))
        releases = sorted({each.first_release for each in claimed if each.first_release})
        since = f", released in {', '.join(releases)}" if releases else ""
        return Disposition.ALIGN, f"The target has it as commit {commits}{since}"
    if advices == {Advice.DROP}:
        return Disposition.ALIGN, "The target's files have all of its lines"
    if advices <= {Advice.DROP, Advice.DROP_AT}:
        releases = sorted({each.advice_release for each in held if each.advice_release})
        return (
            Disposition.UPSTREAM_FIX,
            f"Upstream has merged it, released in {', '.join(releases) or 'none yet'}",
        )
    return Disposition.UNDECIDED, None


def _addresses(headers: Sequence[PatchHeader]) -> list[str]:
    """Where patches were sent, by their headers."""
    return [said.link for header in headers for said in header.said if said.link is not None]


def _notes(held: Sequence[Verdict], headers: Sequence[PatchHeader]) -> str | None:
    """What the scan asks and advises, and what headers say, for the people who decide."""
    said = [f"{each.name}: {each.advice}, {each.relation}, {each.state}" for each in held[:4]]
    if len(held) > 4:
        said.append(f"and {len(held) - 4} more")
    said += [each.suggestions[0].title for each in held if each.suggestions][:2]
    said += [*dict.fromkeys(each.text for header in headers for each in header.said)][:_MOST_SAID]
    return "; ".join(said)


def _links(text: str) -> tuple[str, ...]:
    found = [each.rstrip(".,;:") for each in _ADDRESS.findall(text)]
    # Launchpad's numbers have seven digits; a shorter one may be of any tracker.
    found += [
        f"https://bugs.launchpad.net/bugs/{number}"
        for number in only(identifiers(text), "bug")
        if len(number) == 7
    ]
    return tuple(dict.fromkeys(found))[:_MOST_LINKS]


def _slug(title: str) -> str:
    words = re.findall(r"[a-z0-9]+", title.lower())
    return "-".join(words[:_WORDS]) or "item"


def _free(name: str, taken: set[str]) -> str:
    free, number = name, 2
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    taken.add(free)
    return free
