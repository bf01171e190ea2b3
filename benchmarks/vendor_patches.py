"""Make carried patches whose upstream commits are known out of backports, the way vendors change patches.

The operations work on the text: lines lost, foreign ones added, names changed, lines written otherwise, the
code around moved on, subjects reworded, files renamed, several patches squashed into one, a piece cut
out, the vendor's own code mixed in. How much of each is drawn with a fixed seed; the matcher is
never asked how alike anything is.
"""

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from unfork.matching import Known, Truth
from unfork.model import FileChange, Patch
from unfork.series import read_series

LARGE = 60  # changed lines from which on a patch is done halfway
MOVED = 0.1  # share of the made patches whose files have other names
_NAME = re.compile(rb"[A-Za-z_][A-Za-z0-9_]{3,}")
_WORD = re.compile(rb"[A-Za-z0-9_]+")

Lines = list[bytes]
Edit = Callable[[Lines], Lines]


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A patch that was made, and the upstream commits that are in it."""

    kind: str
    patch: Patch
    parts: tuple[frozenset[int], ...]  # for each original the commits that count as it
    unsure: frozenset[int] = frozenset()  # commits of which nobody can say whether they are in it

    @property
    def relatives(self) -> frozenset[int]:
        """Every commit that may rightly be named."""
        return frozenset().union(*self.parts)


def plain(clone: str, ranges: Sequence[str], truth: Truth, *, message: bool) -> list[Made]:
    """The backports as they are, with no word of what they were picked from; or with no message at all."""
    rows = {row.sha: row for row in truth.rows}
    found = []
    for each in ranges:
        for patch in read_series(f"{clone}:{each}").patches:
            row = rows.pop(patch.sha or "", None)
            if row is not None and patch.error is None and any(change.hunks for change in patch.files):
                found.append(_as_made(patch, row, message=message))
    return found


def _as_made(patch: Patch, row: Known, *, message: bool) -> Made:
    bare = replace(patch, message="", trailers=())
    if not message:
        bare = replace(bare, subject="", author=None)
    return Made("plain", bare, (row.relatives,))


def damaged(made: Sequence[Made], rng: np.random.Generator) -> list[Made]:
    """Each with lines lost and foreign lines added, often another subject and author."""
    return [
        _changed("damaged", each, _stranger(made, rng), rng, keep=(0.4, 1.0), foreign=0.6, reword=(0.0, 0.2))
        for each in made
    ]


def rewritten(made: Sequence[Made], rng: np.random.Generator) -> list[Made]:
    """Each written otherwise: other names, other arguments, other words, more of the vendor's own."""
    return [
        _changed(
            "rewritten", each, _stranger(made, rng), rng, keep=(0.5, 1.0), foreign=1.0, reword=(0.4, 1.0)
        )
        for each in made
    ]


def renumbered(made: Sequence[Made], rng: np.random.Generator) -> list[Made]:
    """Another change of the same kind: every number in subject and added lines is another one (a limit or a
    requirement raised once more). It is none of the commits it was made from."""
    answers = []
    for each in made:
        if re.search(r"\d", each.patch.subject):
            number = b"%d" % rng.integers(10, 99)
            patch = _edited(each.patch, lambda lines, to=number: [_numbered(line, to) for line in lines])  # type: ignore[misc]
            patch = replace(patch, subject=re.sub(r"\d+", number.decode(), each.patch.subject))
            answers.append(Made("renumbered", patch, ()))
    return answers


def _numbered(line: bytes, number: bytes) -> bytes:
    return re.sub(rb"\d+", number, line) if line[:1] == b"+" else line


def moved(made: Sequence[Made], rng: np.random.Generator) -> list[Made]:
    """Each as it is, in files of other names: upstream moved the code, or the vendor did."""
    answers = []
    for each in made:
        names = [change.path for change in _stranger(made, rng).patch.files]
        files = [
            _moved(change, names[at % len(names)] if names else f"moved/{change.path}")
            for at, change in enumerate(each.patch.files)
        ]
        answers.append(Made("moved", replace(each.patch, files=tuple(files)), each.parts))
    return answers


def joined(made: Sequence[Made], rng: np.random.Generator) -> list[Made]:
    """Squashes of two to four that lie near each other in history; the message is that of one."""
    answers = []
    for place in range(len(made)):
        count = int(rng.integers(2, 5))
        places = {place}
        while len(places) < min(count, len(made)):
            places.add(int(np.clip(place + rng.integers(-30, 31), 0, len(made) - 1)))
        parts = [made[each] for each in sorted(places)]
        files = tuple(change for each in parts for change in each.patch.files)
        patch = replace(parts[int(rng.integers(len(parts)))].patch, files=files)
        squash = Made("split", patch, tuple(part for each in parts for part in each.parts))
        answers.append(_vendors(squash, _stranger(made, rng), rng))
    return answers


def mixed(made: Sequence[Made], rng: np.random.Generator) -> list[Made]:
    """Some of one, with lines that never went upstream, or with a piece of another that did."""
    answers = []
    for each in made:
        stranger = _stranger(made, rng)
        ours, other = _piece(each.patch, rng, 0.2, 1.0), _piece(stranger.patch, rng, 0.15, 1.0)
        parts = (*each.parts, *stranger.parts)
        if rng.random() < 0.6:  # the vendor's own code
            other, parts = _edited(other, _reworder(rng, 1.0, stranger.patch)), each.parts
        patch = replace(each.patch, files=(*ours.files, *other.files))
        answers.append(_vendors(Made("mixed", patch, parts), stranger, rng))
    return answers


def buried(made: Sequence[Made], rng: np.random.Generator) -> list[Made]:
    """A piece of one deep in the vendor's own code: what a feature branch squashed into one patch holds."""
    answers = []
    for each in made:
        ours = _piece(each.patch, rng, 0.05, 1.0)
        others = [_stranger(made, rng).patch for _ in range(int(rng.integers(2, 12)))]
        own = [_edited(other, _reworder(rng, 1.0, each.patch)) for other in others]
        own = [_edited(other, _loser(rng, 1.0, removed=0.0)) for other in own]
        files = tuple(change for patch in (ours, *own) for change in patch.files)
        patch = replace(own[0], files=files)  # it is called by what else it does
        answers.append(_vendors(replace(each, kind="buried", patch=patch), _stranger(made, rng), rng))
    return answers


def pieces(made: Sequence[Made], rng: np.random.Generator) -> list[Made]:
    """A stretch of one: the larger upstream commit holds the patch and more."""
    return [
        _vendors(
            replace(each, kind="piece", patch=_piece(each.patch, rng, 0.05, 0.8)), _stranger(made, rng), rng
        )
        for each in made
    ]


def redone(made: Sequence[Made], rng: np.random.Generator) -> list[Made]:
    """Each done again by somebody who knew the same code: few lines as they were, names mostly the same."""
    answers = []
    for each in made:
        patch = _piece(each.patch, rng, 0.1, 1.0) if rng.random() < 0.5 else each.patch
        patch = _edited(patch, _loser(rng, rng.uniform(0.4, 1.0)))
        patch = _edited(patch, _reworder(rng, rng.uniform(0.5, 1.0), each.patch))
        stranger = _stranger(made, rng)
        patch = _with_foreign(patch, stranger.patch, rng, rng.uniform(0, 1.0) if rng.random() < 0.5 else 0.0)
        answers.append(_relabelled(replace(each, kind="redone", patch=patch), stranger, rng))
    return answers


def halfway(made: Sequence[Made], rng: np.random.Generator) -> list[Made]:
    """Each of the large ones as an early version of it, or what was made of it later: here and there a block
    is as it was, others are missing or written anew; some of the vendor's own is beside it."""
    answers = []
    for each in (one for one in made if one.patch.changed_lines >= LARGE):
        patch = _edited(each.patch, _halver(rng, rng.uniform(0.05, 0.5), each.patch))
        own = [_stranger(made, rng).patch for _ in range(int(rng.integers(0, 4)))]
        own = [_edited(other, _reworder(rng, 1.0, each.patch)) for other in own]
        files = tuple(change for one in (patch, *own) for change in one.files)
        patch = replace(patch, files=files)
        answers.append(_relabelled(replace(each, kind="halfway", patch=patch), _stranger(made, rng), rng))
    return answers


def vendors_own(made: Sequence[Made], rng: np.random.Generator) -> list[Made]:
    """Each with another subject and author, half of them written otherwise here and there."""
    return [_vendors(each, _stranger(made, rng), rng) for each in made]


def _stranger(made: Sequence[Made], rng: np.random.Generator) -> Made:
    return made[int(rng.integers(len(made)))]


def _changed(
    kind: str,
    made: Made,
    stranger: Made,
    rng: np.random.Generator,
    *,
    keep: tuple[float, float],
    foreign: float,
    reword: tuple[float, float],
) -> Made:
    edits = [
        _loser(rng, rng.uniform(*keep)),
        _reworder(rng, rng.uniform(*reword), stranger.patch),
        _drifter(rng, rng.uniform(0, 0.5) if rng.random() < 0.5 else 0.0),
    ]
    patch = made.patch
    if rng.random() < 0.4:
        edits.insert(0, _renamer(rng, patch))
    for edit in edits:
        patch = _edited(patch, edit)
    patch = _with_foreign(patch, stranger.patch, rng, rng.uniform(0, foreign))
    return _relabelled(Made(kind, patch, made.parts), stranger, rng)


def _vendors(made: Made, stranger: Made, rng: np.random.Generator) -> Made:
    """A squash or piece as a vendor has it: half of them also written otherwise here and there."""
    # The code around stays as the backport has it: that is already other code than upstream's.
    patch = made.patch
    if rng.random() < 0.5:
        patch = _edited(patch, _reworder(rng, rng.uniform(0, 0.5), stranger.patch))
    return _relabelled(replace(made, patch=patch), stranger, rng)


def _edited(patch: Patch, edit: Edit) -> Patch:
    """A patch with the lines of each hunk changed; what has nothing left is left out."""
    files = []
    for change in patch.files:
        hunks = [replace(hunk, lines=tuple(edit(list(hunk.lines)))) for hunk in change.hunks]
        kept = tuple(hunk for hunk in hunks if hunk.changed())
        if kept:
            files.append(replace(change, hunks=kept))
    return replace(patch, files=tuple(files)) if files else patch


def _loser(rng: np.random.Generator, keep: float, *, removed: float | None = None) -> Edit:
    """Changes that are not made: what would be added is not there, what would go stays.

    ``keep`` is the share of added lines that stay, ``removed`` that of removed ones (the same).
    """
    shares = {b"+": keep, b"-": keep if removed is None else removed}

    def edit(lines: Lines) -> Lines:
        kept = []
        for line in lines:
            if rng.random() < shares.get(line[:1], 1.0):
                kept.append(line)
            elif line[:1] == b"-":
                kept.append(b" " + line[1:])
        return kept

    return edit


def _reworder(rng: np.random.Generator, share: float, stranger: Patch) -> Edit:
    """A share of the added lines written otherwise: words replaced, dropped or doubled."""
    words = sorted({word for line in _added(stranger) for word in _NAME.findall(line)}) or [b"other"]

    def edit(lines: Lines) -> Lines:
        return [
            _reworded(line, words, rng) if line[:1] == b"+" and rng.random() < share else line
            for line in lines
        ]

    return edit


def _reworded(line: bytes, words: Sequence[bytes], rng: np.random.Generator) -> bytes:
    for _ in range(1 + int(rng.integers(0, 3))):
        found = list(_WORD.finditer(line))
        if not found:
            return line
        at = found[int(rng.integers(len(found)))]
        other = words[int(rng.integers(len(words)))]
        new = (other, b"", at[0] + b", " + other)[int(rng.integers(3))]
        line = line[: at.start()] + new + line[at.end() :]
    return line


def _halver(rng: np.random.Generator, keep: float, patch: Patch) -> Edit:
    """Blocks of added lines that stay, are not there or are written anew. What would go stays, or not."""
    anew = _reworder(rng, 1.0, patch)
    lose = _loser(rng, 0.0)

    def edit(lines: Lines) -> Lines:
        kept: Lines = []
        at = 0
        while at < len(lines):
            block = lines[at : at + int(rng.integers(2, 16))]
            at += len(block)
            chance = rng.random()
            if chance > keep:
                block = lose(block) if chance > keep + (1 - keep) / 2 else anew(block)
            kept += block
        return kept

    return edit


def _drifter(rng: np.random.Generator, share: float) -> Edit:
    """The code around, older or newer than upstream had it."""

    def edit(lines: Lines) -> Lines:
        kept = []
        for line in lines:
            if line[:1] == b" " and rng.random() < share:
                if rng.random() < 0.5:
                    continue
                line = _reworded(line, [b"earlier"], rng)
            kept.append(line)
        return kept

    return edit


def _renamer(rng: np.random.Generator, patch: Patch) -> Edit:
    """One to three of the names in added lines have another name throughout."""
    names = sorted({name for line in _added(patch) for name in _NAME.findall(line)})
    chosen = {
        names[int(rng.integers(len(names)))]: b"wrs_%d" % rng.integers(10**6)
        for _ in range(min(len(names), int(rng.integers(1, 4))))
    }

    def edit(lines: Lines) -> Lines:
        return [
            _NAME.sub(lambda found: chosen.get(found[0], found[0]), line) if line[:1] == b"+" else line
            for line in lines
        ]

    return edit


def _added(patch: Patch) -> Iterator[bytes]:
    for change in patch.files:
        for hunk in change.hunks:
            yield from (line for line in hunk.lines if line[:1] == b"+")


def _with_foreign(patch: Patch, stranger: Patch, rng: np.random.Generator, share: float) -> Patch:
    """The vendor's own lines, in one block somewhere in the patch."""
    lines = list(_added(stranger))
    count = min(len(lines), int(share * patch.changed_lines))
    if not count or not patch.files:
        return patch
    start = int(rng.integers(0, len(lines) - count + 1))
    which = int(rng.integers(len(patch.files)))
    change = patch.files[which]
    if not change.hunks:
        return patch
    at = int(rng.integers(len(change.hunks)))
    hunk = change.hunks[at]
    place = int(rng.integers(0, len(hunk.lines) + 1))
    grown = replace(hunk, lines=(*hunk.lines[:place], *lines[start : start + count], *hunk.lines[place:]))
    return _with_file(
        patch, which, replace(change, hunks=(*change.hunks[:at], grown, *change.hunks[at + 1 :]))
    )


def _with_file(patch: Patch, which: int, change: FileChange) -> Patch:
    return replace(patch, files=(*patch.files[:which], change, *patch.files[which + 1 :]))


def _piece(patch: Patch, rng: np.random.Generator, low: float, high: float) -> Patch:
    """A stretch of a patch's changed lines, with the context that is left around them."""
    count = patch.changed_lines
    if count < 4:
        return patch
    size = max(3, int(count * rng.uniform(low, high)))
    start = int(rng.integers(0, count - size + 1))
    numbers = itertools.count()

    def edit(lines: Lines) -> Lines:
        kept = []
        for line in lines:
            if line[:1] not in (b"+", b"-") or start <= next(numbers) < start + size:
                kept.append(line)
            elif line[:1] == b"-":
                kept.append(b" " + line[1:])
        return _near_changes(kept)

    return _edited(patch, edit)


def _near_changes(lines: Lines) -> Lines:
    """A hunk without the context farther than three lines from any change, as git would write it."""
    changed = [at for at, line in enumerate(lines) if line[:1] in (b"+", b"-")]
    return [line for at, line in enumerate(lines) if any(abs(at - each) <= 3 for each in changed)]


def _relabelled(made: Made, stranger: Made, rng: np.random.Generator) -> Made:
    """The vendor's own subject, or the one it had in fewer words, or none; often another author."""
    patch, other = made.patch, stranger.patch
    chance = rng.random()
    if chance < 0.4:
        patch = replace(patch, subject=_retold(patch.subject, other.subject, rng))
    elif chance < 0.6:
        patch = replace(patch, subject=other.subject)
    elif chance < 0.7:
        patch = replace(patch, subject="")
    if rng.random() < 0.5:
        patch = replace(patch, author=other.author)
    if rng.random() < MOVED and other.files:
        files = itertools.cycle(other.files)
        patch = replace(patch, files=tuple(_moved(change, next(files).path) for change in patch.files))
    return replace(made, patch=patch)


def _retold(subject: str, other: str, rng: np.random.Generator) -> str:
    """The same said by somebody else: words left out, in another order, with a few of another subject."""
    words = [word for word in subject.split() if rng.random() < 0.75]
    if rng.random() < 0.5:
        foreign = other.split()
        words += [foreign[int(at)] for at in rng.integers(0, len(foreign), 3)] if foreign else []
    if rng.random() < 0.5:
        words = [words[int(at)] for at in rng.permutation(len(words))]
    return " ".join(words)


def _moved(change: FileChange, path: str) -> FileChange:
    return replace(
        change,
        old_path=None if change.old_path is None else path,
        new_path=None if change.new_path is None else path,
    )
