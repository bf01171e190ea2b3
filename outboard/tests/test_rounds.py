"""When a controller service works: while it leads, when due or woken; later while the cloud is away."""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from outboard.cloud import CloudError, Kind
from outboard.leader import NotLeaderError
from outboard.metrics import ControllerMetrics
from outboard.rounds import Rounds


class Lease:
    """Held or not."""

    def __init__(self) -> None:
        self.held = True

    def holds(self) -> bool:
        return self.held


class Work:
    """Notes when it was called; raises or does what ``acts`` has for the call, and ends after the last."""

    def __init__(self, *acts: Exception | Callable[[], object] | float | None) -> None:
        self.acts = list(acts)
        self.at: list[float] = []
        self.rounds: Rounds

    def __call__(self) -> float | None:
        self.at.append(time.monotonic())
        act = self.acts.pop(0)
        if not self.acts:
            self.rounds.stop()
        if isinstance(act, Exception):
            raise act
        if callable(act):
            act()
            return None
        return act


def _run(work: Work, *, lease: Lease | None = None, every: float = 0.05) -> ControllerMetrics:
    metrics = ControllerMetrics("x", "0")
    work.rounds = Rounds(work, lease or Lease(), metrics, every=every)
    work.rounds.run()
    return metrics


def _count(metrics: ControllerMetrics, result: str) -> float:
    return metrics.registry.get_sample_value("outboard_rounds_total", {"result": result}) or 0.0


def test_rounds_come_at_their_interval_or_when_the_work_says() -> None:
    work = Work(None, 0.0, None)
    metrics = _run(work, every=0.2)
    assert work.at[1] - work.at[0] >= 0.2 > work.at[2] - work.at[1]
    assert _count(metrics, "done") == 3


def test_a_wake_from_another_thread_or_within_a_round_makes_the_next_one_now() -> None:
    work = Work(None, lambda: work.rounds.wake(), None)
    threading.Timer(0.1, lambda: work.rounds.wake()).start()
    began = time.monotonic()
    _run(work, every=60)
    assert time.monotonic() - began < 5


def test_it_does_nothing_until_it_leads() -> None:
    lease = Lease()
    lease.held = False
    work = Work(None)

    def elected() -> None:
        lease.held = True
        work.rounds.wake()

    threading.Timer(0.3, elected).start()
    metrics = _run(work, lease=lease, every=60)
    assert (_count(metrics, "standby"), _count(metrics, "done")) == (1, 1)


def test_a_lost_lease_ends_the_round_alone() -> None:
    metrics = _run(Work(NotLeaderError("lost"), None))
    assert (_count(metrics, "lost"), _count(metrics, "done")) == (1, 1)


def test_a_cloud_that_is_away_is_asked_again_ever_later_and_complained_of_once(
    logged: list[dict[str, str]],
) -> None:
    away = CloudError(Kind.AWAY, "503")
    work = Work(away, away, 0.0, away, None)
    metrics = _run(work, every=60)
    gaps = [after - before for before, after in zip(work.at, work.at[1:], strict=False)]
    assert gaps[0] >= 1.0 and gaps[1] >= 2.0
    assert 1.0 <= gaps[3] < 4.0  # it had answered in between, else this were the fourth and longest
    errors = [line for line in logged if line["log_level"] == "error"]
    assert (len(errors), _count(metrics, "away")) == (2, 3)


def test_a_fault_of_our_own_does_not_end_the_daemon(logged: list[dict[str, str]]) -> None:
    metrics = _run(Work(ZeroDivisionError("oh"), CloudError(Kind.REFUSED, "403"), None))
    assert [_count(metrics, result) for result in ("fault", "refused", "done")] == [1, 1, 1]
    assert "a round failed, it is made again" in str(logged)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_even_within_a_long_round(number: signal.Signals) -> None:
    work = Work(None)
    ended: list[bool] = []
    work.acts = [lambda: ended.append(work.rounds.wait(60)), None]
    threading.Timer(0.2, lambda: os.kill(os.getpid(), number)).start()
    began = time.monotonic()
    _run(work, every=60)
    assert (ended, time.monotonic() - began < 5) == ([True], True)


def test_a_hangup_makes_a_round() -> None:
    work = Work(None, None)
    threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGHUP)).start()
    began = time.monotonic()
    _run(work, every=60)
    assert time.monotonic() - began < 5


def test_systemd_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "400000")
        work = Work(None)
        work.acts = [lambda: work.rounds.wait(0.7), None]
        _run(work, every=0.01)
        told = []
        while not told or told[-1] != b"STOPPING=1":
            told.append(systemd.recv(64))
    assert told[:2] == [b"WATCHDOG=1", b"READY=1"]
    assert told.count(b"WATCHDOG=1") >= 4
