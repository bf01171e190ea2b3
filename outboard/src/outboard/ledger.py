"""Settings of the kernel that we took over, and what they were before.

The order that survives a kill at any step: announce what will be written, flush, write; to give back,
write the original, drop, flush. A value is given back only while it is one we announced: what somebody
else set since is theirs.
"""

import msgspec

from outboard.state import StateFile

FORMAT = 1
# Values of one setting we may have written and not yet replaced; a guard against growth, never reached
# by one guest: each is another policy or another CPU.
_MOST_VALUES = 32


class Entry(msgspec.Struct, frozen=True):
    """One setting: ``original`` before us, ``ours`` announced since, ``owner`` the guest it is for."""

    original: str
    ours: tuple[str, ...]
    owner: str


class Ledger:
    """Entries by key, on disk. Without a file (a dry run) nothing is kept."""

    def __init__(self, file: StateFile[dict[str, Entry]] | None) -> None:
        self._file = file
        self._entries: dict[str, Entry] = (file.load() if file else None) or {}
        self._dirty = False

    def announce(self, key: str, *, current: str, value: str, owner: str) -> None:
        """Say that ``value`` will replace ``current``. It may be written after the next ``flush``."""
        entry = self._entries.get(key)
        if entry is None or (entry.owner != owner and current not in entry.ours):
            # Another guest's, and not as we left it: the kernel made it anew in between.
            new = Entry(original=current, ours=(value,), owner=owner)
        else:
            ours = tuple(each for each in entry.ours if each != value)[-_MOST_VALUES:]
            new = Entry(original=entry.original, ours=(*ours, value), owner=owner)
        if new != entry:
            self._entries[key] = new
            self._dirty = True

    def flush(self) -> None:
        """Bring what was announced and dropped to disk. Raises ``OSError``: then nothing may be written."""
        if self._dirty and self._file:
            self._file.save(self._entries)
        self._dirty = False

    def held(self, owner: str | None = None) -> tuple[str, ...]:
        """The settings taken over, of one guest or of all."""
        return tuple(key for key, entry in self._entries.items() if owner in (None, entry.owner))

    def owners(self) -> frozenset[str]:
        """The guests that have entries."""
        return frozenset(entry.owner for entry in self._entries.values())

    def to_give_back(self, key: str, current: str) -> str | None:
        """What to write to undo us, or ``None``: it is as it was, or somebody else's."""
        entry = self._entries[key]
        return entry.original if current in entry.ours and current != entry.original else None

    def drop(self, key: str) -> None:
        """Forget a setting: it is given back, or gone."""
        if self._entries.pop(key, None):
            self._dirty = True
