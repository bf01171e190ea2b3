"""A neutron on loopback, and the parts of netbalance that ask it."""

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from outboard.cloud import Cloud, CloudSection
from outboard.corpus.fake_neutron import FakeNeutron
from outboard.journal import Journal
from outboard.netbalance.moving.mover import Mover
from outboard.netbalance.moving.results import Intent
from outboard.netbalance.neutron import Neutron
from outboard.netbalance.reading.look import Reader
from outboard.netbalance.settings import NetBalanceSection
from prometheus_client import CollectorRegistry


@pytest.fixture
def neutron(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeNeutron]:
    """Three hosts, one of them with a physical network of its own."""
    with FakeNeutron.serving() as fake:
        for key, value in fake.served.environment().items():
            monkeypatch.setenv(key, value)
        fake.add_host("a")
        fake.add_host("b")
        fake.add_host("c", physical=("physnet0", "rack9"))
        yield fake


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Threads for requests."""
    with ThreadPoolExecutor(8) as executor:
        yield executor


@pytest.fixture
def client(neutron: FakeNeutron) -> Neutron:
    """As the service asks."""
    section = CloudSection(name="envvars", timeout=8.0)
    return Neutron(Cloud(section), CollectorRegistry(), sleep=lambda _: None)


@pytest.fixture
def make_mover(client: Neutron, pool: ThreadPoolExecutor, tmp_path: Path) -> Callable[..., Mover]:
    """A mover with a journal in ``tmp_path``."""

    def make(require: Callable[[], None] = lambda: None, **settings: Any) -> Mover:
        section = NetBalanceSection(
            **{"agent_timeout": 15.0, "settle": 0.0, "moves_per_minute": 60_000, **settings}
        )
        journal = Journal(tmp_path / "moves.journal", Intent)
        return Mover(client, journal, pool, section, CollectorRegistry(), require=require)

    return make


@pytest.fixture
def reader(client: Neutron, pool: ThreadPoolExecutor) -> Reader:
    """A reader that remembers nothing between processes."""
    return Reader(client, pool, NetBalanceSection(), None)


@pytest.fixture
def unused_port() -> int:
    """A port of loopback nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
