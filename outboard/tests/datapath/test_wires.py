"""The hosts and their wires alone, without OpenStack."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from testbed.control import Control, launch
from testbed.datapath.answers import PING_PATIENCE
from testbed.datapath.fabric import PROVIDER, Fabric
from testbed.datapath.missing import missing
from testbed.datapath.namespace import Namespace
from testbed.datapath.probing import Probing
from testbed.datapath.switch import PROVIDER_BRIDGE, Switch
from testbed.errors import BedError
from testbed.layout import Layout
from testbed.waiting import Processes

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("datapath")]


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], Processes]]:
    """Process 1 of a bed that has nothing in it."""
    if why := missing():
        pytest.skip(f"no data-path bed: {why}")
    process, control = launch(tmp_path, keep=False)
    layout = Layout(tmp_path, Path("/nonexistent"), tmp_path, {"rabbitmq": 0})
    layout.state.mkdir()
    assert process.stdin is not None
    with process.stdin, control:
        yield process, Processes(control, layout)
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    process.wait()


def two_hosts(processes: Processes) -> tuple[Fabric, list[Switch]]:
    """On one wire, each with its switch."""
    fabric = Fabric(processes)
    switches = []
    for number, name in enumerate(("one", "two"), start=1):
        host = Namespace(processes, name)
        fabric.plug(host)
        switches.append(Switch(host, f"192.0.2.{number}/24"))
        host.run("ip", "address", "add", f"203.0.113.{number + 1}/24", "dev", PROVIDER_BRIDGE)
    fabric.set_address(PROVIDER, "203.0.113.1/24")
    return fabric, switches


def test_hosts_reach_each_other_and_an_unplugged_wire_is_seen(
    supervisor: tuple[subprocess.Popen[bytes], Processes],
) -> None:
    _, processes = supervisor
    fabric, (one, two) = two_hosts(processes)
    folder = processes.layout.state
    with (
        Probing(fabric.namespace, "ping", 0.05, ["203.0.113.3"], folder, None) as provider,
        Probing(one.host, "ping", 0.05, ["192.0.2.2"], folder, None) as underlay,
    ):
        provider.wait_answered()
        underlay.wait_answered()
        cut = time.time()
        two.vsctl("del-port", PROVIDER_BRIDGE, PROVIDER)
        while time.time() < cut + PING_PATIENCE:
            time.sleep(0.1)
        two.vsctl("add-port", PROVIDER_BRIDGE, PROVIDER)
        provider.wait_answered()
        found = provider.served(cut)
        assert found.unanswered > 0
        assert found.longest_gap > PING_PATIENCE / 2
        other = underlay.served(cut)
        assert (other.unanswered, other.servers) == (0, ("192.0.2.2",))


def test_a_host_sees_only_what_is_its_own(supervisor: tuple[subprocess.Popen[bytes], Processes]) -> None:
    _, processes = supervisor
    one, two = (Namespace(processes, name) for name in ("one", "two"))
    one.run("ip", "netns", "add", "qdhcp-1")
    two.run("ip", "netns", "add", "qdhcp-1")
    one.run("ip", "link", "add", "tap1", "type", "bridge", inside="qdhcp-1")
    assert "tap1" not in two.run("ip", "link", inside="qdhcp-1")
    assert one.run("hostname").strip() == "one"
    with pytest.raises(BedError, match=r"one: ip netns add qdhcp-1: ended with 1"):
        one.run("ip", "netns", "add", "qdhcp-1")
    assert not Path("/run/netns/qdhcp-1").exists()


def test_after_kill_nothing_is_left(supervisor: tuple[subprocess.Popen[bytes], Processes]) -> None:
    process, processes = supervisor
    two_hosts(processes)
    namespaces = namespaces_of(processes.layout.folder)
    assert len(namespaces) > 2  # fabric, one and two, at least
    os.kill(process.pid, signal.SIGKILL)
    end = time.monotonic() + 10
    while namespaces & every_namespace() and time.monotonic() < end:
        time.sleep(0.05)
    assert not namespaces & every_namespace()


def every_namespace() -> set[str]:
    """The network namespaces that some process is in."""
    return {name for _, name in _processes()}


def namespaces_of(folder: Path) -> set[str]:
    """The network namespaces of the bed's processes that are not the machine's own."""
    own = str(Path("/proc/self/ns/net").readlink())
    with Control(folder) as control:
        inside = control.run(["readlink", "/proc/self/ns/pid"]).output.strip()
    return {net for pid, net in _processes() if pid == inside and net != own}


def _processes() -> list[tuple[str, str]]:
    """Process and network namespace of each process."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            found.append((str((folder / "ns/pid").readlink()), str((folder / "ns/net").readlink())))
    return found
