"""One look: the lists, the bindings and the state made of them."""

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass

import msgspec

from outboard.netbalance.model import Kind, State, Style
from outboard.netbalance.neutron import Neutron
from outboard.netbalance.reading.memory import Known, Memory
from outboard.netbalance.reading.state import Usual, build
from outboard.netbalance.reading.survey import Survey
from outboard.netbalance.settings import NetBalanceSection
from outboard.netbalance.signals import HostMark
from outboard.state import StateFile

FORMAT = 1


class Remembered(msgspec.Struct, frozen=True):
    """What survives a restart: who hosted what, and how many agents an item usually has."""

    known: dict[str, Known]
    usual: dict[Style, int]


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen. ``portless`` are networks without a DHCP server to wait for."""

    survey: Survey
    state: State
    portless: frozenset[str]

    def on(self, host: str) -> dict[str, str]:
        """What a host has: item, agent."""
        agents = {agent.id for agent in self.state.agents.values() if agent.host == host}
        return {item: a for item, on in self.state.bindings.items() for a in on if a in agents}


class Reader:
    """Looks, and remembers between looks; with a ``file`` also between processes."""

    def __init__(
        self,
        neutron: Neutron,
        pool: Executor,
        section: NetBalanceSection,
        file: StateFile[Remembered] | None,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._neutron = neutron
        self._section = section
        self._memory = Memory(neutron, pool, reread=section.reread)
        self._usual = Usual()
        self._file = file
        self._saved: Remembered | None = file.load() if file else None
        self._clock = clock
        self._frozen: dict[str, float] = {}
        if self._saved:
            self._memory.known = dict(self._saved.known)
            self._usual.replicas = dict(self._saved.usual)

    def look(self, marks: Mapping[str, HostMark]) -> Look:
        """Everything as it is now. Raises ``CloudError``."""
        survey = Survey.read(self._neutron)
        return self._look(survey, self._memory.bindings(survey), marks)

    def confirm(self, look: Look, agents: Iterable[str], marks: Mapping[str, HostMark]) -> Look:
        """The same, with these agents asked for what they host. Raises ``CloudError``."""
        return self._look(look.survey, self._memory.ask_again(look.survey, agents), marks)

    def moved(self, items: Iterable[str], agents: Iterable[str]) -> None:
        """These items were moved and stay for a while; these agents host something else now."""
        until = self._clock() + self._section.cool_down
        self._frozen.update(dict.fromkeys(items, until))
        self._memory.forget(agents)

    def requests(self) -> int:
        """How many requests were made of neutron so far, the mover's too."""
        return self._neutron.asked()

    def save(self) -> None:
        """Keep what is known for the next process, where it changed. Raises ``OSError``."""
        now = Remembered(dict(self._memory.known), dict(self._usual.replicas))
        if self._file and now != self._saved:
            self._file.save(now)
            self._saved = now

    def _look(
        self, survey: Survey, bindings: dict[str, frozenset[str]], marks: Mapping[str, HostMark]
    ) -> Look:
        now = self._clock()
        self._frozen = {
            item: until for item, until in self._frozen.items()
            if now < until <= now + self._section.cool_down  # not for days, where a clock jumped back
        }  # fmt: skip
        served = {subnet.network_id for subnet in survey.subnets if subnet.enable_dhcp}
        state = build(survey, bindings, marks, self._section, self._usual, self._frozen)
        portless = frozenset(
            id_ for id_, item in state.items.items() if item.kind is Kind.DHCP and id_ not in served
        )
        return Look(survey, state, portless)
