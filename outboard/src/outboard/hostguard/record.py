"""What hostguard remembers over a restart: nothing that could be looked at."""

from collections.abc import Mapping

import msgspec

from outboard.hostguard.alarms import Kind
from outboard.hostguard.model import State, Wish

FORMAT = 1


class HostRecord(msgspec.Struct, frozen=True):
    """Of one host. Times are seconds of the clock, for people and metrics alone."""

    state: State
    since: float
    was_enabled: bool = False
    notified: bool = False  # masakari took this failure
    told: str = ""  # what netbalance was last told of it, until it was told that the host returned
    tries: Mapping[str, int] = {}  # guest: times it was asked to move


class Event(msgspec.Struct, frozen=True):
    """Something to tell; ``told`` has the sinks that took it."""

    body: Mapping[str, object]
    told: tuple[str, ...] = ()


class AlarmRecord(msgspec.Struct, frozen=True):
    """An alarm that stands."""

    kind: Kind
    host: str
    about: str
    since: float


class Record(msgspec.Struct, frozen=True):
    """All of it. ``wishes``: the last file that was whole."""

    hosts: Mapping[str, HostRecord] = {}
    wishes: Mapping[str, Wish] = {}
    alarms: tuple[AlarmRecord, ...] = ()
    events: tuple[Event, ...] = ()
