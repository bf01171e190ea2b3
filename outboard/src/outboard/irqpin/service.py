"""The service: which guests there are, what each of their vectors should be, and making it so."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

import structlog
from prometheus_client import CollectorRegistry

from outboard.cpus import format_cpus
from outboard.domain import Domain
from outboard.host import Host
from outboard.hypervisor import Census
from outboard.irqpin.balancer import Balancer, Peace
from outboard.irqpin.interrupts import Interrupts
from outboard.irqpin.metrics import IrqPinMetrics
from outboard.irqpin.planner import Why
from outboard.irqpin.settings import IrqPinSection
from outboard.irqpin.survey import Found, Place, Survey, Vectors, vector_of
from outboard.ledger import Ledger
from outboard.logs import Once
from outboard.takeover import TakeOver


class State(StrEnum):
    """How a vector is."""

    RIGHT = "right"  # where it should be
    MOVED = "moved"  # it was elsewhere, and is now where it should be
    WRONG = "wrong"  # elsewhere: a dry run, a read-only /proc, irqbalance in the way
    REFUSED = "refused"  # the kernel does not let it go there


@dataclass(frozen=True, slots=True)
class Row:
    """One vector of a guest."""

    guest: str
    device: str
    irq: int
    before: str
    wanted: str
    why: Why
    state: State


class IrqPin:
    """Follows guests, see ``outboard.loop.Service``. ``dry``: look only."""

    def __init__(
        self,
        host: Host,
        ledger: Ledger,
        section: IrqPinSection,
        balancer: Balancer,
        registry: CollectorRegistry,
        *,
        dry: bool = False,
    ) -> None:
        self._host = host
        self._ledger = ledger
        self._metrics = IrqPinMetrics(registry)
        self._balancer = balancer
        self._dry = dry
        self._interrupts = Interrupts(host)
        self._survey = Survey(host, self._interrupts, section)
        self._takeover = TakeOver(Vectors(self._interrupts), ledger, "irqpin", registry)
        self._domains: dict[str, Domain] = {}
        self._rows: dict[str, tuple[Row, ...]] = {}
        self._seen: tuple[list[str], frozenset[int] | None] | None = None
        self._once = Once()
        self._log = structlog.get_logger()

    def rows(self) -> tuple[Row, ...]:
        """Every vector of every guest as the last look left it."""
        return tuple(row for uuid in sorted(self._rows) for row in self._rows[uuid])

    def level(self, census: Census) -> None:
        """Settle every guest, and give back what was set for guests that are gone."""
        self._balancer.find()
        self._survey.refresh()
        self._takeover.refused.clear()  # tried again once in an audit: its driver may be another by now
        unread = {uuid: self._domains[uuid] for uuid in census.unreadable if uuid in self._domains}
        self._domains = {domain.uuid: domain for domain in census.domains} | unread
        self._forget(self._ledger.owners() - self._domains.keys() - census.unreadable.keys())
        self._rows = {uuid: rows for uuid, rows in self._rows.items() if uuid in self._domains}
        self._look_around()
        self._settle(self._domains.values())

    def guest(self, uuid: str, domain: Domain | None) -> None:
        """Settle one guest, or give back what it had."""
        if domain is not None:
            self._domains[uuid] = domain
            self._settle([domain])
        else:
            self._domains.pop(uuid, None)
            if self._rows.pop(uuid, None) is not None or uuid in self._ledger.owners():
                self._forget({uuid})
                self._settle([])

    def tick(self) -> None:
        """Settle all when vectors or CPUs came or went."""
        if self._look_around():
            self._settle(self._domains.values())

    def release(self) -> None:
        """Give back everything."""
        self._domains.clear()
        self._rows.clear()
        self._forget(self._ledger.owners())
        self._balancer.find()
        self._settle([])

    def _look_around(self) -> bool:
        """Whether vectors or CPUs are others than at the last look."""
        try:
            seen = self._interrupts.names(), self._host.online_cpus()
        except OSError as error:
            self._cannot_read("irq", error)
            return False
        self._once.over("irq")
        changed = seen != self._seen
        self._seen = seen
        return changed

    def _settle(self, domains: Collection[Domain]) -> None:
        """Compare each vector with what it should be, and write the difference."""
        found: dict[str, Found] = {}
        for domain in domains:
            try:
                found[domain.uuid] = self._survey.of(domain)
            except OSError as error:
                self._cannot_read(domain.uuid, error)
        places = [place for each in found.values() for place in each.places]
        self._give_up({uuid: each.places for uuid, each in found.items()})
        stand = self._ban(found, places)
        wrong = [place.change() for place in places if place.now != place.wanted]
        moved: frozenset[str] = frozenset()
        if not self._dry and stand is not Peace.IN_THE_WAY:
            moved = self._takeover.write(wrong)
        for uuid, each in found.items():
            self._rows[uuid] = tuple(self._row(place, moved) for place in each.places)
            self._tell(uuid, each)
        self._count(stand)

    def _ban(self, found: dict[str, Found], places: list[Place]) -> Peace:
        """irqbalance leaves the vectors of all guests, not only of those looked at now."""
        irqs = {place.irq for place in places}
        irqs.update(row.irq for uuid, rows in self._rows.items() if uuid not in found for row in rows)
        return self._balancer.leave(irqs, before={vector_of(key)[0] for key in self._ledger.held()})

    def _give_up(self, places: dict[str, tuple[Place, ...]]) -> None:
        """Give back vectors of devices that a guest has no longer, or that it no longer has CPUs for."""
        for uuid, ours in places.items():
            wanted = {place.key for place in ours}
            self._return([key for key in self._ledger.held(uuid) if key not in wanted])

    def _forget(self, uuids: Collection[str]) -> None:
        for uuid in uuids:
            self._log.info("guest is gone, its vectors go back", guest=uuid)
            self._return(self._ledger.held(uuid))

    def _return(self, keys: Collection[str]) -> None:
        if keys and not self._dry:
            try:
                self._takeover.give_back(keys)
            except OSError as error:
                self._cannot_read("vectors to give back", error)

    def _row(self, place: Place, moved: frozenset[str]) -> Row:
        state = State.WRONG
        if place.now == place.wanted:
            state = State.RIGHT
        elif place.key in moved:
            state = State.MOVED
        elif self._takeover.refused.get(place.key) == format_cpus(place.wanted):
            state = State.REFUSED
        before, wanted = format_cpus(place.now), format_cpus(place.wanted)
        return Row(place.owner, place.address, place.irq, before, wanted, place.why, state)

    def _tell(self, uuid: str, found: Found) -> None:
        self._once.over(uuid)
        for device, remark in found.remarks.items():
            if self._once.new(f"{uuid} {device}", remark):
                self._log.warning(remark, guest=uuid, device=device)
        moved = Counter((row.device, row.wanted) for row in self._rows[uuid] if row.state is State.MOVED)
        for (device, wanted), vectors in moved.items():
            self._log.info("vectors pinned", guest=uuid, device=device, vectors=vectors, cpus=wanted)

    def _cannot_read(self, what: str, error: OSError) -> None:
        if self._once.new(what, error.errno):
            self._log.error("cannot be read, left as it is", what=what, why=str(error))

    def _count(self, stand: Peace) -> None:
        rows = self.rows()
        states = Counter(State.RIGHT if row.state is State.MOVED else row.state for row in rows)
        for state in (State.RIGHT, State.WRONG, State.REFUSED):
            self._metrics.vectors.labels(state.value).set(states[state])
        self._metrics.guests.set(len({row.guest for row in rows}))
        self._metrics.off_node.set(len({row.device for row in rows if row.why is Why.OFF_NODE}))
        for each in Peace:
            self._metrics.irqbalance.labels(each.value).set(each is stand)
