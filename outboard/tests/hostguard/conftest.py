"""A cloud of hosts on loopback, and hostguard on it as the daemon makes it, over real HTTP."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from outboard.cloud import Cloud, CloudSection
from outboard.corpus.fake_hosts import FakeHosts
from outboard.hostguard import HostGuard, HostGuardSection
from outboard.hostguard.acting import Hands
from outboard.hostguard.answers import Answers
from outboard.hostguard.commands import Commands
from outboard.hostguard.metrics import GuardMetrics
from outboard.hostguard.model import Desired, Wish
from outboard.hostguard.reading import Reader
from outboard.hostguard.record import FORMAT, Record
from outboard.hostguard.service import Parts
from outboard.hostguard.teller import Teller
from outboard.hostguard.wishes import Said, Wishes
from outboard.sinks import JsonLines
from outboard.state import StateFile
from prometheus_client import CollectorRegistry


@pytest.fixture
def hosts(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHosts]:
    with FakeHosts.serving() as cloud:
        for name, value in cloud.served.environment().items():
            monkeypatch.setenv(name, value)
        yield cloud


class Bench:
    """Hostguard on a cloud; ``again`` is a restart, which has nothing but the disk."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.folder = folder
        self.events = folder / "events"
        self.section = HostGuardSection(**{
            "drain_command": (), "tell_command": (), "confirm_after": 0.0, "retry": 0.05,
            "events": str(self.events), **settings,
        })  # fmt: skip
        self.cloud = Cloud(CloudSection(name="envvars", timeout=5))
        self.said = Said(folder)
        self.allowed: Callable[[], None] = lambda: None
        self.registry = CollectorRegistry()
        self.guard: HostGuard
        self.again()

    def again(self) -> None:
        self.registry = CollectorRegistry()
        metrics = GuardMetrics(self.registry)
        file = StateFile(self.folder / "hostguard.json", Record, number=FORMAT)
        record = file.load() or Record()
        reader = Reader(self.cloud, network=self.section.network)
        desired = Path(self.section.desired) if self.section.desired else None
        self.commands = Commands()
        parts = Parts(
            self.section, reader, Answers(reader, self.section, self.commands),
            Wishes(desired, self.said, record.wishes),
            Hands(self.cloud, reader, lambda: self.allowed()), file,
        )  # fmt: skip
        teller = Teller([JsonLines(str(self.events))], metrics, record.events)
        self.guard = HostGuard(parts, record, teller, metrics)

    def wish(self, host: str, state: str, **fields: Any) -> None:
        self.said.say(host, Wish(state=Desired(state), **fields))

    def settle(self, most: int = 20) -> int:
        """Rounds until nothing more follows at once; how many."""
        for number in range(1, most + 1):
            if self.guard.round() is None:
                return number
        raise AssertionError(f"not settled: {self.guard.rows}")

    def row(self, host: str) -> Any:
        return next(row for row in self.guard.rows if row.host == host)


@pytest.fixture
def bench(hosts: FakeHosts, tmp_path: Path) -> Callable[..., Bench]:
    return lambda **settings: Bench(tmp_path, **settings)
