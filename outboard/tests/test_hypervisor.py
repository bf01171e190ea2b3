"""The connection: events, the level beside them, and libvirt going and coming back."""

import os
import signal
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Any

import pytest
from outboard.corpus.real_libvirt import RealLibvirt, qemu_xml, wait_for
from outboard.errors import HypervisorError
from outboard.hypervisor import Hypervisor
from outboard.libvirt_events import Event, EventKind


@pytest.fixture
def connected(libvirt_host: RealLibvirt) -> Iterator[tuple[Hypervisor, "SimpleQueue[Event]"]]:
    queue: SimpleQueue[Event] = SimpleQueue()
    hypervisor = Hypervisor(libvirt_host.uri(read_only=True), queue)
    hypervisor.connect()
    yield hypervisor, queue
    hypervisor.close()


def _kinds(queue: "SimpleQueue[Event]", last: EventKind) -> list[EventKind]:
    kinds = [queue.get(timeout=60).kind]
    while kinds[-1] is not last:
        kinds.append(queue.get(timeout=60).kind)
    return kinds


def test_a_guest_is_seen_from_start_to_end(connected: Any, qemu: Any) -> None:
    hypervisor, queue = connected
    domain = qemu.createXML(qemu_xml(1, vcpus=2, pins={0: 0, 1: 1}))
    assert _kinds(queue, EventKind.STARTED)
    seen = hypervisor.look(domain.UUIDString())
    assert seen is not None
    assert seen.pinned() == {0: 0, 1: 1}
    assert [each.name for each in hypervisor.running().domains] == ["instance-00000001"]
    domain.destroy()
    assert _kinds(queue, EventKind.STOPPED)
    assert hypervisor.look(seen.uuid) is None
    assert hypervisor.running().domains == ()


def test_a_killed_qemu_leaves_the_reason_in_the_state(
    connected: Any, qemu: Any, libvirt_host: RealLibvirt
) -> None:
    import libvirt

    hypervisor, queue = connected
    domain = qemu.defineXML(qemu_xml(2))
    domain.create()
    _kinds(queue, EventKind.STARTED)
    os.kill(libvirt_host.qemu_pid("instance-00000002"), signal.SIGKILL)
    _kinds(queue, EventKind.STOPPED)
    (state,) = hypervisor.states()
    assert (state.state, state.reason) == (
        libvirt.VIR_DOMAIN_SHUTOFF,
        libvirt.VIR_DOMAIN_SHUTOFF_CRASHED,
    )


def test_the_end_of_libvirtd_is_said_and_guests_are_found_again(
    connected: Any, qemu: Any, libvirt_host: RealLibvirt
) -> None:
    hypervisor, queue = connected
    qemu.createXML(qemu_xml(3))
    _kinds(queue, EventKind.STARTED)
    libvirt_host.stop(signal.SIGKILL)
    try:
        _kinds(queue, EventKind.LOST)
        assert not hypervisor.alive()
        with pytest.raises(HypervisorError, match="libvirt"):
            hypervisor.running()
        with pytest.raises(HypervisorError, match="away"):
            hypervisor.connect()
    finally:
        libvirt_host.start()
    hypervisor.connect()
    assert wait_for(lambda: [each.name for each in hypervisor.running().domains]) == ["instance-00000003"]


def test_an_old_libvirt_is_refused(libvirt_host: RealLibvirt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outboard.hypervisor.OLDEST", (99, 0, 0))
    with pytest.raises(HypervisorError, match=r"too old .*99\.0\.0"):
        Hypervisor(libvirt_host.uri(read_only=True), SimpleQueue()).connect()


def test_pins_changed_at_run_time_are_told(connected: Any, qemu: Any) -> None:
    hypervisor, queue = connected
    domain = qemu.createXML(qemu_xml(4, pins={0: 0}))
    _kinds(queue, EventKind.STARTED)
    domain.pinVcpu(0, (False, True))
    assert _kinds(queue, EventKind.TUNED)
    seen = hypervisor.look(domain.UUIDString())
    assert seen is not None
    assert seen.pinned() == {0: 1}
