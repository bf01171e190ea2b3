"""Where vectors belong: the pure part."""

from hypothesis import given, settings
from hypothesis import strategies as some
from outboard.domain import Domain
from outboard.irqpin.planner import Why, spread, target

_NODES = {cpu: cpu // 10 for cpu in range(40)}


def _domain(pins: dict[int, int], vcpus: int = 0) -> Domain:
    lists = {vcpu: frozenset({cpu}) for vcpu, cpu in pins.items()}
    return Domain("u", "n", vcpus or len(pins), lists)


def test_the_guest_s_cpus_on_the_device_s_node() -> None:
    wanted = target(_domain({0: 2, 1: 3, 2: 12, 3: 13}), 1, _NODES)
    assert wanted is not None
    assert (wanted.cpus, wanted.why) == ({12, 13}, Why.NODE)


def test_none_of_the_guest_s_cpus_there_means_all_of_them_and_is_said() -> None:
    wanted = target(_domain({0: 2, 1: 12}), 3, _NODES)
    assert wanted is not None
    assert (wanted.cpus, wanted.why) == ({2, 12}, Why.OFF_NODE)
    assert "node 3" in wanted.remark


def test_a_device_without_a_node() -> None:
    wanted = target(_domain({0: 2, 1: 12}), None, _NODES)
    assert wanted is not None
    assert (wanted.cpus, wanted.why, wanted.remark) == ({2, 12}, Why.ANYWHERE, "")


def test_a_mask_names_vcpus_and_wins_over_the_node() -> None:
    wanted = target(_domain({0: 2, 1: 3, 2: 12}), 1, _NODES, "0-1")
    assert wanted is not None
    assert (wanted.cpus, wanted.why) == ({2, 3}, Why.MASK)


def test_a_wrong_mask_is_said_and_passed_over() -> None:
    for mask in ("9", "", "x", "0-99999999999"):
        wanted = target(_domain({0: 2, 1: 12}), 1, _NODES, mask)
        assert wanted is not None
        assert (wanted.cpus, wanted.why) == ({12}, Why.NODE)
        assert "names no pinned vCPU" in wanted.remark


def test_a_guest_without_cpus_of_its_own_is_left_alone() -> None:
    assert target(Domain("u", "n", 4), 0, _NODES) is None


_CPUS = some.frozensets(some.integers(0, 20), min_size=1, max_size=8)


@settings(deadline=None)
@given(some.dictionaries(some.integers(30, 90), _CPUS, max_size=40), _CPUS)
def test_spread_is_even_and_stays(current: dict[int, frozenset[int]], cpus: frozenset[int]) -> None:
    placed = spread(current, cpus)
    assert placed.keys() == current.keys()
    loads = [sum(where == {cpu} for where in placed.values()) for cpu in cpus]
    assert sum(loads) == len(current)
    assert max(loads) - min(loads) <= 1
    assert spread(placed, cpus) == placed


@settings(deadline=None)
@given(some.integers(0, 20), _CPUS)
def test_a_late_vector_moves_no_other(count: int, cpus: frozenset[int]) -> None:
    before = spread(dict.fromkeys(range(count), frozenset[int]()), cpus)
    after = spread({**before, 99: frozenset()}, cpus)
    assert {irq: where for irq, where in after.items() if irq != 99} == before
