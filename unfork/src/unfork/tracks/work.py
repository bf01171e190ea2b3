"""What is to be done, written before the first step, and the journal of what was done.

Both are kept in the track's folder. The work never changes; the journal is written whole after each step
that git has finished, so a process that is killed loses at most a step, and doing it again makes the same
commits. Whoever goes on needs neither the series nor the scan again.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import msgspec

from unfork.errors import InputError
from unfork.files import read_sealed, write_atomically, write_sealed
from unfork.model import Patch
from unfork.model.carrying import Step, Stop
from unfork.tracks.faults import boundary

WORK, JOURNAL = "work.json", "journal.json"
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Pick:
    """One patch of the series and what is to become of it."""

    patch: Patch
    advice: str
    relation: str
    drop: bool  # it is left out
    trims: bool = False  # what upstream has of it is taken off
    upstream: tuple[str, ...] = ()  # commits of the upstream that have it, or some of it
    item: str | None = None  # of the plan


@dataclass(frozen=True, slots=True)
class Work:
    """The whole of it."""

    run: str
    base: str
    target: str
    committer: str
    date: int  # of all commits, seconds since the epoch: the same run makes the same hashes
    picks: tuple[Pick, ...]
    resolutions: str | None  # folder of kept resolutions


@dataclass(frozen=True, slots=True)
class Journal:
    """How far it is."""

    run: str
    steps: tuple[Step, ...] = ()
    stop: Stop | None = None  # set when the worktree was handed to a person
    shown: str | None = None  # the tree of the worktree when it was
    by_hand: str | None = (
        None  # the commit a person resolved the last stop with; it is made anew with trailers
    )
    done: bool = False

    def tip(self, target: str) -> str:
        """The last commit of the track."""
        return next((step.commit for step in reversed(self.steps) if step.commit), target)


class _KeptJournal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: int
    journal: Journal


@dataclass(frozen=True, slots=True)
class _KeptWork:
    format: int
    work: Work


def save_work(folder: Path, work: Work) -> None:
    """Write the work; by json, because msgspec refuses names of files that are not UTF-8."""
    plain = msgspec.to_builtins(_KeptWork(_FORMAT, work))
    write_sealed(folder / WORK, json.dumps(plain).encode("ascii"))


def load_work(folder: Path) -> Work:
    """The work; raises ``InputError`` when it is not there, not whole, or of another version."""
    data = read_sealed(folder / WORK)
    if data is None:
        raise InputError(
            "the track's work is missing or damaged",
            where=str(folder / WORK),
            hint="unfork track abort undoes it",
        )
    try:
        kept: _KeptWork = msgspec.convert(json.loads(data), _KeptWork)
    except (msgspec.ValidationError, ValueError) as error:
        raise _foreign(folder / WORK, str(error)) from error
    if kept.format != _FORMAT:
        raise _foreign(folder / WORK, f"format {kept.format}")
    return kept.work


def save_journal(folder: Path, journal: Journal) -> None:
    """Write the journal whole."""
    boundary("before the journal")
    plain = msgspec.to_builtins(_KeptJournal(_FORMAT, journal))
    write_atomically(folder / JOURNAL, json.dumps(plain).encode("ascii") + b"\n")
    boundary("after the journal")


def load_journal(folder: Path, run: str) -> Journal:
    """The journal of a run; raises ``InputError`` for that of another one."""
    path = folder / JOURNAL
    try:
        kept = msgspec.convert(json.loads(path.read_bytes()), _KeptJournal)
    except FileNotFoundError as error:
        raise InputError(
            "the track has no journal", where=str(path), hint="unfork track abort undoes it"
        ) from error
    except (OSError, ValueError, msgspec.ValidationError) as error:
        raise _foreign(path, str(error)) from error
    if kept.format != _FORMAT:
        raise _foreign(path, f"format {kept.format}")
    if kept.journal.run != run:
        raise InputError(
            "the journal is of another run, nothing was changed",
            where=str(path),
            hint="was the folder copied? unfork track abort undoes the track",
        )
    return kept.journal


def _foreign(path: Path, why: str) -> InputError:
    return InputError(
        f"cannot be used: {why}",
        where=str(path),
        hint="unfork of another version wrote it, or it was changed by hand; unfork track abort undoes it",
    )
