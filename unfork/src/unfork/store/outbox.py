"""Scans, and checks of tracks, on their way into the store.

A scan leaves one small file and is done: it neither loads SQLAlchemy nor waits for a database, and is not
lost when that cannot be reached. Whoever opens the store next takes the files in, each once.
"""

import dataclasses
import hashlib
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from unfork.errors import InputError
from unfork.files import read_sealed, write_sealed
from unfork.model.seen import SeenPatch
from unfork.model.tested import CheckRun
from unfork.model.verdict import Scan
from unfork.store.place import file_of

SCAN_FORMAT = 1
TESTED_FORMAT = 1
_SUFFIX = ".scan"
_TESTED = ".tested"


class ScanRecord(msgspec.Struct, frozen=True):
    """One scan as it is left in the outbox."""

    format: int
    run: str  # hex; taking a record in twice changes nothing
    at: float  # seconds since the epoch
    unfork: str
    plan: str  # the plan's name; empty without one
    project: str
    series: str
    upstream: str
    base: str
    target: str  # full hash
    target_name: str
    patches: tuple[SeenPatch, ...]


class CheckRecord(msgspec.Struct, frozen=True):
    """One check of a track as it is left in the outbox."""

    format: int
    run: str
    at: float
    unfork: str
    plan: str
    project: str
    track: str
    repository: str
    commit: str  # full hash
    dirty: bool
    check: CheckRun


Record = TypeVar("Record", ScanRecord, CheckRecord)


def outbox_of(address: str) -> Path:
    """The outbox of a store: beside its file, or one of its own in the user's data folder."""
    path = file_of(address)
    if path is not None:
        return path.with_name(f"{path.name}.outbox")
    from platformdirs import user_data_path

    digest = hashlib.sha256(address.encode()).hexdigest()[:16]
    return user_data_path("unfork", appauthor=False) / f"{digest}.outbox"


def leave_scan(address: str, scan: Scan, *, plan: str, project: str, version: str) -> Path:
    """Leave a scan for the store; the file it is in. Raises ``InputError`` when it cannot be written."""
    record = ScanRecord(
        format=SCAN_FORMAT,
        run=uuid.uuid4().hex,
        at=time.time(),
        unfork=version,
        plan=plan,
        project=project,
        series=storable(scan.series),
        upstream=storable(scan.upstream),
        base=scan.base,
        target=scan.target,
        target_name=storable(scan.target_name),
        patches=tuple(
            SeenPatch(
                name=storable(each.name),
                id=each.id,
                subject=storable(each.subject),
                relation=each.relation,
                state=each.state,
                advice=each.advice,
                advice_release=each.advice_release,
                first_release=each.first_release,
                commits=tuple(commit.sha for commit in each.commits),
                confidence=each.confidence,
                lines=each.added + each.removed,
            )
            for each in scan.patches
        ),
    )
    return _leave(address, record, _SUFFIX)


def leave_tested(address: str, record: CheckRecord) -> Path:
    """Leave a check for the store; the file it is in. Raises ``InputError`` when it cannot be written."""
    check = dataclasses.replace(record.check, output=storable(record.check.output))
    whole = msgspec.structs.replace(record, repository=storable(record.repository), check=check)
    return _leave(address, whole, _TESTED)


def _leave(address: str, record: ScanRecord | CheckRecord, suffix: str) -> Path:
    folder = outbox_of(address)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot write: {error.strerror}", where=str(folder)) from error
    path = folder / f"{record.at:017.6f}-{record.run}{suffix}"
    write_sealed(path, msgspec.msgpack.encode(record))
    return path


def waiting(folder: Path) -> Iterator[tuple[Path, ScanRecord]]:
    """The scans in an outbox, oldest first. A damaged file, or one of a newer unfork, stays where it is."""
    return _waiting(folder, _SUFFIX, ScanRecord, SCAN_FORMAT)


def waiting_tested(folder: Path) -> Iterator[tuple[Path, CheckRecord]]:
    """The checks of tracks in an outbox, likewise."""
    return _waiting(folder, _TESTED, CheckRecord, TESTED_FORMAT)


def _waiting(folder: Path, suffix: str, kind: type[Record], form: int) -> Iterator[tuple[Path, Record]]:
    for path in sorted(folder.glob(f"*{suffix}")):
        data = read_sealed(path)
        if data is None:
            continue
        try:
            record = msgspec.msgpack.decode(data, type=kind)
        except msgspec.MsgspecError:
            continue
        if record.format == form:
            yield path, record


def storable(text: str) -> str:
    """Undecodable bytes and the character no database takes, written out."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\x00", "\\x00")
