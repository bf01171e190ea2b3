"""Living beside irqbalance: a server that speaks as it does, and the real one where there is one."""

import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from outboard.corpus import FakeHost
from outboard.corpus.real_libvirt import wait_for
from outboard.host import Host
from outboard.irqpin.balancer import Balancer, Peace

_PID = 4242


class _Irqbalance:
    """Its socket: one command a connection, credentials asked for, an answer to ``setup``."""

    def __init__(self, folder: Path, banned: set[int]) -> None:
        self.banned = banned
        folder.mkdir(exist_ok=True)
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(folder / f"irqbalance{_PID}.sock"))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._socket.listen(1)
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                stream, _ = self._socket.accept()
            except OSError:
                return
            with stream:
                data, extra, _, _ = stream.recvmsg(16384, 1024)
                assert extra, "no credentials"
                text = data.decode()
                if text == "setup":
                    lines = "".join(f"IRQ {irq} LOAD 0 DIFF 0 CLASS 0 " for irq in sorted(self.banned))
                    stream.sendall(f"SLEEP 10 {lines}BANNED 0".encode())
                elif text.startswith("settings ban irqs "):
                    words = text.split()[3:]
                    self.banned = set() if words == ["NONE"] else set(map(int, words))

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "irqbalance"


@pytest.fixture
def irqbalance(fake: FakeHost, folder: Path) -> Iterator[_Irqbalance]:
    """One that runs on the host made of files, told by its administrator to leave vector 7."""
    comm = fake.procfs / f"{_PID}/comm"
    comm.parent.mkdir()
    comm.write_text("irqbalance\n")
    server = _Irqbalance(folder, {7})
    yield server
    server.close()


def test_alone_there_is_nothing_to_say(fake: FakeHost, folder: Path) -> None:
    balancer = Balancer(fake.host, folder, "ban")
    balancer.find()
    assert balancer.leave({30}, before=()) is Peace.ALONE


def test_it_is_told_to_leave_ours_and_keeps_its_own_bans(
    fake: FakeHost, folder: Path, irqbalance: _Irqbalance
) -> None:
    balancer = Balancer(fake.host, folder, "ban")
    balancer.find()
    assert balancer.leave({30, 31}, before=()) is Peace.BANNED
    assert irqbalance.banned == {7, 30, 31}
    assert balancer.leave({31}, before=()) is Peace.BANNED
    assert irqbalance.banned == {7, 31}
    balancer.leave((), before=())
    assert irqbalance.banned == {7}


def test_after_our_restart_our_old_bans_are_not_taken_for_its_own(
    fake: FakeHost, folder: Path, irqbalance: _Irqbalance
) -> None:
    irqbalance.banned = {7, 30, 31}
    balancer = Balancer(fake.host, folder, "ban")
    balancer.find()
    balancer.leave({40}, before={30, 31})
    assert irqbalance.banned == {7, 40}


def test_after_its_restart_it_is_told_again(fake: FakeHost, folder: Path, irqbalance: _Irqbalance) -> None:
    balancer = Balancer(fake.host, folder, "ban")
    balancer.find()
    balancer.leave({30}, before=())
    (fake.procfs / f"{_PID}/comm").unlink()
    balancer.find()
    (fake.procfs / f"{_PID}/comm").write_text("irqbalance\n")
    irqbalance.banned = {7}
    balancer.find()
    assert balancer.leave({30}, before=()) is Peace.BANNED
    assert irqbalance.banned == {7, 30}


def test_refuse_means_nothing_is_set_while_it_runs(
    fake: FakeHost, folder: Path, irqbalance: _Irqbalance
) -> None:
    balancer = Balancer(fake.host, folder, "refuse")
    balancer.find()
    assert balancer.leave({30}, before=()) is Peace.IN_THE_WAY
    assert irqbalance.banned == {7}


def test_one_that_does_not_answer_is_in_the_way(fake: FakeHost, folder: Path) -> None:
    comm = fake.procfs / f"{_PID}/comm"
    comm.parent.mkdir()
    comm.write_text("irqbalance\n")
    balancer = Balancer(fake.host, folder, "ban")
    balancer.find()
    assert balancer.leave({30}, before=()) is Peace.IN_THE_WAY
    ignoring = Balancer(fake.host, folder, "ignore")
    ignoring.find()
    assert ignoring.leave({30}, before=()) is Peace.ALONE


def test_the_real_one_takes_our_bans() -> None:
    """The real irqbalance in a mount namespace where nothing of the host's interrupts can be written."""
    if os.geteuid() != 0 or shutil.which("irqbalance") is None:
        pytest.skip("irqbalance is not installed, or we are not root")
    script = (
        "mkdir -p /run/irqbalance && mount --bind /proc/irq /proc/irq && "
        "mount -o remount,ro,bind /proc/irq && exec irqbalance --foreground"
    )
    process = subprocess.Popen(
        ["unshare", "--mount", "sh", "-ec", script], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        path = Path(f"/run/irqbalance/irqbalance{process.pid}.sock")
        try:
            wait_for(lambda: path.exists() or process.poll() is not None, 5)
        except AssertionError:
            pytest.skip("irqbalance opens no socket here")
        if process.poll() is not None:
            pytest.skip("irqbalance sees nothing to balance on this machine and ends")
        balancer = Balancer(Host(), Path("/run/irqbalance"), "ban")
        balancer.find()
        assert balancer.leave({24, 25}, before=()) is Peace.BANNED
        again = Balancer(Host(), Path("/run/irqbalance"), "ban")
        again.find()
        assert again.leave({24}, before={24, 25}) is Peace.BANNED
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
