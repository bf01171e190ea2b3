"""The parts of a squash: listed in its message, or numbered beside it (``0059.07-`` of ``0059-``)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from unfork.grouping.listing import read_listing
from unfork.grouping.naming import Names, file_number, plain, whole_number
from unfork.model import Patch

Shares = Callable[[int, int], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a squash, joined to a patch of the series or not."""

    whole: int
    subject: str
    hash: str | None
    patch: int | None
    joined_by: str | None


def read_parts(patches: Sequence[Patch], names: Names, shares: Shares, whole: float) -> list[Part]:
    """All parts, squash by squash, those listed first.

    ``shares`` gives for two patches the share of the first found in the second and the other way round:
    a patch that holds the squash whole is another copy of it, not one of its parts.
    """
    heads, numbered = _numbering(patches)
    beside = {heads[family]: members for family, members in numbered.items() if family in heads}
    found: list[Part] = []
    taken: set[int] = set()
    for number, patch in enumerate(patches):
        # A copy of a squash repeats its message: a part goes to the first, unless the copy holds it too.
        listed = [
            replace(part, patch=None, joined_by=None)
            if part.patch in taken and shares(part.patch, number)[0] < whole
            else part
            for part in _listed(number, patch, names, beside.get(number, ()), patches)
        ]
        joined = {part.patch for part in listed if part.patch is not None}
        taken |= joined
        found += listed
        for other in beside.get(number, ()):
            # 0015.01x is 0015 once more.
            if other not in joined and shares(other, number)[1] < whole:
                found.append(Part(number, patches[other].subject, None, other, "number"))
    return found


def families(patches: Sequence[Patch]) -> dict[str, list[int]]:
    """Patches whose files are numbered as parts of one that the series does not hold.

    Where no file has a whole number, dotted ones are versions or the like.
    """
    heads, found = _numbering(patches)
    if not heads:
        return {}
    return {family: members for family, members in found.items() if family not in heads and len(members) > 1}


def _numbering(patches: Sequence[Patch]) -> tuple[dict[str, int], dict[str, list[int]]]:
    """The patch of each whole number, and the patches numbered as parts of it."""
    heads: dict[str, int] = {}
    parts: dict[str, list[int]] = {}
    for number, patch in enumerate(patches):
        own = file_number(patch.name)
        family = whole_number(own) if own else None
        if family is not None:
            parts.setdefault(family, []).append(number)
        elif own is not None:
            heads.setdefault(own, number)
    return heads, parts


def _listed(
    number: int, patch: Patch, names: Names, beside: Sequence[int], patches: Sequence[Patch]
) -> list[Part]:
    found = []
    taken = {number}
    by_subject = {plain(patches[each].subject): each for each in beside}
    for listed in read_listing(patch.message):
        other, how = names.by_hash(listed.hash), "hash"
        if other is None:
            other, how = names.by_subject(listed.subject), "subject"
        if other is None:
            other = by_subject.get(plain(listed.subject))
        if other is not None and other in taken:
            other = None
        if other is not None:
            taken.add(other)
        found.append(Part(number, listed.subject, listed.hash, other, how if other is not None else None))
    return found
