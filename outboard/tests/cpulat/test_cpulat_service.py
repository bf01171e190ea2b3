"""cpulat over a host made of files: who is limited, by how much, and that it ends."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from outboard.corpus import CellPlan, FakeHost, Guest, Policy, Topology
from outboard.cpulat import CpuLat, CpuLatSection
from outboard.cpulat.latency import Latency
from outboard.cpulat.service import State
from outboard.domain import Domain, parse_domain
from outboard.errors import InputError
from outboard.host import Host
from outboard.hypervisor import Census
from outboard.ledger import FORMAT, Entry, Ledger
from outboard.state import StateFile
from prometheus_client import CollectorRegistry

_A = "aaaaaaaa-1111-4111-8111-111111111111"
_B = "bbbbbbbb-1111-4111-8111-111111111111"


class _Refusing(Host):
    __slots__ = ("number",)

    def write(self, path: Path | str, value: str) -> None:
        raise OSError(self.number, os.strerror(self.number), str(path))


@pytest.fixture
def fake(tmp_path: Path) -> FakeHost:
    return FakeHost(tmp_path / "host", Topology.of(1, 8), idle=(0, 2, 40, 133))


@pytest.fixture
def make(fake: FakeHost, tmp_path: Path) -> Callable[..., CpuLat]:
    """A service as after a start: it knows what is on disk and nothing else."""

    def start(*, host: Host | None = None, dry: bool = False, **settings: Any) -> CpuLat:
        state = StateFile(tmp_path / "cpulat.json", dict[str, Entry], number=FORMAT, boot="b")
        section = msgspec.convert(settings, CpuLatSection)
        return CpuLat(
            host or fake.host, Ledger(None if dry else state), section, CollectorRegistry(), dry=dry
        )

    return start


def _guest(uuid: str, *cpus: int, policy: str | None = "low", **more: Any) -> Domain:
    specs = {"outboard:cpu_latency": policy} if policy else {}
    cells = (CellPlan(0, dict(enumerate(cpus))),)
    more.setdefault("extra_specs", specs)
    return parse_domain(Guest(uuid, "x", Policy.DEDICATED, cells, **more).xml())


def _level(service: CpuLat, *domains: Domain, unreadable: tuple[str, ...] = ()) -> None:
    service.level(Census(domains, dict.fromkeys(unreadable, "broken")))


def _all(fake: FakeHost) -> dict[int, str]:
    """The CPUs that are limited."""
    return {cpu: value for cpu in sorted(fake.topology.cpus) if (value := fake.latency(cpu)) != "0"}


def test_a_guest_s_cpus_are_limited_while_it_runs(fake: FakeHost, make: Callable[..., CpuLat]) -> None:
    service = make()
    service.guest(_A, _guest(_A, 3, 4))
    assert _all(fake) == {3: "2", 4: "2"}
    service.guest(_A, None)
    assert _all(fake) == {}


@pytest.mark.parametrize(
    ("specs", "settings", "value"),
    [
        ({"outboard:cpu_latency": "none"}, {}, "n/a"),
        ({"outboard:cpu_latency": "mine"}, {"policies": {"mine": "75"}}, "75"),
        ({"outboard:cpu_latency": "deep"}, {"policies": {"deep": "state:9"}}, "133"),
        ({"outboard:cpu_latency": "poll"}, {"policies": {"poll": "state:0"}}, "n/a"),
        ({"trait:CUSTOM_RT": "required"}, {"traits": {"CUSTOM_RT": "low"}}, "2"),
        ({"trait:CUSTOM_RT": "forbidden"}, {"traits": {"CUSTOM_RT": "low"}}, "0"),
        ({}, {"flavors": {"rt.large": "low"}}, "2"),
        ({}, {"default": "none"}, "n/a"),
        ({}, {}, "0"),
        ({"outboard:cpu_latency": "unheard of"}, {}, "0"),
    ],
)
def test_how_a_guest_asks(
    specs: dict[str, str], settings: dict[str, Any], value: str, fake: FakeHost, make: Callable[..., CpuLat]
) -> None:
    _level(make(**settings), _guest(_A, 3, extra_specs=specs))
    assert fake.latency(3) == value


def test_a_host_without_idle_states_gets_the_least_limit(tmp_path: Path, make: Callable[..., CpuLat]) -> None:
    bare = FakeHost(tmp_path / "bare", Topology.of(1, 4), idle=())
    _level(make(host=bare.host), _guest(_A, 3))
    assert bare.latency(3) == "1"


def test_floating_guests_are_left_alone(fake: FakeHost, make: Callable[..., CpuLat]) -> None:
    cells = (CellPlan(0, {}, frozenset({0, 1}), frozenset({2, 3})),)
    guest = Guest(_A, "x", Policy.SHARED, cells, extra_specs={"outboard:cpu_latency": "low"})
    _level(make(), parse_domain(guest.xml()))
    assert _all(fake) == {}


def test_the_strictest_of_two_guests_holds_until_it_goes(fake: FakeHost, make: Callable[..., CpuLat]) -> None:
    service = make()
    service.guest(_A, _guest(_A, 3, 4, policy="low"))
    service.guest(_B, _guest(_B, 4, 5, policy="none"))
    assert _all(fake) == {3: "2", 4: "n/a", 5: "n/a"}
    service.guest(_B, None)
    assert _all(fake) == {3: "2", 4: "2"}
    service.guest(_A, None)
    assert _all(fake) == {}


def test_what_was_before_comes_back_also_after_a_restart(fake: FakeHost, make: Callable[..., CpuLat]) -> None:
    fake.latency_file(4).write_text("60\n")
    _level(make(), _guest(_A, 3, 4))
    _level(make())
    assert _all(fake) == {4: "60"}


def test_a_stricter_policy_announced_and_not_yet_written_leaves_nothing_behind(
    fake: FakeHost, make: Callable[..., CpuLat], tmp_path: Path
) -> None:
    """Killed between the ledger and the write: the file still has the value before the last."""
    _level(make(), _guest(_A, 3))
    _level(make(), _guest(_A, 3, policy="none"))
    fake.latency_file(3).write_text("2\n")
    _level(make())
    assert _all(fake) == {}


def test_another_s_change_is_not_undone(fake: FakeHost, make: Callable[..., CpuLat]) -> None:
    service = make()
    _level(service, _guest(_A, 3))
    fake.latency_file(3).write_text("500\n")
    service.guest(_A, None)
    assert _all(fake) == {3: "500"}


def test_drift_is_mended_by_the_next_look(fake: FakeHost, make: Callable[..., CpuLat]) -> None:
    service = make()
    _level(service, _guest(_A, 3))
    fake.latency_file(3).write_text("0\n")
    _level(service, _guest(_A, 3))
    assert [(row.cpu, row.state) for row in service.rows()] == [(3, State.SET)]
    assert _all(fake) == {3: "2"}


def test_a_cpu_that_goes_and_comes_is_limited_again(fake: FakeHost, make: Callable[..., CpuLat]) -> None:
    service = make()
    _level(service, _guest(_A, 3))
    fake.set_online(fake.topology.cpus - {3})
    service.tick()
    fake.latency_file(3).write_text("0\n")  # made anew by the kernel
    fake.set_online(fake.topology.cpus)
    service.tick()
    assert _all(fake) == {3: "2"}


def test_cpus_the_host_has_not_are_said_and_the_others_set(
    fake: FakeHost, make: Callable[..., CpuLat], logged: list[Any]
) -> None:
    service = make()
    _level(service, _guest(_A, 3, 99))
    _level(service, _guest(_A, 3, 99))
    assert _all(fake) == {3: "2"}
    assert [(row.cpu, row.state) for row in service.rows()] == [(3, State.RIGHT), (99, State.UNKNOWN)]
    assert [line["cpu"] for line in logged if line["log_level"] == "warning"] == [99]


def test_cpus_that_are_never_touched(fake: FakeHost, make: Callable[..., CpuLat]) -> None:
    _level(make(never="0-3"), _guest(_A, 3, 4))
    assert _all(fake) == {4: "2"}


def test_a_guest_that_cannot_be_read_keeps_its_cpus(fake: FakeHost, make: Callable[..., CpuLat]) -> None:
    service = make()
    _level(service, _guest(_A, 3), _guest(_B, 4))
    _level(service, unreadable=(_A,))
    assert _all(fake) == {3: "2"}
    _level(make(), unreadable=(_A,))  # and when we know it from the ledger alone
    assert _all(fake) == {3: "2"}
    _level(make())
    assert _all(fake) == {}


@pytest.mark.parametrize(
    ("number", "state"),
    [(errno.EROFS, State.WRONG), (errno.EINVAL, State.REFUSED), (errno.EIO, State.REFUSED)],
)
def test_a_sysfs_that_refuses_is_said_once(
    number: int, state: State, fake: FakeHost, make: Callable[..., CpuLat], logged: list[Any]
) -> None:
    host = _Refusing(fake.sysfs, fake.procfs)
    object.__setattr__(host, "number", number)
    service = make(host=host)
    service.guest(_A, _guest(_A, 3))
    service.level(Census((_guest(_A, 3),)))
    assert [row.state for row in service.rows()] == [state]
    assert len([line for line in logged if line["log_level"] == "warning"]) == 1


def test_a_second_look_writes_nothing(fake: FakeHost, make: Callable[..., CpuLat]) -> None:
    service = make()
    _level(service, _guest(_A, 3))
    before = fake.latency_file(3).stat().st_mtime_ns
    _level(service, _guest(_A, 3))
    service.tick()
    service.guest(_A, _guest(_A, 3))
    assert fake.latency_file(3).stat().st_mtime_ns == before


def test_a_dry_run_and_a_release(fake: FakeHost, make: Callable[..., CpuLat]) -> None:
    service = make(dry=True)
    _level(service, _guest(_A, 3))
    assert [(row.cpu, row.before, row.wanted, row.state) for row in service.rows()] == [
        (3, "0", "2", State.WRONG)
    ]
    assert _all(fake) == {}
    _level(make(), _guest(_A, 3))
    make().release()
    assert _all(fake) == {}


@pytest.mark.parametrize(
    "settings",
    [
        {"policies": {"x": "0"}},
        {"policies": {"x": "fast"}},
        {"policies": {"x": "state:"}},
        {"policies": {"x": "-1"}},
        {"policies": {"x": "99999999999"}},
        {"default": "unheard of"},
        {"traits": {"T": "unheard of"}},
        {"never": "a"},
    ],
)
def test_settings_that_mean_nothing(settings: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(settings, CpuLatSection)


def test_no_latency_is_not_no_limit() -> None:
    assert Latency.parse("n/a").on(Path("/nowhere")) == 0
    with pytest.raises(InputError, match="n/a is none at all"):
        Latency.parse("0")
