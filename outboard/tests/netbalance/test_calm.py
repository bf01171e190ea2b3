"""After agents changed, nobody is moved around for a while; what a host manager says is not waited for."""

from collections.abc import Mapping

import pytest
from outboard.netbalance.calm import Calm
from outboard.netbalance.model import Agent, Kind, State
from outboard.netbalance.signals import HostMark

MARKED = {"a": HostMark.FAILED}


def state(**alive: bool) -> State:
    return State({host: Agent(host, Kind.DHCP, host, alive=up) for host, up in alive.items()}, {}, {})


@pytest.mark.parametrize(
    ("now", "marks", "waits"),
    [
        (state(a=True, b=True), {}, 0.0),
        (state(a=False, b=True), {}, 30.0),
        (state(a=True, b=True, c=True), {}, 30.0),
        (state(a=True), {}, 30.0),
        (state(a=False, b=True), MARKED, 0.0),
        (state(a=False, b=False), MARKED, 30.0),
    ],
    ids=["as before", "dead", "joined", "deleted", "failed by word", "another one dead too"],
)
def test_hold_off(now: State, marks: Mapping[str, HostMark], waits: float) -> None:
    clock = [100.0]
    calm = Calm(30.0, lambda: clock[0])
    assert calm.wait(state(a=True, b=True), {}) == 0.0
    assert calm.wait(now, marks) == waits


def test_flapping_is_waited_out() -> None:
    clock = [0.0]
    calm = Calm(30.0, lambda: clock[0])
    for number in range(20):
        clock[0] += 10.0
        waits = calm.wait(state(a=number % 2 == 0), {})
    assert waits == 30.0
    clock[0] += 30.0
    assert calm.wait(state(a=False), {}) == 0.0


def test_a_host_that_returned_is_new() -> None:
    calm = Calm(30.0, lambda: 0.0)
    assert calm.wait(state(a=False, b=True), MARKED) == 0.0
    assert calm.wait(state(a=True, b=True), {}) == 30.0
