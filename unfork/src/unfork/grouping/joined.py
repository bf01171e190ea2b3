"""Several patches of a series as the one change they make together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from unfork.model import FileChange, Hunk, Patch

_FLIPPED = {b"+": b"-", b"-": b"+"}
_Place = tuple[int, int, int, int]  # patch, file, hunk, line


@dataclass(frozen=True, slots=True)
class Member:
    """One patch of a joined change."""

    place: int  # in the series
    left: Patch  # what of it is left in the joined change
    undone: Patch  # the lines of earlier members that it takes back, as those wrote them


@dataclass(frozen=True, slots=True)
class Joined:
    """A change that several patches make together, to be looked up like any other."""

    patch: Patch
    members: tuple[Member, ...]


def join(patches: Sequence[Patch], places: Sequence[int]) -> Joined:
    """What the patches at ``places`` change together: a line that a later one takes back is in neither.

    Lines are followed by file and text without white space, not by number: a series need not apply whole.
    """
    chosen = [patches[place] for place in places]
    gone: set[_Place] = set()
    undone: list[set[_Place]] = [set() for _ in chosen]
    open_lines: dict[tuple[str, bytes, bytes], list[_Place]] = {}
    for number, patch in enumerate(chosen):
        for at, change in enumerate(patch.files):
            for where, hunk in enumerate(change.hunks):
                for row, line in enumerate(hunk.lines):
                    sign = line[:1]
                    if sign not in _FLIPPED:
                        continue
                    text = b"".join(line[1:].split())
                    waiting = open_lines.get((change.path, _FLIPPED[sign], text))
                    # Its own line is no other's: what a patch only moves is not taken back.
                    if text and waiting and waiting[-1][0] < number:
                        earlier = waiting.pop()
                        gone |= {earlier, (number, at, where, row)}
                        undone[number].add(earlier)
                    else:
                        open_lines.setdefault((change.path, sign, text), []).append((number, at, where, row))
    left = [_without(number, patch, gone) for number, patch in enumerate(chosen)]
    members = tuple(
        Member(place, remaining, _only(chosen, taken))
        for place, remaining, taken in zip(places, left, undone, strict=True)
    )
    return Joined(_one(chosen, left), members)


def _without(number: int, patch: Patch, gone: set[_Place]) -> Patch:
    files = []
    for at, change in enumerate(patch.files):
        hunks = [
            replace(hunk, lines=lines)
            for where, hunk in enumerate(change.hunks)
            if _changes(
                lines := tuple(
                    line for row, line in enumerate(hunk.lines) if (number, at, where, row) not in gone
                )
            )
        ]
        if hunks or not change.hunks:
            files.append(replace(change, hunks=tuple(hunks)))
    return replace(patch, files=tuple(files))


def _only(chosen: Sequence[Patch], places: set[_Place]) -> Patch:
    """A change of just these lines."""
    by_hunk: dict[tuple[int, int, int], list[int]] = {}
    for number, at, where, row in sorted(places):
        by_hunk.setdefault((number, at, where), []).append(row)
    files = []
    for (number, at, where), rows in by_hunk.items():
        change = chosen[number].files[at]
        hunk = change.hunks[where]
        files.append(replace(change, hunks=(replace(hunk, lines=tuple(hunk.lines[row] for row in rows)),)))
    return Patch(name="", id="", subject="", files=tuple(files))


def _changes(lines: Sequence[bytes]) -> bool:
    return any(line[:1] in _FLIPPED for line in lines)


def _one(chosen: Sequence[Patch], left: Sequence[Patch]) -> Patch:
    first = chosen[0]
    files: dict[str, FileChange] = {}
    for patch in left:
        for change in patch.files:
            known = files.get(change.path)
            hunks: tuple[Hunk, ...] = (*known.hunks, *change.hunks) if known else change.hunks
            files[change.path] = replace(known or change, hunks=hunks)
    return Patch(
        name=" + ".join(patch.name for patch in chosen),
        id="+".join(patch.id for patch in chosen),
        subject=first.subject,
        message="\n\n".join(patch.message for patch in chosen if patch.message),
        author=first.author,
        date=first.date,
        trailers=tuple(trailer for patch in chosen for trailer in patch.trailers),
        files=tuple(files.values()),
    )
