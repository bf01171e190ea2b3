"""Crashes on disk until they are acknowledged: one file each, whole or not there.

``crashes/`` holds what somebody still waits for, ``acknowledged/`` what nobody does. When there is too much
or the disk is full, the oldest acknowledged go first. One that is not acknowledged never goes.
"""

import errno
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import structlog

from outboard.crashwatch.record import Crash
from outboard.errors import InputError
from outboard.files import write_atomically

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_READ_BYTES = 4 * 1024 * 1024


class Spool:
    """Threads may share it. ``read_only``: changes are kept in memory, for a dry run."""

    def __init__(self, folder: Path, most_bytes: int, *, read_only: bool = False) -> None:
        self._open_dir, self._done_dir = _folders(folder)
        self._read_only = read_only
        self._most = most_bytes
        self._lock = threading.RLock()
        self._open: dict[str, Crash] = {}
        self._done: dict[str, Crash] = {}
        self._seen = 0
        self._log = structlog.get_logger()
        for path, into in ((self._open_dir, self._open), (self._done_dir, self._done)):
            self._load(path, into)
        for key in self._open.keys() & self._done.keys():
            del self._open[key]  # killed while acknowledging: it had been decided
            self._remove(self._open_dir, key)

    def open(self) -> tuple[Crash, ...]:
        """Those not acknowledged, oldest first."""
        with self._lock:
            return tuple(sorted(self._open.values(), key=lambda crash: crash.recorded))

    def of(self, uuid: str) -> tuple[Crash, ...]:
        """All of one guest, oldest first."""
        with self._lock:
            both = (*self._open.values(), *self._done.values())
            return tuple(sorted((c for c in both if c.uuid == uuid), key=lambda crash: crash.recorded))

    def get(self, key: str) -> Crash | None:
        """One that is not acknowledged."""
        with self._lock:
            return self._open.get(key)

    def add(self, crash: Crash) -> bool:
        """Keep a crash; whether it is new. On return it is on disk. Raises ``OSError``."""
        with self._lock:
            if crash.key in self._open or crash.key in self._done:
                return False
            self._write(crash)
            self._trim()
            return True

    def change(self, key: str, how: Callable[[Crash], Crash]) -> Crash | None:
        """Change one under the lock; ``None`` when it is no longer open. Raises ``OSError``."""
        with self._lock:
            before = self._open.get(key)
            if before is None:
                return None
            after = how(before)
            if after != before:
                self._write(after)
            return after

    def acknowledge(self, key: str) -> bool:
        """Nobody waits for it any longer; whether there was one. Raises ``OSError``."""
        with self._lock:
            crash = self._open.get(key)
            if crash is None:
                return False
            if not self._read_only:
                (self._open_dir / f"{key}.json").replace(self._done_dir / f"{key}.json")
            self._done[key] = self._open.pop(key)
            self._trim()
            return True

    def refresh(self) -> None:
        """Take note of what another process acknowledged: its file is in the other folder."""
        with self._lock:
            try:
                mark = self._done_dir.stat().st_mtime_ns
                if mark == self._seen:
                    return
                self._seen = mark
                for key in [key for key in self._open if (self._done_dir / f"{key}.json").exists()]:
                    self._done[key] = self._open.pop(key)
                    self._remove(self._open_dir, key)
            except OSError as error:
                self._log.warning("cannot see what was acknowledged", why=str(error))

    def _write(self, crash: Crash) -> None:
        if not self._read_only:
            data = msgspec.json.encode(crash)
            while True:
                try:
                    write_atomically(self._open_dir / f"{crash.key}.json", data)
                    break
                except OSError as error:
                    if error.errno not in _FULL or not self._drop_oldest():
                        raise
        self._open[crash.key] = crash

    def _trim(self) -> None:
        """Stay within the size by dropping acknowledged ones."""
        sizes = sum(len(msgspec.json.encode(c)) for c in (*self._open.values(), *self._done.values()))
        while sizes > self._most and self._done:
            sizes -= len(msgspec.json.encode(self._oldest()))
            self._drop_oldest()

    def _oldest(self) -> Crash:
        return min(self._done.values(), key=lambda crash: crash.recorded)

    def _drop_oldest(self) -> bool:
        if not self._done:
            return False
        key = self._oldest().key
        del self._done[key]
        self._remove(self._done_dir, key)
        self._log.info("oldest acknowledged record dropped for space", key=key)
        return True

    def _remove(self, folder: Path, key: str) -> None:
        if not self._read_only:
            (folder / f"{key}.json").unlink(missing_ok=True)

    def _load(self, folder: Path, into: dict[str, Crash]) -> None:
        try:
            if not self._read_only:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            paths = sorted(folder.glob("*.json"))
        except OSError as error:
            raise InputError(f"cannot keep crashes: {error.strerror}", where=str(folder)) from error
        for path in paths:
            if path.name.startswith("."):
                continue  # half written before a kill
            try:
                with path.open("rb") as stream:
                    crash = msgspec.json.decode(stream.read(_READ_BYTES), type=Crash)
                if f"{crash.key}.json" != path.name:
                    raise msgspec.ValidationError(f"its key is {crash.key!r}")
            except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
                self._log.error("record cannot be read: left for people", path=str(path), why=str(error))
                continue
            into[crash.key] = crash


def acknowledge_file(folder: Path, key: str) -> None:
    """Acknowledge beside a running daemon, which sees it at its next tick. Raises ``InputError``."""
    crashes, done = _folders(folder)
    try:
        (crashes / f"{key}.json").replace(done / f"{key}.json")
    except OSError as error:
        raise InputError(f"cannot acknowledge: {error.strerror}", where=key) from error


def _folders(folder: Path) -> tuple[Path, Path]:
    return folder / "crashes", folder / "acknowledged"
