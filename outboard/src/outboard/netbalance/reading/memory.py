"""Who hosts what, kept between looks: an agent is asked again only when something about it changed."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from hashlib import blake2b

import msgspec

from outboard.cloud import CloudError
from outboard.cloud import Kind as Error
from outboard.netbalance.model import Kind
from outboard.netbalance.neutron import Neutron
from outboard.netbalance.reading.survey import Survey

FORMAT = 1


class Known(msgspec.Struct, frozen=True):
    """What an agent hosted when it was asked, and what the lists said of it then."""

    trace: str
    items: tuple[str, ...]


class Memory:
    """Agents' items. ``recall`` what was known before a restart; the traces tell whether it still holds."""

    def __init__(
        self,
        neutron: Neutron,
        pool: Executor,
        *,
        reread: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._neutron = neutron
        self._pool = pool
        self._reread = reread
        self._clock = clock
        self._all_asked_at = clock()
        self.known: dict[str, Known] = {}

    def bindings(self, survey: Survey) -> dict[str, frozenset[str]]:
        """Item: agents. Asks agents that are new or changed; all, when it is time. Raises ``CloudError``."""
        traces = {id_: _digest(trace) for id_, trace in survey.traces().items()}
        if self._clock() - self._all_asked_at >= self._reread:
            self.known.clear()
        if not self.known:
            self._all_asked_at = self._clock()
        self.known = {id_: known for id_, known in self.known.items() if id_ in traces}
        self._ask(
            survey,
            [id_ for id_, trace in traces.items() if id_ not in self.known or self.known[id_].trace != trace],
            traces,
        )
        return self._by_item()

    def ask_again(self, survey: Survey, agents: Iterable[str]) -> dict[str, frozenset[str]]:
        """Item: agents, after asking these. Raises ``CloudError``."""
        self._ask(survey, sorted(set(agents) & survey.hosting_agents.keys()), {})
        return self._by_item()

    def forget(self, agents: Iterable[str]) -> None:
        """These will host something else now: ask them at the next look."""
        for agent in agents:
            self.known.pop(agent, None)

    def _ask(self, survey: Survey, agents: list[str], traces: dict[str, str]) -> None:
        kinds = survey.hosting_agents
        answers = self._pool.map(lambda agent: self._hosted(kinds[agent][0], agent), agents)
        for id_, items in zip(agents, answers, strict=True):
            trace = traces.get(id_) or (self.known[id_].trace if id_ in self.known else "")
            self.known[id_] = Known(trace, tuple(sorted(items)))

    def _hosted(self, kind: Kind, agent: str) -> frozenset[str]:
        try:
            return self._neutron.hosted(kind, agent)
        except CloudError as error:
            if error.kind is Error.GONE:  # deleted since the list was read
                return frozenset()
            raise

    def _by_item(self) -> dict[str, frozenset[str]]:
        on: dict[str, set[str]] = {}
        for agent, known in self.known.items():
            for item in known.items:
                on.setdefault(item, set()).add(agent)
        return {item: frozenset(agents) for item, agents in on.items()}


def _digest(trace: bytes) -> str:
    return blake2b(trace, digest_size=12).hexdigest()
