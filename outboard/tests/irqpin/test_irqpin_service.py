"""irqpin over a host made of files: what comes late, goes, refuses, and is given back."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from outboard.corpus import CellPlan, DevicePlan, FakeHost, Guest, Policy, cases
from outboard.domain import DeviceKind, Domain, parse_domain
from outboard.host import Host
from outboard.hypervisor import Census
from outboard.irqpin import IrqPin, IrqPinSection
from outboard.irqpin.balancer import Balancer
from outboard.irqpin.service import State
from outboard.ledger import FORMAT, Entry, Ledger
from outboard.state import StateFile
from prometheus_client import CollectorRegistry

_A = "aaaaaaaa-1111-4111-8111-111111111111"
_B = "bbbbbbbb-1111-4111-8111-111111111111"
_DEVICE = "0000:81:10.1"
_OTHER = "0000:81:10.2"


class _Refusing(Host):
    """A kernel that answers writes to some files with an error."""

    __slots__ = ("errors",)

    def __init__(self, host: Host) -> None:
        super().__init__(host.sysfs, host.procfs)
        object.__setattr__(self, "errors", {})

    def write(self, path: Path | str, value: str) -> None:
        number = self.errors.get(Path(path).parent.name) or self.errors.get("*")
        if number:
            raise OSError(number, os.strerror(number), str(path))
        super().write(path, value)


@pytest.fixture
def kernel(fake: FakeHost) -> _Refusing:
    return _Refusing(fake.host)


@pytest.fixture
def make(fake: FakeHost, kernel: _Refusing, tmp_path: Path) -> Callable[..., IrqPin]:
    """A service as after a start: it knows what is on disk and nothing else."""

    def start(*, dry: bool = False, registry: CollectorRegistry | None = None, **settings: Any) -> IrqPin:
        state = StateFile(tmp_path / "irqpin.json", dict[str, Entry], number=FORMAT, boot=fake.host.boot_id())
        section = IrqPinSection(**settings)
        balancer = Balancer(fake.host, tmp_path / "irqbalance", section.irqbalance)
        ledger = Ledger(None if dry else state)
        return IrqPin(kernel, ledger, section, balancer, registry or CollectorRegistry(), dry=dry)

    return start


def _guest(uuid: str = _A, *addresses: str, cpus: tuple[int, ...] = (4, 5, 40, 41), **more: Any) -> Domain:
    """Pinned to CPUs of both nodes; its devices are on node 1."""
    devices = tuple(DevicePlan(DeviceKind.HOSTDEV, each, 1) for each in addresses or (_DEVICE,))
    cells = (CellPlan(0, dict(enumerate(cpus))),)
    return parse_domain(Guest(uuid, "x", Policy.DEDICATED, cells, devices, **more).xml())


def _level(service: IrqPin, *domains: Domain, unreadable: tuple[str, ...] = ()) -> None:
    service.level(Census(domains, dict.fromkeys(unreadable, "broken")))


def test_every_vector_of_the_corpus_is_right(tmp_path: Path) -> None:
    checked = 0
    for number, case in enumerate(cases(3, 30)):
        fake = FakeHost(tmp_path / str(number), case.topology)
        case.lay(fake)
        folder = tmp_path / "irqbalance"
        service = IrqPin(
            fake.host, Ledger(None), IrqPinSection(), Balancer(fake.host, folder, "ban"), CollectorRegistry()
        )
        _level(service, parse_domain(case.guest.xml()))
        for device in case.guest.devices:
            fake.add_vectors(device.address, case.vectors[device.address][1])
        service.tick()
        for device in case.guest.devices:
            right = case.guest.right(device) or case.topology.cpus
            for irq in (fake.sysfs / "bus/pci/devices" / device.address).glob("msi_irqs/*"):
                checked += 1
                assert fake.affinity(int(irq.name)) == right
    assert checked > 300


def test_vectors_go_where_they_belong_and_a_second_look_writes_nothing(
    fake: FakeHost, make: Callable[..., IrqPin]
) -> None:
    irqs = fake.add_device(_DEVICE, 1, vectors=3)
    service = make()
    _level(service, _guest())
    assert [fake.affinity(irq) for irq in irqs] == [{40, 41}] * 3
    times = [fake.affinity_file(irq).stat().st_mtime_ns for irq in irqs]
    _level(service, _guest())
    service.guest(_A, _guest())
    assert [fake.affinity_file(irq).stat().st_mtime_ns for irq in irqs] == times


def test_vectors_that_come_late_are_found_by_the_tick(fake: FakeHost, make: Callable[..., IrqPin]) -> None:
    fake.add_device(_DEVICE, 1)
    service = make()
    service.guest(_A, _guest())
    assert service.rows() == ()
    irqs = fake.add_vectors(_DEVICE, 2)
    service.tick()
    assert [fake.affinity(irq) for irq in irqs] == [{40, 41}] * 2


def test_vectors_that_vanish_and_come_again(fake: FakeHost, make: Callable[..., IrqPin]) -> None:
    fake.add_device(_DEVICE, 1, vectors=2)
    service = make()
    _level(service, _guest())
    fake.remove_vectors(_DEVICE)
    service.tick()
    assert service.rows() == ()
    irqs = fake.add_vectors(_DEVICE, 2)
    service.tick()
    assert [fake.affinity(irq) for irq in irqs] == [{40, 41}] * 2


def test_a_vector_nobody_uses_yet_is_no_vector(fake: FakeHost, make: Callable[..., IrqPin]) -> None:
    fake.add_device(_DEVICE, 1)
    irqs = fake.sysfs / "bus/pci/devices" / _DEVICE / "msi_irqs"
    irqs.mkdir()
    (irqs / "99").write_text("msix\n")
    service = make()
    _level(service, _guest())
    assert service.rows() == ()
    fake.add_irq(99)
    service.tick()
    assert fake.affinity(99) == {40, 41}


def test_what_was_before_comes_back_when_the_guest_is_gone(
    fake: FakeHost, make: Callable[..., IrqPin]
) -> None:
    irqs = fake.add_device(_DEVICE, 1, vectors=2)
    fake.affinity_file(irqs[1]).write_text("7\n")
    service = make()
    _level(service, _guest())
    service.guest(_A, None)
    assert [fake.affinity(irq) for irq in irqs] == [fake.topology.cpus, {7}]


def test_what_was_before_comes_back_after_a_restart_in_between(
    fake: FakeHost, make: Callable[..., IrqPin]
) -> None:
    irqs = fake.add_device(_DEVICE, 1, vectors=2)
    fake.affinity_file(irqs[1]).write_text("7\n")
    _level(make(), _guest())
    _level(make())
    assert [fake.affinity(irq) for irq in irqs] == [fake.topology.cpus, {7}]


def test_another_s_change_is_not_undone_by_the_end_of_a_guest(
    fake: FakeHost, make: Callable[..., IrqPin]
) -> None:
    (irq,) = fake.add_device(_DEVICE, 1, vectors=1)
    service = make()
    _level(service, _guest())
    fake.affinity_file(irq).write_text("9\n")
    service.guest(_A, None)
    assert fake.affinity(irq) == {9}


def test_a_moved_vector_is_moved_back_and_counted(fake: FakeHost, make: Callable[..., IrqPin]) -> None:
    (irq,) = fake.add_device(_DEVICE, 1, vectors=1)
    registry = CollectorRegistry()
    service = make(registry=registry)
    _level(service, _guest())
    fake.affinity_file(irq).write_text("0-63\n")
    _level(service, _guest())
    assert fake.affinity(irq) == {40, 41}
    assert registry.get_sample_value("outboard_irqpin_drift_total") == 1
    assert [row.state for row in service.rows()] == [State.MOVED]


def test_a_device_handed_on_keeps_what_was_before_the_first_guest(
    fake: FakeHost, make: Callable[..., IrqPin]
) -> None:
    """A macvtap's function keeps its vectors: the second guest finds them as the first one's."""
    (irq,) = fake.add_device(_DEVICE, 1, vectors=1)
    service = make()
    _level(service, _guest(_A))
    _level(service, _guest(_B, cpus=(44, 45)))
    assert fake.affinity(irq) == {44, 45}
    _level(service)
    assert fake.affinity(irq) == fake.topology.cpus


def test_a_device_unplugged_is_given_back_and_the_others_stay(
    fake: FakeHost, make: Callable[..., IrqPin]
) -> None:
    (first,) = fake.add_device(_DEVICE, 1, vectors=1)
    (second,) = fake.add_device(_OTHER, 1, vectors=1)
    service = make()
    service.guest(_A, _guest(_A, _DEVICE, _OTHER))
    service.guest(_A, _guest(_A, _DEVICE))
    assert (fake.affinity(first), fake.affinity(second)) == ({40, 41}, fake.topology.cpus)


def test_a_guest_that_cannot_be_read_keeps_what_it_has(fake: FakeHost, make: Callable[..., IrqPin]) -> None:
    (irq,) = fake.add_device(_DEVICE, 1, vectors=1)
    _level(make(), _guest())
    _level(make(), unreadable=(_A,))
    assert fake.affinity(irq) == {40, 41}


@pytest.mark.parametrize("number", [errno.EIO, errno.EPERM, errno.EINVAL])
def test_a_vector_the_kernel_will_not_move_is_left_and_said_once(
    number: int, fake: FakeHost, make: Callable[..., IrqPin], kernel: _Refusing, logged: list[Any]
) -> None:
    irqs = fake.add_device(_DEVICE, 1, vectors=3)
    kernel.errors[str(irqs[1])] = number
    service = make()
    service.guest(_A, _guest())
    service.guest(_A, _guest())
    _level(service, _guest())
    assert [row.state for row in service.rows()] == [State.RIGHT, State.REFUSED, State.RIGHT]
    assert fake.affinity(irqs[1]) == fake.topology.cpus
    said = [line for line in logged if line["log_level"] == "warning"]
    assert [(line["event"], line.get("subject")) for line in said] == [("refused, left as it is", _DEVICE)]


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.ENOSPC])
def test_what_may_pass_is_tried_again(
    number: int, fake: FakeHost, make: Callable[..., IrqPin], kernel: _Refusing
) -> None:
    (irq,) = fake.add_device(_DEVICE, 1, vectors=1)
    kernel.errors["*"] = number
    service = make()
    _level(service, _guest())
    assert [row.state for row in service.rows()] == [State.WRONG]
    kernel.errors.clear()
    _level(service, _guest())
    assert fake.affinity(irq) == {40, 41}


def test_state_that_cannot_be_written_means_nothing_is_set(
    fake: FakeHost, make: Callable[..., IrqPin], tmp_path: Path, logged: list[Any]
) -> None:
    (irq,) = fake.add_device(_DEVICE, 1, vectors=1)
    service = make()
    (tmp_path / "irqpin.json").mkdir()  # a rename over it fails
    _level(service, _guest())
    assert fake.affinity(irq) == fake.topology.cpus
    assert "state cannot be written, nothing is set" in [line["event"] for line in logged]
    (tmp_path / "irqpin.json").rmdir()
    _level(service, _guest())
    assert fake.affinity(irq) == {40, 41}


def test_only_cpus_that_are_online_are_written(fake: FakeHost, make: Callable[..., IrqPin]) -> None:
    (irq,) = fake.add_device(_DEVICE, 1, vectors=1)
    fake.set_online(fake.topology.cpus - {41})
    service = make()
    _level(service, _guest())
    assert fake.affinity(irq) == {40}
    fake.set_online(fake.topology.cpus)
    service.tick()
    assert fake.affinity(irq) == {40, 41}


def test_a_line_of_its_own_is_pinned_and_a_shared_one_is_not(
    fake: FakeHost, make: Callable[..., IrqPin]
) -> None:
    for address, irq in ((_DEVICE, 16), (_OTHER, 17)):
        fake.add_device(address, 1)
        (fake.sysfs / "bus/pci/devices" / address / "irq").write_text(f"{irq}\n")
        fake.add_irq(irq, f"vfio-intx({address})")
    (fake.procfs / "irq/17/ehci_hcd:usb1").mkdir()
    _level(make(), _guest(_A, _DEVICE, _OTHER))
    assert (fake.affinity(16), fake.affinity(17)) == ({40, 41}, fake.topology.cpus)


def test_the_vectors_of_a_physical_function_under_a_macvtap_are_the_host_s(
    fake: FakeHost, make: Callable[..., IrqPin], logged: list[Any]
) -> None:
    (irq,) = fake.add_device(_DEVICE, 1, vectors=1, virtual=False)
    fake.add_netdev("ens1f0", _DEVICE)
    plan = DevicePlan(DeviceKind.DIRECT, _DEVICE, 1, "ens1f0")
    guest = Guest(_A, "x", Policy.DEDICATED, (CellPlan(1, {0: 40}),), (plan,))
    _level(make(), parse_domain(guest.xml()))
    assert fake.affinity(irq) == fake.topology.cpus
    assert any("no virtual function" in line["event"] for line in logged)


def test_round_robin_gives_each_vector_a_cpu(fake: FakeHost, make: Callable[..., IrqPin]) -> None:
    irqs = fake.add_device(_DEVICE, 1, vectors=4)
    service = make(spread="round-robin")
    _level(service, _guest())
    assert sorted(map(sorted, (fake.affinity(irq) for irq in irqs))) == [[40], [40], [41], [41]]


def test_a_flavor_s_mask_and_the_host_s_policy_for_it(fake: FakeHost, make: Callable[..., IrqPin]) -> None:
    (irq,) = fake.add_device(_DEVICE, 1, vectors=1)
    for specs in ({"outboard:irq_vcpus": "1"}, {"hw:pci_irq_affinity_mask": "1"}):
        _level(make(), _guest(extra_specs=specs))
        assert fake.affinity(irq) == {5}
        _level(make())
    _level(make(flavors={"rt.large": "0"}), _guest(tells_extra_specs=False))
    assert fake.affinity(irq) == {4}


def test_a_dry_run_says_what_it_would_do_and_does_nothing(
    fake: FakeHost, make: Callable[..., IrqPin], tmp_path: Path
) -> None:
    (irq,) = fake.add_device(_DEVICE, 1, vectors=1)
    service = make(dry=True)
    _level(service, _guest())
    (row,) = service.rows()
    assert (row.before, row.wanted, row.state) == ("0-63", "40-41", State.WRONG)
    assert fake.affinity(irq) == fake.topology.cpus
    assert not (tmp_path / "irqpin.json").exists()


def test_release_gives_everything_back(fake: FakeHost, make: Callable[..., IrqPin]) -> None:
    (irq,) = fake.add_device(_DEVICE, 1, vectors=1)
    _level(make(), _guest())
    make().release()
    assert fake.affinity(irq) == fake.topology.cpus


def test_a_host_without_interrupts_to_list_is_survived(
    fake: FakeHost, make: Callable[..., IrqPin], logged: list[Any]
) -> None:
    service = make()
    (fake.procfs / "irq").rename(fake.procfs / "gone")
    service.tick()
    service.tick()
    assert [line["event"] for line in logged] == ["cannot be read, left as it is"]
