"""An edited proposal held against its patch: every line of it in exactly one part, and none unknown."""

from collections import defaultdict

from unfork.errors import InputError
from unfork.model import Patch
from unfork.unsquashing.model import Origin, Part, Proposal
from unfork.unsquashing.pieces import HEADER, Line, bonds, lines_of
from unfork.unsquashing.proposal_text import PartRead, ProposalRead, Take
from unfork.unsquashing.writing import spans


def check_proposal(read: ProposalRead, patch: Patch) -> Proposal:
    """The proposal, when it takes the whole of ``patch`` apart. Raises ``InputError`` with the line."""
    if read.id != patch.id:
        raise InputError(
            f"is for another version of {patch.name}",
            where=read.where,
            hint="unfork unsquash writes a new one; carry your changes over",
        )
    checker = _Checker(read, patch)
    taken = checker.taken()
    parts = [_part(part, frozenset(taken[number])) for number, part in enumerate(read.parts)]
    for part, made in zip(read.parts, parts, strict=True):
        if not made.lines:
            raise InputError(
                f"nothing goes to the part {part.title!r}",
                where=f"{read.where}:{part.at}",
                hint="give it a hunk, or take the part out",
            )
    return Proposal(patch.name, patch.id, read.series, tuple(parts))


def _part(read: PartRead, lines: frozenset[Line]) -> Part:
    word, _, name = read.source.partition(" ")
    origin = Origin(word) if word in tuple(Origin) else Origin.PERSON
    message = "\n".join(read.message).strip("\n")
    return Part(read.title, origin, name, lines, message, read.author, read.date)


class _Checker:
    def __init__(self, read: ProposalRead, patch: Patch) -> None:
        self.read, self.patch = read, patch
        self.files: defaultdict[str, list[int]] = defaultdict(list)
        for at, change in enumerate(patch.files):
            self.files[change.path].append(at)
        self.all: defaultdict[tuple[int, int], list[Line]] = defaultdict(list)
        for line in lines_of(patch):
            self.all[line.file, line.hunk].append(line)
        self.owner: dict[Line, tuple[int, int]] = {}  # part, and line of the proposal

    def taken(self) -> list[list[Line]]:
        """The lines of each part."""
        whole: dict[str, tuple[int, Take]] = {}
        for number, part in enumerate(self.read.parts):
            for take in part.takes:
                if take.path not in self.files:
                    raise self._error(take.at, f"the patch does not change {take.path}")
                if take.what != "file":
                    self._give(number, take)
                elif take.path in whole:
                    raise self._twice(take, f"the rest of {take.path}", whole[take.path][1].at)
                else:
                    whole[take.path] = (number, take)
        for path, (number, take) in whole.items():
            rest = [
                line for at in self.files[path] for key in self.all if key[0] == at for line in self.all[key]
                if line not in self.owner
            ]  # fmt: skip
            if not rest:
                raise self._error(take.at, f"other lines name all of {path} already", "take this line out")
            self.owner.update(dict.fromkeys(rest, (number, take.at)))
        self._check_all_named()
        self._check_bonds()
        found: list[list[Line]] = [[] for _ in self.read.parts]
        for line, (number, _) in self.owner.items():
            found[number].append(line)
        return found

    def _give(self, number: int, take: Take) -> None:
        if len(self.files[take.path]) > 1:
            raise self._error(
                take.at, f"{take.path} goes and comes anew and stays whole", f"file {take.path}"
            )
        hunk = HEADER if take.what == "header" else take.hunk - 1
        lines = self.all.get((self.files[take.path][0], hunk))
        if lines is None:
            what = "a header that does something" if hunk == HEADER else f"hunk {take.hunk}"
            raise self._error(take.at, f"{take.path} has not {what}")
        if take.rows is not None:
            beyond = [row for row in take.rows if row >= len(lines)]
            if beyond:
                raise self._error(
                    take.at, f"hunk {take.hunk} has {len(lines)} changed lines, not {beyond[0] + 1}"
                )
            if len(set(take.rows)) < len(take.rows):
                raise self._error(take.at, "a line is named twice")
            lines = [lines[row] for row in take.rows]
        for line in lines:
            if line in self.owner:
                raise self._twice(take, self._name(line), self.owner[line][1])
            self.owner[line] = (number, take.at)

    def _check_all_named(self) -> None:
        missing = [line for lines in self.all.values() for line in lines if line not in self.owner]
        if not missing:
            return
        first = missing[0]
        same = [line for line in missing if (line.file, line.hunk) == (first.file, first.hunk)]
        more = len({(line.file, line.hunk) for line in missing}) - 1
        rows = "" if len(same) == len(self.all[first.file, first.hunk]) else spans(line.row for line in same)
        name = self._name(first, rows)
        raise InputError(
            f"{name} goes to no part" + (f", nor do {more} more hunks" if more else ""),
            where=self.read.where,
            hint=f"add the line '{name}' to a part",
        )

    def _check_bonds(self) -> None:
        for bond in bonds(self.patch):
            for line in bond:
                if self.owner[line][0] != self.owner[bond[0]][0]:
                    raise self._error(
                        self.owner[line][1],
                        f"{self._name(line)} cannot be parted from {self._name(bond[0])}"
                        f" (line {self.owner[bond[0]][1]}): there is no file between the two",
                        "give both to one part",
                    )

    def _name(self, line: Line, rows: str | None = None) -> str:
        path = self.patch.files[line.file].path
        if line.hunk == HEADER:
            return f"header {path}"
        rows = str(line.row + 1) if rows is None else rows
        return f"hunk {line.hunk + 1} lines {rows} {path}" if rows else f"hunk {line.hunk + 1} {path}"

    def _error(self, at: int, what: str, hint: str | None = None) -> InputError:
        return InputError(what, where=f"{self.read.where}:{at}", hint=hint)

    def _twice(self, take: Take, what: str, first: int) -> InputError:
        return self._error(take.at, f"{what} is named twice, first in line {first}")
