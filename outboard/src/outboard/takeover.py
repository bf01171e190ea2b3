"""Taking settings of the kernel over, with the ledger in front of every write, and giving them back."""

import errno
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog
from prometheus_client import CollectorRegistry, Counter

from outboard.ledger import Ledger
from outboard.logs import Once

# The kernel's word that it will not take this value whatever we do: EIO, and EPERM since its commit
# eb29369fa543, for an interrupt that is managed or whose controller cannot move it; EINVAL for a value it has
# no use for. Others may pass with time: ENOSPC (a CPU's vectors are used up), EROFS and EACCES (the way the
# host is set up).
_FOR_GOOD = frozenset({errno.EIO, errno.EPERM, errno.EINVAL})
_GONE = frozenset({errno.ENOENT, errno.ENODEV, errno.ENOTDIR})


@dataclass(frozen=True, slots=True)
class Change:
    """One setting to write: ``now`` and ``wanted`` as the kernel prints them, for the guest ``owner``.

    ``subject`` is what complaints are about: many settings of one device fail alike.
    """

    key: str
    owner: str
    now: str
    wanted: str
    subject: str


class Attributes(Protocol):
    """How a service's settings are read and written, by key."""

    def read(self, key: str) -> str | None:
        """As the kernel prints it; ``None`` when it is gone. Raises ``OSError``."""

    def write(self, key: str, value: str) -> None:
        """Raises ``OSError``."""


class TakeOver:
    """Writes changes. ``refused`` is what the kernel will not do: key -> the value it would not take."""

    def __init__(
        self, attributes: Attributes, ledger: Ledger, service: str, registry: CollectorRegistry
    ) -> None:
        self._attributes = attributes
        self._ledger = ledger
        self._once = Once()
        self._log = structlog.get_logger()
        self.refused: dict[str, str] = {}
        self._took: dict[str, str] = {}  # key -> the value we wrote last and that the kernel took
        name = f"outboard_{service}"
        self._writes = Counter(f"{name}_writes", "Settings written", registry=registry)
        self._errors = Counter(
            f"{name}_write_errors", "Writes the kernel refused", ["error"], registry=registry
        )
        self._drift = Counter(f"{name}_drift", "Settings of ours found changed", registry=registry)
        self._given_back = Counter(f"{name}_given_back", "Settings put back as before", registry=registry)

    def write(self, changes: Sequence[Change]) -> frozenset[str]:
        """Write each; the keys of those that took."""
        todo = [change for change in changes if self.refused.get(change.key) != change.wanted]
        for change in todo:
            if self._took.get(change.key) == change.wanted:
                self._drift.inc()
            self._ledger.announce(change.key, current=change.now, value=change.wanted, owner=change.owner)
        if not todo or not self._flush():
            return frozenset()
        took = frozenset(change.key for change in todo if self._write(change))
        well = {change.subject for change in changes} - {
            change.subject for change in changes if change.key not in took
        }
        for subject in well:
            self._once.over(subject)
        return took

    def give_back(self, keys: Iterable[str]) -> None:
        """Put each back as it was before us, unless somebody else changed it since or it is gone.

        Raises ``OSError`` when one cannot be read.
        """
        keys = tuple(keys)
        for key in keys:
            now = self._attributes.read(key)
            original = self._ledger.to_give_back(key, now) if now is not None else None
            if original is not None:
                try:
                    self._attributes.write(key, original)
                except OSError as error:
                    if error.errno not in _GONE | _FOR_GOOD:
                        self._complain(key, error, "not given back")
                        continue  # it stays in the ledger, for the next look at everything
                else:
                    self._given_back.inc()
            self._ledger.drop(key)
            self._took.pop(key, None)
        if keys:
            self._flush()

    def _write(self, change: Change) -> bool:
        self._took.pop(change.key, None)
        try:
            self._attributes.write(change.key, change.wanted)
        except OSError as error:
            if error.errno in _GONE:
                return False  # the guest let go of it meanwhile
            self._errors.labels(errno.errorcode.get(error.errno or 0, "?")).inc()
            if error.errno in _FOR_GOOD:
                self.refused[change.key] = change.wanted
            self._complain(change.subject, error, "refused, left as it is", guest=change.owner)
            return False
        self._writes.inc()
        self._took[change.key] = change.wanted
        return True

    def _flush(self) -> bool:
        try:
            self._ledger.flush()
        except OSError as error:
            if self._once.new("ledger", error.errno):
                self._log.error("state cannot be written, nothing is set", why=str(error))
            return False
        self._once.over("ledger")
        return True

    def _complain(self, subject: str, error: OSError, what: str, **fields: str) -> None:
        if self._once.new(subject, error.errno):
            self._log.warning(what, subject=subject, why=error.strerror, file=str(error.filename), **fields)
