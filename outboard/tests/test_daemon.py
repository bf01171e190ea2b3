"""The daemons as real processes on a real libvirtd: events, libvirt away, kill -9, the command line."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from outboard.corpus import CellPlan, DevicePlan, FakeHost, Guest, Policy, Topology
from outboard.corpus.real_libvirt import Daemon, RealLibvirt, qemu_xml, running, wait_for
from outboard.domain import DeviceKind

_UUID = "aaaaaaaa-1111-4111-8111-111111111111"
_DEVICE = "0000:81:10.1"


@pytest.fixture
def fake(tmp_path: Path) -> FakeHost:
    return FakeHost(tmp_path / "host", Topology.of(2, 8), idle=(0, 2))


def _xml() -> str:
    device = DevicePlan(DeviceKind.HOSTDEV, _DEVICE, 1)
    guest = Guest(
        _UUID, "instance-1", Policy.DEDICATED, (CellPlan(0, {0: 2, 1: 3}), CellPlan(1, {2: 8, 3: 9})),
        (device,), extra_specs={"outboard:cpu_latency": "low"},
    )  # fmt: skip
    return guest.xml("test")


def _outboard(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "outboard", *arguments], capture_output=True, text=True, timeout=30
    )


def test_irqpin_follows_a_guest(
    fake: FakeHost,
    libvirt_host: RealLibvirt,
    test_driver: Any,
    settings_file: Callable[..., Path],
    tmp_path: Path,
) -> None:
    irqs = fake.add_device(_DEVICE, 1, vectors=3)
    config = settings_file(fake, libvirt_host.uri("test", read_only=True))
    with running("irqpin", config, tmp_path / "log") as daemon:
        domain = test_driver.createXML(_xml())
        wait_for(lambda: [fake.affinity(irq) for irq in irqs] == [{8, 9}] * 3)
        (late,) = fake.add_vectors(_DEVICE, 1)
        wait_for(lambda: fake.affinity(late) == {8, 9}, 2)
        domain.destroy()
        wait_for(lambda: fake.affinity(late) == fake.topology.cpus)
        assert daemon.stop() == 0
    for line in (tmp_path / "log").read_text().splitlines():
        assert {"event", "level", "timestamp"} <= json.loads(line).keys()


def test_cpulat_follows_a_guest_of_qemu(
    libvirt_host: RealLibvirt, qemu: Any, fake: FakeHost, settings_file: Callable[..., Path], tmp_path: Path
) -> None:
    config = settings_file(fake, libvirt_host.uri(read_only=True), '[cpulat]\nflavors = { rt = "low" }\n')
    with running("cpulat", config, tmp_path / "log"):
        domain = qemu.createXML(qemu_xml(9, vcpus=2, pins={0: 0, 1: 1}))
        wait_for(lambda: [fake.latency(cpu) for cpu in range(3)] == ["2", "2", "0"])
        os.kill(libvirt_host.qemu_pid("instance-00000009"), signal.SIGKILL)
        wait_for(lambda: [fake.latency(cpu) for cpu in range(3)] == ["0", "0", "0"])
    del domain


def test_libvirt_that_goes_and_comes_back_while_a_guest_ends(
    fake: FakeHost, libvirt_host: RealLibvirt, qemu: Any, settings_file: Callable[..., Path], tmp_path: Path
) -> None:
    config = settings_file(fake, libvirt_host.uri(read_only=True), '[cpulat]\ndefault = "low"\n')
    with running("cpulat", config, tmp_path / "log") as daemon:
        qemu.createXML(qemu_xml(5, pins={0: 1}))
        wait_for(lambda: fake.latency(1) == "2")
        pid = libvirt_host.qemu_pid("instance-00000005")
        libvirt_host.stop(signal.SIGKILL)
        wait_for(lambda: daemon.says("libvirt is out of reach"))
        assert fake.latency(1) == "2"  # the guest runs on
        os.kill(pid, signal.SIGKILL)
        libvirt_host.start()
        wait_for(lambda: fake.latency(1) == "0", 15)


def test_a_daemon_killed_and_started_again_knows_what_it_set(
    fake: FakeHost,
    libvirt_host: RealLibvirt,
    test_driver: Any,
    settings_file: Callable[..., Path],
    tmp_path: Path,
) -> None:
    (irq,) = fake.add_device(_DEVICE, 1, vectors=1)
    fake.affinity_file(irq).write_text("5\n")
    config = settings_file(fake, libvirt_host.uri("test", read_only=True))
    with running("irqpin", config, tmp_path / "log") as daemon:
        domain = test_driver.createXML(_xml())
        wait_for(lambda: fake.affinity(irq) == {8, 9})
        daemon.stop(signal.SIGKILL)
    domain.destroy()
    with running("irqpin", config, tmp_path / "log2"):
        wait_for(lambda: fake.affinity(irq) == {5})


def test_started_before_libvirt_it_waits(
    fake: FakeHost, settings_file: Callable[..., Path], tmp_path: Path
) -> None:
    config = settings_file(fake, f"qemu+unix:///system?socket={tmp_path}/nothing")
    daemon = Daemon("irqpin", config, tmp_path / "log")
    try:
        wait_for(lambda: daemon.says("libvirt is out of reach"))
        time.sleep(0.7)
        assert daemon.process.poll() is None
        assert (tmp_path / "log").read_text().count("out of reach") == 1
        assert daemon.stop() == 0
    finally:
        daemon.stop(signal.SIGKILL)


def test_metrics_and_systemd_are_told(
    fake: FakeHost,
    libvirt_host: RealLibvirt,
    test_driver: Any,
    settings_file: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake.add_device(_DEVICE, 1, vectors=2)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = settings_file(
        fake, libvirt_host.uri("test", read_only=True), f'[irqpin]\nmetrics = "127.0.0.1:{port}"\n'
    )
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "400000")
        domain = test_driver.createXML(_xml())
        with running("irqpin", config, tmp_path / "log"):
            assert [systemd.recv(64) for _ in range(3)] == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
                text = answer.read().decode()
        domain.destroy()
    assert 'outboard_irqpin_vectors{state="right"} 2.0' in text
    assert "outboard_libvirt_connected 1.0" in text
    assert "outboard_irqpin_writes_total 2.0" in text


def test_looking_once(
    fake: FakeHost, libvirt_host: RealLibvirt, test_driver: Any, settings_file: Callable[..., Path]
) -> None:
    (irq,) = fake.add_device(_DEVICE, 1, vectors=1)
    config = settings_file(fake, libvirt_host.uri("test", read_only=True))
    domain = test_driver.createXML(_xml())
    dry = _outboard("irqpin", "--dry-run", "--json", "--config", str(config))
    assert dry.returncode == 1
    (row,) = json.loads(dry.stdout)
    assert (row["before"], row["wanted"], row["why"], row["state"]) == ("0-15", "8-9", "node", "wrong")
    assert fake.affinity(irq) == fake.topology.cpus
    once = _outboard("irqpin", "--once", "--config", str(config))
    assert once.returncode == 0
    assert once.stdout.splitlines()[0].split() == [
        "GUEST", "DEVICE", "IRQ", "BEFORE", "WANTED", "WHY", "STATE",
    ]  # fmt: skip
    assert fake.affinity(irq) == {8, 9}
    assert _outboard("cpulat", "--once", "--config", str(config)).returncode == 0
    assert fake.latency(8) == "2"
    assert _outboard("irqpin", "--release", "--config", str(config)).returncode == 0
    assert _outboard("cpulat", "--release", "--config", str(config)).returncode == 0
    assert (fake.affinity(irq), fake.latency(8)) == (fake.topology.cpus, "0")
    domain.destroy()


def test_errors_are_one_line(fake: FakeHost, settings_file: Callable[..., Path], tmp_path: Path) -> None:
    away = settings_file(fake, f"qemu+unix:///system?socket={tmp_path}/nothing")
    for arguments, code, said in (
        (("irqpin", "--config", "/nowhere"), 3, "no such file"),
        (("irqpin", "--once", "--config", str(away)), 3, "libvirt is away"),
        (("irqpin", "--once", "--release"), 2, "only one of"),
        (("nonsense",), 2, "No such command"),
    ):
        ended = _outboard(*arguments)
        assert (ended.returncode, said in ended.stderr, "Traceback" in ended.stderr) == (code, True, False)


def test_help_and_completion() -> None:
    for arguments in (
        ("--help",),
        ("irqpin", "--help"),
        ("cpulat", "-h"),
        ("--version",),
        ("completion", "bash"),
    ):
        ended = _outboard(*arguments)
        assert ended.returncode == 0
        assert ended.stdout
