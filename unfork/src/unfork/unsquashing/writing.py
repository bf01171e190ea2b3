"""The proposal as text that people edit: each line says what goes to the part above it.

Lines that begin with ``|`` show the squash and are not read; those with ``>`` are a part's message.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from unfork.model import FileChange, Patch
from unfork.series import plain_lines, quoted
from unfork.unsquashing.model import Part, Proposal
from unfork.unsquashing.pieces import HEADER

VERSION = "1"
_HEAD = """\
# How to take a patch apart. Edit it, look at it with others, then: unfork unsquash --apply THIS-FILE
#
#   part TITLE         begins a part; the parts are applied in the order in which they stand here
#   author, date       of the part; > lines are its message
#   hunk N PATH        the whole hunk N of a file goes to this part
#   hunk N lines 1-3,7 PATH    these changed lines of it, by the numbers shown
#   header PATH        what the file's header does: a rename, a mode, binary contents
#   file PATH          all of the file that is named in no other line
#
# Everything must go to exactly one part. Lines that begin with | show the patch and are not read.
"""


def write_proposal(proposal: Proposal, patch: Patch) -> bytes:
    """The text of a proposal."""
    lines = [
        _HEAD.rstrip("\n"),
        f"unsquash {VERSION}",
        f"patch {_plain(proposal.patch)}",
        f"id {proposal.id}",
    ]
    if proposal.series:
        lines.append(f"series {_plain(proposal.series)}")
    owners = _owners(proposal)
    for part in proposal.parts:
        lines += ["", f"part {_plain(part.title)}", f"from {_plain(f'{part.origin} {part.name}')}"]
        if part.author is not None:
            lines.append(f"author {_plain(str(part.author))}")
        if part.date is not None:
            lines.append(f"date {datetime.fromtimestamp(part.date, UTC):%Y-%m-%dT%H:%M:%SZ}")
        lines += [f"> {_shown(line)}".rstrip() for line in part.message.split("\n") if part.message]
        lines += _taken(patch, part, owners)
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")


def spans(rows: Iterable[int]) -> str:
    """Row numbers from 0 as people read them: ``1-3,7``."""
    found: list[list[int]] = []
    for row in sorted(rows):
        if found and row == found[-1][1] + 1:
            found[-1][1] = row
        else:
            found.append([row, row])
    return ",".join(f"{first + 1}" if first == last else f"{first + 1}-{last + 1}" for first, last in found)


def _owners(proposal: Proposal) -> dict[int, int]:
    """How many parts each file goes to."""
    files: defaultdict[int, set[int]] = defaultdict(set)
    for number, part in enumerate(proposal.parts):
        for line in part.lines:
            files[line.file].add(number)
    return {file: len(parts) for file, parts in files.items()}


def _taken(patch: Patch, part: Part, owners: dict[int, int]) -> Iterator[str]:
    """What goes to a part, and shows it."""
    by_hunk: defaultdict[int, defaultdict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for line in part.lines:
        by_hunk[line.file][line.hunk].add(line.row)
    named: set[str] = set()  # a file that goes and comes anew is there twice
    for at, hunks in sorted(by_hunk.items()):
        change = patch.files[at]
        name = quoted(change.path)
        whole = owners[at] == 1
        if whole and name not in named:
            named.add(name)
            yield f"file {name}"
        for number, rows in sorted(hunks.items()):
            if number == HEADER:
                yield f"| {_header(change)}" if whole else f"header {name}"
                continue
            if not whole:
                size = len(change.hunks[number].changed())
                yield (
                    f"hunk {number + 1} {name}"
                    if len(rows) == size
                    else (f"hunk {number + 1} lines {spans(rows)} {name}")
                )
            yield from _hunk(change, number, rows)


def _header(change: FileChange) -> str:
    if change.binary:
        return "binary contents"
    return f"{change.kind} {change.old_path or ''} {change.old_mode or ''} {change.new_mode or ''}".rstrip()


def _hunk(change: FileChange, number: int, rows: set[int]) -> Iterator[str]:
    """The lines of a hunk, those that go to the part with their numbers, with their surroundings."""
    hunk = change.hunks[number]
    yield f"| hunk {number + 1}: {_shown(hunk.section.decode('utf-8', 'replace'))}".rstrip(": ")
    width = len(str(len(hunk.changed())))
    row = 0
    shown: list[tuple[str, bool]] = []
    for line in plain_lines(hunk.header, hunk.lines):
        text = _shown(line.decode("utf-8", "replace").rstrip("\r\n"))
        if line[:1] in (b"+", b"-"):
            shown.append((f"| {row + 1:>{width}} {text}", row in rows))
            row += 1
        elif line[:1] != b"\\":
            shown.append((f"| {'':>{width}} {text}", False))
    mine = [place for place, (_, own) in enumerate(shown) if own]
    near = {place + step for place in mine for step in (-1, 0, 1)}
    for place, (text, own) in enumerate(shown):
        if own or (place in near and text[2 : 2 + width].isspace()):
            yield text.rstrip()


def _plain(text: str) -> str:
    return " ".join(_shown(text).split())


def _shown(text: str) -> str:
    """Text with what a terminal or an editor would take for a command written out."""
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(c if c.isprintable() or c == "\t" else ascii(c)[1:-1] for c in text)
