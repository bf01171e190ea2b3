"""Sinks and what is told when, and recovery step by step against a cloud that fails."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from outboard.cloud import CloudSection
from outboard.cloud_api import CloudApi
from outboard.corpus.fake_nova import FakeCloud, FakeServer, Fault
from outboard.crashwatch.brake import Brake
from outboard.crashwatch.metrics import WatchMetrics
from outboard.crashwatch.nova import CloudNova
from outboard.crashwatch.record import AGREED, Attempt, Crash, Stage
from outboard.crashwatch.recovery import Recovery
from outboard.crashwatch.settings import CrashWatchSection
from outboard.crashwatch.sinks import Masakari, make_sinks
from outboard.crashwatch.spool import Spool
from outboard.crashwatch.teller import Teller
from outboard.errors import InputError
from outboard.exits import key_of
from outboard.sinks import JsonLines, SinkError, Webhook
from prometheus_client import CollectorRegistry

# openstacksdk warns of its own calls.
pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")

_UUID = "00000001-1111-4111-8111-111111111111"
_STARTED = "2026-11-24 15:28:24.143+0000"
_CRASH = Crash(
    key=key_of(_UUID, _STARTED), uuid=_UUID, name="instance-1", host="node1", started=_STARTED,
    ended="2026-11-24 15:28:25.500+0000", reason="crashed", recorded=1000.0,
)  # fmt: skip
_DONE = msgspec.structs.replace(_CRASH, stage=Stage.RECOVERED, why="it runs")


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeCloud]:
    with FakeCloud.serving() as fake:
        for name, value in fake.environment().items():
            monkeypatch.setenv(name, value)
        yield fake


@pytest.fixture
def metrics() -> WatchMetrics:
    return WatchMetrics(CollectorRegistry())


def _asked() -> CloudApi:
    return CloudApi(CloudSection(name="envvars", host="node1", timeout=1.0))


def test_json_lines_mend_a_torn_one(tmp_path: Path) -> None:
    path = tmp_path / "events"
    sink = JsonLines(str(path))
    sink.send({"event": "crash"})
    with path.open("a") as stream:
        stream.write('{"event": "cr')
    sink.send({"event": "outcome"})
    assert path.read_text().splitlines() == ['{"event":"crash"}', '{"event": "cr', '{"event":"outcome"}']
    with pytest.raises(SinkError, match="cannot append"):
        JsonLines(str(tmp_path)).send({})


def test_the_webhook_takes_2xx_only(cloud: FakeCloud, tmp_path: Path) -> None:
    sink = Webhook(f"{cloud.url}/hook", "", timeout=1)
    sink.send({"event": "crash"})
    assert cloud.events == [{"event": "crash"}]
    for status in (302, 500):
        cloud.faults.append(Fault("POST /hook", status))
        with pytest.raises(SinkError, match=str(status)):
            sink.send({})
    with pytest.raises(SinkError, match="no answer"):
        Webhook(f"{cloud.url}/hook", str(tmp_path / "none")).send({})
    with pytest.raises(SinkError, match="no answer"):
        Webhook("http://127.0.0.1:1/", "").send({})


def test_masakari_gets_what_its_own_monitor_sends_and_duplicates_come_later(cloud: FakeCloud) -> None:
    sink = Masakari(_asked(), frozenset({"crash"}))
    cloud.faults.append(Fault("POST /ha/.*/notifications", 409))
    with pytest.raises(SinkError):
        sink.send(_CRASH.events()["crash"])
    sink.send(_CRASH.events()["crash"])
    (sent,) = cloud.notifications
    assert sent == {
        "type": "VM", "hostname": "node1", "generated_time": "2026-11-24T15:28:25.500000",
        "payload": {"event": "LIFECYCLE", "instance_uuid": _UUID, "vir_domain_event": "STOPPED_FAILED"},
    }  # fmt: skip
    with pytest.raises(InputError, match="needs"):
        make_sinks(CrashWatchSection(masakari=True, recover=False), None)


def test_each_sink_is_told_until_it_took_it_and_then_nobody_waits(
    cloud: FakeCloud, tmp_path: Path, metrics: WatchMetrics
) -> None:
    spool = Spool(tmp_path / "spool", 1 << 30)
    spool.add(_CRASH)
    sinks = (JsonLines(str(tmp_path / "events")), Webhook(f"{cloud.url}/hook", ""))
    teller = Teller(sinks, spool, metrics, recovers=True)
    cloud.faults.append(Fault("POST /hook", 503, 2))
    assert (teller.step(_CRASH.key), teller.step(_CRASH.key)) == (1.0, 2.0)
    assert teller.step(_CRASH.key) is None
    assert spool.open()  # its outcome is not known
    spool.change(_CRASH.key, lambda _: msgspec.structs.replace(_, stage=Stage.IGNORED))
    assert teller.step(_CRASH.key) is None
    assert not spool.open()
    lines = [json.loads(line)["event"] for line in (tmp_path / "events").read_text().splitlines()]
    assert lines == ["crash", "outcome"]
    assert [event["event"] for event in cloud.events] == ["crash", "outcome"]


@pytest.mark.parametrize(
    ("stage", "recovers", "waits"),
    [(Stage.RECOVERED, True, False), (Stage.GAVE_UP, True, True), (Stage.IGNORED, False, True)],
)
def test_where_nobody_is_told_a_person_has_to_acknowledge(
    tmp_path: Path, metrics: WatchMetrics, stage: Stage, recovers: bool, waits: bool
) -> None:
    spool = Spool(tmp_path, 1 << 30)
    spool.add(msgspec.structs.replace(_CRASH, stage=stage))
    assert Teller((), spool, metrics, recovers=recovers).step(_CRASH.key) is None
    assert bool(spool.open()) is waits


Make = Callable[..., tuple[Recovery, Spool, FakeServer]]


@pytest.fixture
def recovery(cloud: FakeCloud, tmp_path: Path, metrics: WatchMetrics) -> Make:
    def make(
        crash: Crash = _CRASH, now: float = 1000.2, brake: Brake | None = None, **settings: Any
    ) -> tuple[Recovery, Spool, FakeServer]:
        section = CrashWatchSection(**settings)
        spool = Spool(tmp_path, 1 << 30)
        spool.add(crash)
        made = Recovery(
            CloudNova(_asked()), spool, section, brake or Brake(section), metrics, host="node1",
            runs=lambda _: False, clock=lambda: now,
        )  # fmt: skip
        return made, spool, cloud.add(_UUID)

    return make


def test_the_brake_closes_the_host_once_where_that_is_wanted(recovery: Make, cloud: FakeCloud) -> None:
    brake = Brake(CrashWatchSection(brake_least=1))
    brake.crashed("u", 1)
    assert recovery(brake=brake)[0].step(_CRASH.key) == 5.0
    assert cloud.disabled == {}
    made, _, server = recovery(brake=brake, brake_disable=True)
    cloud.faults.append(Fault("PUT .*/os-services/node1", 503))
    for _ in range(3):
        assert made.step(_CRASH.key) == 5.0
    assert list(cloud.disabled) == ["node1"]
    assert len([line for line in cloud.requests if line.startswith("PUT")]) == 2
    cloud.disabled["node1"] = "somebody's"
    recovery(brake=brake, brake_disable=True)[0].step(_CRASH.key)
    assert (cloud.disabled["node1"], server.asked) == ("somebody's", [])


def test_a_rebuild_names_the_image(recovery: Make, cloud: FakeCloud) -> None:
    tried = (Attempt(900.0, "reboot", AGREED),)
    made, spool, server = recovery(
        msgspec.structs.replace(_CRASH, attempts=tried), limit=1, backoff=1.0, escalate="rebuild"
    )
    server.image = "the-image"
    assert made.step(_CRASH.key) == 1.0
    assert [action for _, action in server.asked] == ["rebuild"]
    assert spool.open()[0].attempts[-1].result == AGREED


def test_a_request_is_on_disk_before_it_is_sent(recovery: Make, cloud: FakeCloud, tmp_path: Path) -> None:
    made, _, server = recovery()
    seen: list[Crash] = []

    def bring_up(_: str) -> None:
        (path,) = (tmp_path / "crashes").glob("*.json")
        seen.append(msgspec.json.decode(path.read_bytes(), type=Crash))

    cloud.bring_up = bring_up
    assert made.step(_CRASH.key) == 1.0
    while not seen:
        pass
    assert (seen[0].stage, seen[0].attempts[0].action) == (Stage.ASKED, "reboot")
    assert len(server.asked) == 1


def test_killed_after_the_request_was_noted_nova_is_looked_at_before_it_is_asked(
    recovery: Make, cloud: FakeCloud
) -> None:
    noted = msgspec.structs.replace(_CRASH, stage=Stage.ASKED, attempts=(Attempt(1000.1, "reboot"),))
    made, _, server = recovery(noted)
    server.task_state = "rebooting_hard"  # it had been sent
    assert made.step(_CRASH.key) == 1.0
    assert not server.asked
    server.task_state = None  # it had not
    made.step(_CRASH.key)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("fault", "least"), [(401, 30.0), (403, 30.0), (503, 0.5), (500, 0.5), (429, 0.5), (0, 0.5)]
)
def test_a_failing_nova_costs_time_only(recovery: Make, cloud: FakeCloud, fault: int, least: float) -> None:
    made, spool, server = recovery()
    cloud.faults.append(Fault("GET /compute/v2.1/servers", fault, 2))  # a 401 makes the client log in anew
    assert made.step(_CRASH.key) == least
    assert spool.open() == (_CRASH,)
    cloud.faults.clear()
    assert made.step(_CRASH.key) == 1.0
    assert len(server.asked) == 1


def test_a_conflict_is_looked_at_again(recovery: Make, cloud: FakeCloud) -> None:
    made, spool, server = recovery()
    cloud.faults.append(Fault("POST .*/action", 409))
    assert made.step(_CRASH.key) == 1.0
    assert not server.asked
    assert made.step(_CRASH.key) == 1.0
    assert [attempt.result for crash in spool.open() for attempt in crash.attempts] == ["agreed"]


def test_nova_that_could_not_be_asked_for_too_long_is_given_up(recovery: Make, cloud: FakeCloud) -> None:
    made, spool, _ = recovery(now=9999.0)
    cloud.faults.append(Fault("GET /compute", 503, 99))
    assert made.step(_CRASH.key) is None
    assert [crash.stage for crash in spool.open()] == [Stage.GAVE_UP]
