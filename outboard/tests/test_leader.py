"""Who may write: instances on real backends, a leader that is killed, a lease lost while working."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from electing import backend
from outboard.corpus.real_libvirt import wait_for
from outboard.errors import InputError
from outboard.leader import Leader, LeaderSection, NotLeaderError

_KINDS = ("file", "memcached", "etcd", "mysql")
_LEASE = 3.0
_WRITER = """
import sys, time
from pathlib import Path
from outboard import logs
from outboard.leader import Leader, LeaderSection
from outboard.settings import LogSection
logs.set_up(LogSection())
leader = Leader(LeaderSection(url=sys.argv[1], lease=float(sys.argv[2])), "test", Path("/nowhere"))
leader.start()
while True:
    if leader.holds():
        print(f"{time.time()} {sys.argv[3]}", flush=True)
    time.sleep(0.02)
"""


@pytest.fixture(scope="module", params=_KINDS)
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with backend(request.param, tmp_path_factory.mktemp(request.param)) as url:
        yield url


def _leader(url: str, service: str) -> Leader:
    return Leader(LeaderSection(url=url, lease=_LEASE), service, Path("/nowhere"))


def test_one_leads_and_another_follows_when_it_stops(url: str) -> None:
    first, second = _leader(url, "one"), _leader(url, "one")
    changes: list[bool] = []
    second.changed = lambda: changes.append(True)
    first.start()
    second.start()
    assert (first.holds(), second.holds()) == (True, False)
    with pytest.raises(NotLeaderError):
        second.require()
    first.stop()
    wait_for(second.holds, 2 * _LEASE)
    assert (first.holds(), changes) == (False, [True])
    second.stop()


def test_services_do_not_share_a_lease(url: str) -> None:
    one, other = _leader(url, "this"), _leader(url, "that")
    one.start()
    other.start()
    assert one.holds() and other.holds()
    one.stop()
    other.stop()


def test_a_command_that_is_not_alone_says_so(url: str) -> None:
    daemon, command = _leader(url, "command"), _leader(url, "command")
    daemon.start()
    with pytest.raises(NotLeaderError, match="another instance leads"):
        command.take()
    daemon.stop()


def test_a_lease_lives_longer_than_its_length(url: str) -> None:
    leader = _leader(url, "long")
    leader.start()
    end = time.monotonic() + 2 * _LEASE
    while time.monotonic() < end:
        assert leader.holds()
        time.sleep(0.1)
    leader.stop()


def test_a_lock_that_is_taken_away_stops_the_writing_at_the_next_proof(url: str) -> None:
    if url.startswith("file"):
        pytest.skip("a lock of the kernel on a file cannot be taken away")
    leader = _leader(url, "taken")
    leader.start()
    assert leader.holds()
    _take_away(url, leader)
    began = time.monotonic()
    wait_for(lambda: not leader.holds(), _LEASE)
    assert time.monotonic() - began < 1.5
    leader.stop()


def _take_away(url: str, leader: Leader) -> None:
    """As an administrator, a restart or an expiry would, behind the back of the instance."""
    lock = leader._lock
    if url.startswith("mysql"):
        import pymysql

        port = int(url.split(":")[2].split("/")[0])
        with pymysql.connect(host="127.0.0.1", port=port, user="root") as connection:
            connection.cursor().execute(f"KILL {lock._conn.thread_id()}")
    elif url.startswith("etcd"):
        leader._coordinator.client.delete(lock._key.decode())
    else:
        leader._coordinator.client.delete(lock.name, noreply=False)


@pytest.mark.e2e
def test_two_never_write_at_once_whoever_is_killed(url: str, tmp_path: Path) -> None:
    """Three lives: each leader is killed with -9 in its turn, the other goes on; no two ever overlap."""
    written = tmp_path / "written"
    with written.open("ab") as log:

        def start(name: str) -> "subprocess.Popen[bytes]":
            return subprocess.Popen(
                [sys.executable, "-c", _WRITER, url, str(_LEASE), name],
                stdout=log, stderr=subprocess.DEVNULL,
            )  # fmt: skip

        def writers() -> list[str]:
            return [line.split()[1] for line in written.read_text().splitlines()]

        processes = {name: start(name) for name in ("a", "b")}
        try:
            for turn in range(2):
                wait_for(writers, 15)
                leading = writers()[-1]
                killed = processes.pop(leading)
                killed.kill()
                killed.wait()
                (other,) = processes
                wait_for(lambda other=other: writers()[-1] == other, 4 * _LEASE)
                again = f"{leading}{turn}"
                processes[again] = start(again)
        finally:
            for process in processes.values():
                process.kill()
                process.wait()
    names = [name for i, name in enumerate(writers()) if i == 0 or writers()[i - 1] != name]
    assert len(names) == len(set(names)) == 3


@pytest.mark.e2e
def test_a_leader_that_was_stopped_does_not_write_when_it_wakes(url: str, tmp_path: Path) -> None:
    """SIGSTOP for longer than the lease: another leads by then, which is to be seen before a write."""
    if url.startswith(("file", "mysql")):
        pytest.skip("its lock lasts while the process does: nobody else leads meanwhile")
    written = tmp_path / "written"
    with written.open("ab") as log:
        first, second = (
            subprocess.Popen(
                [sys.executable, "-c", _WRITER, url, str(_LEASE), name], stdout=log, stderr=subprocess.DEVNULL
            )
            for name in ("a", "b")
        )
        try:
            wait_for(written.read_text, 15)
            leading = written.read_text().split()[1]
            stopped = first if leading == "a" else second
            stopped.send_signal(signal.SIGSTOP)
            other = "b" if leading == "a" else "a"
            wait_for(lambda: written.read_text().split()[-1] == other, 4 * _LEASE)
            taken = time.time()
            stopped.send_signal(signal.SIGCONT)
            time.sleep(_LEASE)
        finally:
            for process in (first, second):
                process.kill()
                process.wait()
    late = [
        line
        for line in written.read_text().splitlines()
        if line.split()[1] == leading and float(line.split()[0]) > taken
    ]
    assert late == []


def test_a_backend_that_is_away_means_no_leader_and_one_complaint(logged: list[dict[str, str]]) -> None:
    leader = Leader(LeaderSection(url="memcached://127.0.0.1:1", lease=3), "away", Path("/nowhere"))
    leader.start()
    leader._beat()
    assert not leader.holds()
    leader.stop()
    said = [line["event"] for line in logged if line["log_level"] == "error"]
    assert said == ["leadership cannot be had"]


def test_a_backend_that_stops_answering_ends_the_lease_before_the_server_would(tmp_path: Path) -> None:
    now = 100.0
    with backend("memcached", tmp_path) as url:
        leader = Leader(LeaderSection(url=url, lease=30), "x", tmp_path, clock=lambda: now)
        leader.start()
        assert leader.holds()
    now += 19
    assert leader.holds()  # not answered, but nobody else can have it yet
    now += 2
    assert not leader.holds()
    leader.stop()


@pytest.mark.parametrize("url", ["nonsense://x", "kazoo://x", "nothing"])
def test_settings_that_name_no_backend(url: str) -> None:
    with pytest.raises((InputError, ValueError), match=r"leader|backend"):
        Leader(LeaderSection(url=url), "x", Path("/nowhere")).start()


def test_a_password_is_not_shown(logged: list[dict[str, str]]) -> None:
    leader = Leader(LeaderSection(url="mysql://me:secret@127.0.0.1:1/x", lease=3), "x", Path("/nowhere"))
    leader.start()
    assert "secret" not in str(logged) and logged
    leader.stop()
