"""The service: what every CPU should be, over all guests that run, and making it so."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry, Gauge

from outboard.cpulat.latency import Latency, as_kernel
from outboard.cpulat.policy import policy_of
from outboard.cpulat.settings import CpuLatSection
from outboard.cpus import format_cpus, parse_cpus
from outboard.domain import Domain
from outboard.files import read_attribute
from outboard.host import Host
from outboard.hypervisor import Census
from outboard.ledger import Ledger
from outboard.logs import Once
from outboard.takeover import Change, TakeOver


class State(StrEnum):
    """How a CPU is."""

    RIGHT = "right"  # as it should be
    SET = "set"  # it was not, and is now
    WRONG = "wrong"  # it is not: a dry run, a read-only /sys
    REFUSED = "refused"  # the kernel does not take the value
    UNKNOWN = "unknown"  # the host has no such CPU, or its kernel no such setting


@dataclass(frozen=True, slots=True)
class Row:
    """One CPU with the guests that are pinned to it."""

    cpu: int
    guests: tuple[str, ...]
    before: str
    wanted: str
    state: State


@dataclass(frozen=True, slots=True)
class _Wish:
    microseconds: int
    guests: tuple[str, ...]


class Cpus:
    """The setting of each CPU, see ``outboard.takeover.Attributes``. The key is its number."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def folder(self, key: str) -> Path:
        """Where the kernel shows the CPU."""
        return self._host.sysfs / "devices/system/cpu" / f"cpu{key}"

    def read(self, key: str) -> str | None:
        """``n/a``, or microseconds with 0 for no limit; ``None`` when there is no such CPU."""
        try:
            return read_attribute(self._file(key))
        except (FileNotFoundError, NotADirectoryError):
            return None

    def write(self, key: str, value: str) -> None:
        """Set it."""
        self._host.write(self._file(key), value)

    def _file(self, key: str) -> Path:
        return self.folder(key) / "power/pm_qos_resume_latency_us"


class CpuLat:
    """Follows guests, see ``outboard.loop.Service``. ``dry``: look only.

    What a CPU should be is worked out anew each time from all guests: the strictest of them. So a CPU is
    free when its last guest is gone, and no count can go wrong.
    """

    def __init__(
        self,
        host: Host,
        ledger: Ledger,
        section: CpuLatSection,
        registry: CollectorRegistry,
        *,
        dry: bool = False,
    ) -> None:
        self._host = host
        self._ledger = ledger
        self._section = section
        self._dry = dry
        self._policies = {name: Latency.parse(text) for name, text in section.policies.items()}
        self._limits: dict[tuple[str, int], int] = {}
        self._never = parse_cpus(section.never)
        self._cpus = Cpus(host)
        self._takeover = TakeOver(self._cpus, ledger, "cpulat", registry)
        self._domains: dict[str, Domain] = {}
        self._unread: frozenset[str] = frozenset()  # guests that run and were never read
        self._rows: tuple[Row, ...] = ()
        self._online: frozenset[int] | None = None
        self._once = Once()
        self._log = structlog.get_logger()
        self._guests = Gauge("outboard_cpulat_guests", "Guests with a policy", registry=registry)
        self._states = Gauge(
            "outboard_cpulat_cpus", "Their CPUs by how they are", ["state"], registry=registry
        )

    def rows(self) -> tuple[Row, ...]:
        """Every CPU that should be limited, as the last look left it."""
        return self._rows

    def level(self, census: Census) -> None:
        """Settle every CPU."""
        self._takeover.refused.clear()
        self._limits.clear()
        known = {uuid: self._domains[uuid] for uuid in census.unreadable if uuid in self._domains}
        self._unread = frozenset(census.unreadable) - known.keys()
        self._domains = {domain.uuid: domain for domain in census.domains} | known
        self._online = self._host.online_cpus()
        self._settle()

    def guest(self, uuid: str, domain: Domain | None) -> None:
        """Settle every CPU, with this guest as it is now."""
        before = self._domains.get(uuid)
        if domain is not None:
            self._domains[uuid] = domain
        else:
            self._domains.pop(uuid, None)
        if before != domain or uuid in self._unread:
            self._unread -= {uuid}
            self._settle()

    def tick(self) -> None:
        """Settle when CPUs came or went: nova may switch them off between guests."""
        online = self._host.online_cpus()
        if online != self._online:
            self._online = online
            self._settle()

    def release(self) -> None:
        """Give back everything."""
        self._domains.clear()
        self._unread = frozenset()
        self._settle()

    def _settle(self) -> None:
        wishes = self._wishes()
        self._give_back(wishes)
        now = {cpu: self._read(str(cpu)) for cpu in wishes}
        wanted = {cpu: as_kernel(wish.microseconds) for cpu, wish in wishes.items()}
        changes = [
            Change(str(cpu), wish.guests[0], value, wanted[cpu], f"cpu{cpu}")
            for cpu, wish in wishes.items()
            if (value := now[cpu]) is not None and value != wanted[cpu]
        ]
        took = frozenset() if self._dry else self._takeover.write(changes)
        self._rows = tuple(
            Row(
                cpu,
                wish.guests,
                now[cpu] or "",
                wanted[cpu],
                self._state(str(cpu), now[cpu], wanted[cpu], took),
            )
            for cpu, wish in sorted(wishes.items())
        )
        self._count()
        if took:
            values = sorted({change.wanted for change in changes if change.key in took})
            self._log.info("latency set", cpus=format_cpus(map(int, took)), values=values)

    def _wishes(self) -> dict[int, _Wish]:
        """CPU -> the strictest limit of the guests that have it for themselves."""
        wishes: dict[int, _Wish] = {}
        for uuid, domain in sorted(self._domains.items()):
            name, remark = policy_of(domain, self._section)
            if remark and self._once.new(uuid, remark):
                self._log.warning(remark, guest=uuid)
            if not name:
                continue
            for cpu in sorted(set(domain.pinned().values()) - self._never):
                limit = self._limit(name, cpu)
                other = wishes.get(cpu, _Wish(limit, ()))
                wishes[cpu] = _Wish(min(limit, other.microseconds), (*other.guests, uuid))
        return wishes

    def _limit(self, policy: str, cpu: int) -> int:
        """Microseconds; what the CPU's idle states take is read once between two audits."""
        if (policy, cpu) not in self._limits:
            self._limits[policy, cpu] = self._policies[policy].on(self._cpus.folder(str(cpu)))
        return self._limits[policy, cpu]

    def _give_back(self, wishes: Collection[int]) -> None:
        """CPUs no guest wants any longer. One taken for a guest that cannot be read stays."""
        unread = {key for uuid in self._unread for key in self._ledger.held(uuid)}
        keys = [key for key in self._ledger.held() if int(key) not in wishes and key not in unread]
        if not keys or self._dry:
            return
        try:
            self._takeover.give_back(keys)
        except OSError as error:
            self._cannot_read(error)
        else:
            self._log.info("latency given back", cpus=format_cpus(map(int, keys)))

    def _read(self, key: str) -> str | None:
        try:
            value = self._cpus.read(key)
        except OSError as error:
            self._cannot_read(error)
            return None
        if value is None and self._once.new(key, value is None):
            self._log.warning("the host has no such CPU or setting, nothing is set", cpu=int(key))
        return value

    def _state(self, key: str, now: str | None, wanted: str, took: frozenset[str]) -> State:
        if now is None:
            return State.UNKNOWN
        if now == wanted:
            return State.RIGHT
        if key in took:
            return State.SET
        return State.REFUSED if self._takeover.refused.get(key) == wanted else State.WRONG

    def _cannot_read(self, error: OSError) -> None:
        if self._once.new("read", (error.errno, error.filename)):
            self._log.error("cannot be read, left as it is", why=str(error))

    def _count(self) -> None:
        states = Counter(State.RIGHT if row.state is State.SET else row.state for row in self._rows)
        for state in (State.RIGHT, State.WRONG, State.REFUSED, State.UNKNOWN):
            self._states.labels(state.value).set(states[state])
        self._guests.set(len({guest for row in self._rows for guest in row.guests}))
