"""kill -9 before any system call that changes something: after the next start nothing is left wrong.

strace delivers the signal at the entry of the n-th write, fsync or rename of the real process, for every n
until the process lives to its end.
"""

import itertools
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from outboard.corpus import CellPlan, DevicePlan, FakeHost, Guest, Policy, Topology
from outboard.corpus.real_libvirt import Daemon, RealLibvirt, running, wait_for
from outboard.domain import DeviceKind
from outboard.files import read_attribute

pytestmark = pytest.mark.e2e

_CHANGES = "write,fsync,rename"


def _guest(number: int, cpus: tuple[int, ...]) -> Guest:
    device = DevicePlan(DeviceKind.HOSTDEV, f"0000:81:10.{number}", 1)
    return Guest(
        f"{number:08x}-1111-4111-8111-111111111111", f"instance-{number}", Policy.DEDICATED,
        (CellPlan(1, dict(enumerate(cpus))),), (device,), extra_specs={"outboard:cpu_latency": "low"},
    )  # fmt: skip


@pytest.fixture
def fake(tmp_path: Path) -> FakeHost:
    fake = FakeHost(tmp_path / "host", Topology.of(2, 8), idle=(0, 2))
    for number, vectors in ((1, 2), (2, 1)):
        for irq in fake.add_device(f"0000:81:10.{number}", 1, vectors=vectors):
            fake.affinity_file(irq).write_text("3\n")
    return fake


def _files(fake: FakeHost) -> list[Path]:
    """Every setting of the host."""
    return [*fake.procfs.glob("irq/*/smp_affinity_list"), *fake.sysfs.rglob("pm_qos_resume_latency_us")]


def _all(fake: FakeHost) -> dict[str, str]:
    """What each is."""
    return {str(path.relative_to(fake.sysfs.parent)): read_attribute(path) for path in _files(fake)}


def _once(service: str, config: Path, *, kill_at: int | None = None, files: tuple[Path, ...] = ()) -> bool:
    """Run the service one time, killed before the n-th change of ``files``; whether it lived."""
    inject = ["strace", "-f", "-o", "/dev/null", "-e", f"trace={_CHANGES}", "-e",
              f"inject={_CHANGES}:signal=SIGKILL:when={kill_at}"]  # fmt: skip
    for path in files:
        inject += ["-P", str(path)]
    command = (sys.executable, "-m", "outboard", service, "--once", "--config", str(config))
    done = subprocess.run(
        [*(inject if kill_at else ()), *command], capture_output=True, text=True, timeout=60
    )
    if kill_at is None:
        assert done.returncode == 0, done.stderr
    return done.returncode == 0


@pytest.mark.parametrize("service", ["irqpin", "cpulat"])
def test_killed_before_any_change(
    service: str,
    fake: FakeHost,
    libvirt_host: RealLibvirt,
    test_driver: Any,
    settings_file: Callable[..., Path],
    tmp_path: Path,
) -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    config = settings_file(fake, libvirt_host.uri("test", read_only=True))
    state = tmp_path / "run" / f"{service}.json"
    files = (state, state.with_name(f".{state.name}.tmp"), *_files(fake))
    free = _all(fake)
    first = test_driver.createXML(_guest(1, (8, 9)).xml("test"))
    _once(service, config)
    one = _all(fake)
    for number in itertools.count(1):
        # The second guest has come and the first has gone: one run sets and gives back.
        second = test_driver.createXML(_guest(2, (10, 11)).xml("test"))
        first.destroy()
        lived = _once(service, config, kill_at=number, files=files)
        first = test_driver.createXML(_guest(1, (8, 9)).xml("test"))
        second.destroy()
        _once(service, config)
        assert _all(fake) == one, f"killed before change {number}"
        if lived:
            break
    assert number > 5  # two settings, two ledgers of three calls each
    first.destroy()
    _once(service, config)
    assert _all(fake) == free


@pytest.mark.parametrize("service", ["irqpin", "cpulat"])
def test_a_daemon_killed_at_any_time_while_guests_come_and_go(
    service: str,
    fake: FakeHost,
    libvirt_host: RealLibvirt,
    test_driver: Any,
    settings_file: Callable[..., Path],
    tmp_path: Path,
) -> None:
    config = settings_file(fake, libvirt_host.uri("test", read_only=True))
    chance = random.Random(8)  # noqa: S311
    free = _all(fake)
    guests: dict[int, Any] = {}
    for turn in range(12):
        daemon = Daemon(service, config, tmp_path / "log")
        end = time.monotonic() + 0.6 + chance.random() * 0.6
        while time.monotonic() < end:
            number = chance.choice((1, 2))
            if number in guests:
                guests.pop(number).destroy()
            else:
                guests[number] = test_driver.createXML(_guest(number, (8 + number, 10 + number)).xml("test"))
            time.sleep(chance.random() * 0.05)
        daemon.stop(signal.SIGKILL)
        if turn % 3 == 2:
            for number in list(guests):
                guests.pop(number).destroy()
            with running(service, config, tmp_path / f"log{turn}"):
                wait_for(lambda: _all(fake) == free)
