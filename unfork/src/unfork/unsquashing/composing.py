"""From lines given to parts to patches that apply one after another.

The state of a file after a part is the old file with the lines of all parts so far taken out and put in.
Each part is what lies between two such states, so the parts apply in whatever order they are given, and
the last state is what the squash makes. Only lines that the squash shows are needed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import groupby

from unfork.model import ChangeKind, FileChange, Hunk, Patch
from unfork.series import plain_lines
from unfork.unsquashing.model import Part
from unfork.unsquashing.pieces import HEADER, Line, has_header

_CONTEXT = 3  # unchanged lines around a change, as git has them
_Marked = tuple[bytes, tuple[bytes, ...], int | None]  # line, the mark after it, part (None: unchanged)


def compose(patch: Patch, parts: Sequence[Part]) -> list[Patch]:
    """One patch a part. Every line of ``patch`` must be in exactly one part."""
    owner = {line: number for number, part in enumerate(parts) for line in part.lines}
    made: list[list[FileChange]] = [[] for _ in parts]
    for at, change in enumerate(patch.files):
        for number, piece in _split(at, change, owner):
            made[number].append(piece)
    return [
        Patch(
            name="",
            id="",
            subject=part.title,
            message=part.message,
            author=part.author,
            date=part.date,
            files=tuple(files),
        )
        for part, files in zip(parts, made, strict=True)
    ]


def _split(at: int, change: FileChange, owner: Mapping[Line, int]) -> list[tuple[int, FileChange]]:
    """What each part does to one file."""
    header = owner[Line(at, HEADER, 0)] if has_header(change) else None
    hunks = [_marked(at, number, hunk, owner) for number, hunk in enumerate(change.hunks)]
    taking = sorted({part for hunk in hunks for _, _, part in hunk if part is not None})
    everyone = sorted({*taking, *([] if header is None else [header])})
    if len(everyone) == 1:
        return [(everyone[0], replace(change, hunks=_numbered(change.hunks)))]
    found = []
    for number in everyone:
        made = _hunks(change.hunks, hunks, number)
        found.append((number, _file(change, number, header, tuple(made), taking)))
    return found


def _numbered(hunks: Sequence[Hunk]) -> tuple[Hunk, ...]:
    """Hunks whose new line numbers follow from the old ones: by hand they are seldom kept right."""
    found = []
    shift = 0
    for hunk in hunks:
        first = hunk.old_start + shift + (hunk.old_count == 0)
        found.append(replace(hunk, new_start=first if hunk.new_count else first - 1))
        shift += hunk.new_count - hunk.old_count
    return tuple(found)


def _file(
    change: FileChange, number: int, header: int | None, hunks: tuple[Hunk, ...], taking: Sequence[int]
) -> FileChange:
    """The change of a file by one part of several, with the name and mode it has by then."""
    plain = replace(
        change, kind=ChangeKind.MODIFY, header=(), hunks=hunks, old_blob=None, new_blob=None,
        old_mode=None, new_mode=None,
    )  # fmt: skip
    if number == header:  # a rename, or a mode: it comes with its own lines
        return replace(
            plain,
            kind=change.kind if hunks or change.kind is not ChangeKind.MODIFY else ChangeKind.MODE,
            old_mode=change.old_mode,
            new_mode=change.new_mode,
        )
    if change.kind is ChangeKind.ADD:
        if number == taking[0]:
            return replace(plain, kind=ChangeKind.ADD, new_mode=change.new_mode)
        return replace(plain, old_path=change.new_path)
    if change.kind is ChangeKind.DELETE:
        if number == taking[-1]:
            return replace(plain, kind=ChangeKind.DELETE, old_mode=change.old_mode)
        return replace(plain, new_path=change.old_path)
    path = change.new_path if header is not None and number > header else change.old_path
    return replace(plain, old_path=path, new_path=path)


def _marked(at: int, number: int, hunk: Hunk, owner: Mapping[Line, int]) -> list[_Marked]:
    """The lines of a hunk with their part, those of one part beside each other where the run allows it."""
    lines: list[_Marked] = []
    row = 0
    for line in plain_lines(hunk.header, hunk.lines):
        if line[:1] == b"\\":
            if lines:
                text, _, part = lines[-1]
                lines[-1] = (text, (line,), part)
            continue
        part = None
        if line[:1] in (b"+", b"-"):
            part = owner[Line(at, number, row)]
            row += 1
        lines.append((line, (), part))
    return [
        line
        for changed, run in groupby(lines, lambda each: each[2] is not None)
        for line in (_woven(list(run)) if changed else run)
    ]


def _woven(run: list[_Marked]) -> list[_Marked]:
    """A run with what each part takes away right before what it puts there.

    The old and the new file are the same for every way in which removed and added lines are mixed; this
    one keeps the states between them sensible.
    """
    if len({part for _, _, part in run}) == 1:
        return run
    removed, added = (
        [(part, list(lines)) for part, lines in groupby(
            (line for line in run if line[0][:1] == sign), lambda each: each[2]
        )]
        for sign in (b"-", b"+")
    )  # fmt: skip
    steps = SequenceMatcher(
        None, [part for part, _ in removed], [part for part, _ in added], autojunk=False
    ).get_opcodes()
    woven: list[_Marked] = []
    for kind, old_from, old_to, new_from, new_to in steps:
        olds = [lines for _, lines in removed[old_from:old_to]]
        news = [lines for _, lines in added[new_from:new_to]]
        if kind == "equal":
            for old, new in zip(olds, news, strict=True):
                woven += old + new
        else:
            woven += [line for lines in (*olds, *news) for line in lines]
    return woven


def _hunks(hunks: Sequence[Hunk], marked: Sequence[Sequence[_Marked]], number: int) -> list[Hunk]:
    """The hunks of one part in one file, at the line numbers that the parts before it make."""
    found = []
    shift = own = 0  # lines that parts before this one, and this one, have brought above
    for hunk, lines in zip(hunks, marked, strict=True):
        first = hunk.old_start if hunk.old_count else hunk.old_start + 1
        state: list[tuple[bytes, tuple[bytes, ...]]] = []
        for line, mark, part in lines:
            sign = _sign(line[:1], part, number)
            if sign:
                state.append((sign + line[1:], mark))
        made = _trimmed(hunk, state, first + shift, own)
        if made is not None:
            found.append(made)
        shift += _net(lines, range(number))
        own += _net(lines, range(number, number + 1))
    return found


def _sign(sign: bytes, part: int | None, number: int) -> bytes:
    """The sign of a line in the diff of a part; nothing: the line is not there at that time."""
    if part is None:
        return b" "
    if part == number:
        return sign
    return b" " if (part < number) == (sign == b"+") else b""


def _net(lines: Sequence[_Marked], parts: range) -> int:
    """How many lines more the file has when these parts have done what they do here."""
    return sum(
        (1 if line[:1] == b"+" else -1) for line, _, part in lines if part is not None and part in parts
    )


def _trimmed(hunk: Hunk, state: list[tuple[bytes, tuple[bytes, ...]]], at: int, own: int) -> Hunk | None:
    """A hunk with no more context than git has around a change; ``None``: it changes nothing."""
    changed = [place for place, (line, _) in enumerate(state) if line[:1] != b" "]
    if not changed:
        return None
    begin = max(0, changed[0] - _CONTEXT)
    kept = state[begin : changed[-1] + 1 + _CONTEXT]
    old = sum(line[:1] != b"+" for line, _ in kept)
    new = sum(line[:1] != b"-" for line, _ in kept)
    start = at + begin
    return Hunk(
        header=b"@@ @@ " + hunk.section + b"\n",
        old_start=start if old else start - 1,
        old_count=old,
        new_start=start + own if new else start + own - 1,
        new_count=new,
        lines=tuple(each for line, mark in kept for each in (line, *mark)),
    )
