"""Which snapshot a name stood for when it was last looked up, so that it can be had without a network."""

import hashlib
import time
from pathlib import Path

import msgspec

from unfork.files import write_atomically

_FRESH = 3600  # seconds for which "the newest" is not asked for again


class Record(msgspec.Struct, frozen=True):
    """What a look-up gave."""

    name: str
    key: str  # of the snapshot
    version: str | None
    releases: tuple[str, ...]  # all of the index, oldest first
    asked: float  # seconds since the epoch

    @property
    def age(self) -> float:
        """Seconds since then; a clock that was set back makes it old."""
        passed = time.time() - self.asked
        return passed if passed >= 0 else float("inf")

    @property
    def fresh(self) -> bool:
        """Whether it need not be asked again yet."""
        return self.age < _FRESH

    def stale(self, why: str) -> str:
        """The warning when it is used although it could not be asked again."""
        hours = self.age / 3600
        return f"{self.name} is as it was {hours:.0f} hours ago: it could not be asked again ({why})"


def read_record(cache: Path, name: str) -> Record | None:
    """What is known of a name; ``None`` for nothing, and for a damaged file."""
    try:
        return msgspec.json.decode(_path(cache, name).read_bytes(), type=Record)
    except (OSError, msgspec.DecodeError):
        return None


def write_record(cache: Path, record: Record) -> None:
    """Keep what a look-up gave."""
    path = _path(cache, record.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, msgspec.json.encode(record))


def _path(cache: Path, name: str) -> Path:
    return cache / "snapshots" / "names" / f"{hashlib.sha256(name.encode()).hexdigest()[:24]}.json"
