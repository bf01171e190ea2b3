"""What ``git apply --verbose`` said about each patch and file."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from unfork.applying.slots import Job

_SLOT = re.compile(r"[0-9a-f]{16}(?:/\d+)+")
_CHECKING = re.compile(r"Checking patch (?:\S+ => )?(\S+)\.\.\.$")
_OFFSET = re.compile(r"Hunk #\d+ succeeded at \d+ \(offset (-?\d+) lines?\)\.$")
_REDUCED = re.compile(r"Context reduced to \(\d+/\d+\) to apply fragment at \d+$")
_FAILED = re.compile(r"error: patch failed: (\S+):(\d+)$")
_MERGED = re.compile(r"Applied patch to '(\S+)' (cleanly|with conflicts)\.$")
_PREFIXES = ("Checking patch ", "Hunk #", "Context reduced ", "error: ", "Applied patch to ")


@dataclass(slots=True)
class FileOutcome:
    """One file of one patch. Line numbers count from 1, offsets are in lines."""

    failed: list[int] = field(default_factory=list)  # old line of each hunk that does not apply
    offsets: list[int] = field(default_factory=list)
    reduced: int = 0  # hunks placed by fewer context lines
    merged: str | None = None  # "cleanly" or "with conflicts"
    errors: list[str] = field(default_factory=list)  # other words of git

    @property
    def applies(self) -> bool:
        """Whether the whole change of this file goes in."""
        return not self.failed and not self.errors and self.merged != "with conflicts"


@dataclass(slots=True)
class Outcome:
    """One patch: what git said file by file, or why it would not read it."""

    files: dict[str, FileOutcome] = field(default_factory=dict)  # by path
    refused: str | None = None  # git's words when it would not even parse the patch

    @property
    def applies(self) -> bool:
        """Whether the patch goes in whole."""
        return self.refused is None and all(file.applies for file in self.files.values())

    @property
    def stuck(self) -> frozenset[str]:
        """Paths of the files that do not go in."""
        return frozenset(path for path, file in self.files.items() if not file.applies)

    @property
    def displacement(self) -> int:
        """By how many lines its hunks were moved, all together."""
        return sum(abs(offset) for file in self.files.values() for offset in file.offsets)

    @property
    def reduced(self) -> bool:
        """Whether any hunk needed less context."""
        return any(file.reduced for file in self.files.values())


class _Reader:
    def __init__(self, jobs: Sequence[Job]) -> None:
        self._places = {slot: (job.key, path) for job in jobs for path, slot in job.slots.items()}
        self.outcomes: dict[int, Outcome] = {}
        self._now: FileOutcome | None = None

    def _file(self, slot: str) -> FileOutcome | None:
        place = self._places.get(slot)
        if place is None:  # not ours: text of a patch that looks like a message
            return None
        return self.outcomes.setdefault(place[0], Outcome()).files.setdefault(place[1], FileOutcome())

    def line(self, line: str) -> None:
        if match := _CHECKING.match(line):
            self._now = self._file(match[1])
        elif match := _FAILED.match(line):
            if file := self._file(match[1]):
                file.failed.append(int(match[2]))
        elif match := _MERGED.match(line):
            if file := self._file(match[1]):
                file.merged = match[2]
        elif line.startswith("error: "):
            self._error(line)
        elif self._now is not None:
            # Without a name in the line it belongs to the file being checked. A hunk that fails
            # is printed raw and may hold such a line: then this file has failed all the same.
            if match := _OFFSET.match(line):
                self._now.offsets.append(int(match[1]))
            elif _REDUCED.match(line):
                self._now.reduced += 1

    def _error(self, line: str) -> None:
        slots = _SLOT.findall(line)
        file = self._file(slots[0]) if slots else None
        if file is None:
            return
        words = line.removeprefix("error: ")
        for slot in slots:
            place = self._places.get(slot)
            words = words.replace(slot, place[1] if place else slot)
        if not (file.failed and words.endswith("patch does not apply")):
            file.errors.append(words)


def read_outcomes(jobs: Sequence[Job], messages: str) -> Mapping[int, Outcome]:
    """What git said of each job in ``messages``, by ``Job.key``; jobs it never came to are missing."""
    reader = _Reader(jobs)
    for line in messages.split("\n"):
        if line.startswith(_PREFIXES):
            reader.line(line)
    return reader.outcomes
