"""The service: domains first, then nova, and again after a while; what both looks say is an orphan."""

import time
from collections import Counter as Count
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import msgspec
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge

from outboard.cloud import CloudError
from outboard.domain import Domain
from outboard.errors import HypervisorError, InputError
from outboard.hypervisor import Census, DomainState
from outboard.logs import Once
from outboard.orphanwatch.nova import Nova
from outboard.orphanwatch.settings import OrphanWatchSection
from outboard.state import StateFile

FORMAT = 1


class State(StrEnum):
    """What a suspect has come to."""

    SUSPECT = "suspect"  # one look
    ORPHAN = "orphan"  # two looks
    PAUSED = "paused"
    DESTROYED = "destroyed"


class Suspect(msgspec.Struct, frozen=True):
    """A domain nova does not own here. ``since`` is on the clock of the boot, which does not jump."""

    name: str
    why: str
    since: float
    state: State = State.SUSPECT


@dataclass(frozen=True, slots=True)
class Row:
    """A suspect, for people."""

    uuid: str
    domain: str
    why: str
    seconds: int
    state: str


@dataclass(frozen=True, slots=True)
class Libvirt:
    """What orphanwatch asks of libvirt. All raise ``HypervisorError``."""

    states: Callable[[], tuple[DomainState, ...]]
    definition: Callable[[str], Domain | None]
    act: Callable[[str, str], None]


class OrphanWatch:
    """Looks with each audit, see ``outboard.loop.Service``. ``dry``: looks only, and remembers nothing."""

    def __init__(
        self,
        libvirt: Libvirt,
        nova: Nova,
        host: str,
        section: OrphanWatchSection,
        state: StateFile[dict[str, Suspect]] | None,
        registry: CollectorRegistry,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._libvirt = libvirt
        self._nova = nova
        self._host = host
        self._section = section
        self._state = state
        self._clock = clock
        self._suspects: Mapping[str, Suspect] = (state.load() if state else None) or {}
        self._made_by_nova: dict[str, bool] = {}
        self._once = Once()
        self._log = structlog.get_logger()
        self._domains = Gauge(
            "outboard_orphanwatch_domains", "Domains nova does not own here", ["state"], registry=registry
        )
        self._looks = Counter(
            "outboard_orphanwatch_looks", "Looks by whether nova could be asked", ["result"],
            registry=registry,
        )  # fmt: skip
        self._acted = Counter(
            "outboard_orphanwatch_acted", "Orphans paused or destroyed", ["action", "result"],
            registry=registry,
        )  # fmt: skip

    def level(self, census: Census) -> None:
        """Look one time. What nova cannot be asked about now stays as it was."""
        del census  # those that do not run count too
        domains = self._novas_domains()  # before nova: a server made in between is no orphan
        try:
            found = self._not_owned(domains)
        except CloudError as error:
            self._looks.labels("failed").inc()
            if self._once.new("nova", str(error)[:80]):
                self._log.error("nova cannot be asked, no domain is judged", why=str(error))
            return
        self._once.over("nova")
        if found is None:
            self._looks.labels("distrusted").inc()
            return
        self._looks.labels("done").inc()
        self._suspects = {uuid: self._judge(uuid, domains[uuid], why) for uuid, why in found.items()}
        self._save()

    def guest(self, uuid: str, domain: Domain | None) -> None:
        """Nothing: a domain is judged in peace."""

    def tick(self) -> None:
        """Count."""
        states = Count(suspect.state for suspect in self._suspects.values())
        for state in State:
            self._domains.labels(state.value).set(states[state])

    def rows(self) -> tuple[Row, ...]:
        """The suspects."""
        now = self._clock()
        return tuple(
            Row(uuid, suspect.name, suspect.why, int(max(0.0, now - suspect.since)), suspect.state.value)
            for uuid, suspect in sorted(self._suspects.items())
        )

    def _novas_domains(self) -> dict[str, str]:
        """Who made a domain is read once: it does not change."""
        states = self._libvirt.states()
        made: dict[str, bool] = {}
        for uuid in (state.uuid for state in states):
            if uuid in self._made_by_nova:
                made[uuid] = self._made_by_nova[uuid]
                continue
            try:
                domain = self._libvirt.definition(uuid)
            except InputError:
                continue  # we cannot say that nova made it
            if domain is not None:
                made[uuid] = domain.nova is not None
        self._made_by_nova = made
        return {state.uuid: state.name for state in states if made.get(state.uuid)}

    def _not_owned(self, domains: Mapping[str, str]) -> dict[str, str] | None:
        """uuid -> why nova does not own it here; ``None`` when nova's answers cannot be believed."""
        if not self._nova.has_host(self._host):
            self._distrust(f"nova has no nova-compute on {self._host!r}: see [cloud] host")
            return None
        owned = self._nova.on_host(self._host)
        found = {}
        for uuid in sorted(domains.keys() - owned):
            place = self._nova.place(uuid)
            if place is None:
                found[uuid] = "nova knows no such server"
            elif not place.moving and place.host and place.host != self._host:
                found[uuid] = f"nova has it on {place.host}"
        if len(found) > 1 and len(found) > self._section.most_share * len(domains):
            self._distrust(f"nova does not own {len(found)} of {len(domains)} guests here: rights?")
            return None
        self._once.over("distrust")
        return found

    def _distrust(self, why: str) -> None:
        if self._once.new("distrust", why):
            self._log.error("nova's answers are not believed, no domain is judged", why=why)

    def _judge(self, uuid: str, name: str, why: str) -> Suspect:
        before = self._suspects.get(uuid)
        if before is None or before.why != why or before.since > self._clock():
            self._log.warning("domain is not nova's, first look", guest=uuid, domain=name, why=why)
            return Suspect(name, why, self._clock())
        if before.state is not State.SUSPECT or self._clock() - before.since < self._section.confirm_after:
            return self._act(uuid, before) if before.state is State.ORPHAN else before
        self._log.error("domain is an orphan", guest=uuid, domain=name, why=why)
        return self._act(uuid, msgspec.structs.replace(before, state=State.ORPHAN))

    def _act(self, uuid: str, orphan: Suspect) -> Suspect:
        action = self._section.action
        if action == "report" or self._state is None:
            return orphan
        try:
            self._libvirt.act(uuid, action)
        except HypervisorError as error:
            self._acted.labels(action, "failed").inc()
            self._log.error("orphan stays as it is", guest=uuid, why=str(error))
            return orphan
        self._acted.labels(action, "done").inc()
        self._log.warning(f"orphan: {action} done", guest=uuid, domain=orphan.name, why=orphan.why)
        done = State.PAUSED if action == "pause" else State.DESTROYED
        return msgspec.structs.replace(orphan, state=done)

    def _save(self) -> None:
        if self._state is None:
            return
        try:
            self._state.save(dict(self._suspects))
        except OSError as error:
            if self._once.new("save", error.errno):
                self._log.error("suspects cannot be remembered over a restart", why=str(error))
