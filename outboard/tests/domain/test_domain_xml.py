"""Domain XML as nova writes it, and as it should never be."""

import pytest
from outboard.corpus import CellPlan, DevicePlan, Guest, Policy, cases
from outboard.domain import DeviceKind, parse_domain
from outboard.errors import InputError

_UUID = "11111111-1111-4111-8111-111111111111"


def _xml(inside: str, vcpus: str = "<vcpu>4</vcpu>") -> str:
    return f"<domain type='kvm'><name>x</name><uuid>{_UUID}</uuid>{vcpus}{inside}</domain>"


def test_every_guest_of_the_corpus_is_read_as_it_was_placed() -> None:
    kinds = set()
    for case in cases(7, 200):
        guest = case.guest
        domain = parse_domain(guest.xml())
        kinds.add((guest.policy, len(guest.cells)))
        assert (domain.uuid, domain.name, domain.vcpus) == (guest.uuid, guest.name, guest.vcpus)
        assert domain.pinned() == guest.dedicated
        assert [(each.kind, each.address or each.source) for each in domain.devices] == sorted(
            ((each.kind, each.source or each.address) for each in guest.devices),
            key=lambda each: each[0] is not DeviceKind.HOSTDEV,
        )
        if guest.tells_cells:
            assert [cell.vcpus for cell in domain.cells] == [cell.vcpus for cell in guest.cells]
            assert [cell.nodes for cell in domain.cells] == [{cell.node} for cell in guest.cells]
        assert domain.nova is not None
        assert domain.nova.flavor == guest.flavor
    assert len(kinds) > 6


def test_a_shared_pool_of_one_cpu_is_nobody_s_own() -> None:
    pins = "".join(f"<vcpupin vcpu='{vcpu}' cpuset='1'/>" for vcpu in (2, 3))
    domain = parse_domain(_xml(f"<cputune><vcpupin vcpu='0' cpuset='8'/>{pins}</cputune>"))
    assert domain.pinned() == {0: 8}


@pytest.mark.parametrize(
    ("specs", "pinned"),
    [
        ({"hw:cpu_policy": "dedicated"}, {0: 4, 1: 5, 2: 6, 3: 7}),
        ({"hw:cpu_policy": "shared"}, {}),
        ({"hw:cpu_policy": "mixed", "hw:cpu_dedicated_mask": "^0"}, {1: 5, 2: 6, 3: 7}),
        ({"hw:cpu_policy": "mixed", "hw:cpu_realtime": "yes", "hw:cpu_realtime_mask": "2-3"}, {2: 6, 3: 7}),
        ({"resources:PCPU": "4"}, {0: 4, 1: 5, 2: 6, 3: 7}),
    ],
)
def test_nova_s_word_on_who_is_dedicated_wins(specs: dict[str, str], pinned: dict[int, int]) -> None:
    texts = "".join(f"<n:extraSpec name='{name}'>{value}</n:extraSpec>" for name, value in specs.items())
    metadata = (
        "<metadata><n:instance xmlns:n='http://openstack.org/xmlns/libvirt/nova/1.1'><n:flavor name='f'>"
        f"<n:extraSpecs>{texts}</n:extraSpecs></n:flavor></n:instance></metadata>"
    )
    pins = "".join(f"<vcpupin vcpu='{vcpu}' cpuset='{vcpu + 4}'/>" for vcpu in range(4))
    assert parse_domain(_xml(f"{metadata}<cputune>{pins}</cputune>")).pinned() == pinned


def test_a_bridge_and_an_mdev_are_no_devices_of_the_guest_alone() -> None:
    devices = (
        "<devices><interface type='bridge'><source bridge='br0'/></interface>"
        "<interface type='direct'><source dev='ens1' mode='bridge'/></interface>"
        "<interface type='direct'><source dev='../../x' mode='passthrough'/></interface>"
        "<hostdev mode='subsystem' type='mdev'><source><address uuid='x'/></source></hostdev></devices>"
    )
    assert parse_domain(_xml(devices)).devices == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<domain>",
        "<domstatus/>",
        "<domain/>",
        _xml("", vcpus=""),
        _xml("", vcpus="<vcpu>0</vcpu>"),
        _xml("", vcpus="<vcpu>many</vcpu>"),
        _xml("<cputune><vcpupin vcpu='0' cpuset='0-99999999999'/></cputune>"),
        _xml("<cputune><vcpupin vcpu='x' cpuset='0'/></cputune>"),
        _xml("<devices><hostdev type='pci'><source/></hostdev></devices>"),
        _xml(
            "<devices><hostdev type='pci'><source><address domain='0' bus='0x999' slot='0' function='0'/>"
            "</source></hostdev></devices>"
        ),
    ],
)
def test_what_is_missing_or_wrong_is_said(text: str) -> None:
    with pytest.raises(InputError):
        parse_domain(text)


def test_entities_are_not_resolved() -> None:
    text = f"<!DOCTYPE d [<!ENTITY e SYSTEM 'file:///etc/hostname'>]>{_xml('<title>&e;</title>')}"
    assert parse_domain(text.replace("<name>x</name>", "<name>a&e;b</name>")).name == "a"


def test_the_right_answer_of_the_corpus_follows_from_the_placement() -> None:
    near = DevicePlan(DeviceKind.HOSTDEV, "0000:81:00.0", 1)
    far = DevicePlan(DeviceKind.HOSTDEV, "0000:01:00.0", 3)
    guest = Guest(
        _UUID, "x", Policy.DEDICATED, (CellPlan(0, {0: 4}), CellPlan(1, {1: 40, 2: 41})), (near, far)
    )
    assert guest.right(near) == {40, 41}
    assert guest.right(far) == {4, 40, 41}
