"""What hostguard does to a cloud, over real HTTP: opening, emptying, handing over, removing; no more."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from outboard.cloud import CloudError
from outboard.corpus import real_libvirt
from outboard.corpus.fake_hosts import FakeHosts
from outboard.corpus.loopback import Fault
from outboard.hostguard.model import OURS

# openstacksdk warns of its own calls.
pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")

Make = Callable[..., Any]
wait_for = partial(real_libvirt.wait_for, seconds=60)  # the machine is shared


def _until(bench: Any, what: Callable[[], object]) -> None:
    """Rounds until it is so."""
    wait_for(lambda: (bench.guard.round(), what())[1])


def _events(bench: Any) -> list[dict[str, Any]]:
    return (
        [json.loads(line) for line in bench.events.read_text().splitlines()] if bench.events.exists() else []
    )


def test_a_new_host_is_opened_by_one_write_and_a_second_run_writes_nothing(
    hosts: FakeHosts, bench: Make
) -> None:
    hosts.add_host("c1")
    guard = bench()
    guard.wish("c1", "enabled")
    guard.settle()
    assert len(hosts.writes) == 1
    assert (hosts.computes["c1"].status, guard.row("c1").state) == ("enabled", "enabled")
    guard.again()
    asked = len(hosts.served.requests)
    guard.settle()
    assert len(hosts.writes) == 1
    assert len(hosts.served.requests) - asked == 4  # services, hypervisors, aggregates, agents


@pytest.mark.parametrize(
    ("closed", "said"),
    [
        (lambda h: setattr(h.computes["c1"], "state", "down"), "does not report"),
        (lambda h: setattr(h.computes["c1"], "mapped", False), "not mapped"),
        (lambda h: setattr(h.computes["c1"], "inventory", False), "no inventory"),
        (lambda h: h.neutron.set_host("c1", alive=False), "not alive"),
        (lambda h: h.neutron.tables["agents"].clear(), "neutron knows no agent"),
    ],
)
def test_each_closed_gate_keeps_it_shut_and_is_named(
    hosts: FakeHosts, bench: Make, closed: Callable[[FakeHosts], None], said: str
) -> None:
    hosts.add_host("c1")
    closed(hosts)
    guard = bench()
    guard.wish("c1", "enabled")
    guard.settle()
    assert (hosts.writes, guard.row("c1").state) == ([], "prepared")
    assert said in guard.row("c1").waits


def test_bridge_mappings_agents_and_an_unknown_aggregate_keep_it_shut(hosts: FakeHosts, bench: Make) -> None:
    hosts.add_host("c1")
    guard = bench()
    for fields, said in (
        ({"bridge_mappings": {"physnet1": "br-x"}}, "physnet1 on no bridge instead of br-x"),
        ({"agents": ("BGP dynamic routing agent",)}, "no BGP"),
        ({"aggregates": ("nowhere",)}, "there is no aggregate nowhere"),
    ):
        guard.wish("c1", "enabled", **fields)
        guard.settle()
        assert said in guard.row("c1").waits
    assert hosts.writes == []


def test_aggregates_come_first_and_only_once_it_is_mapped(hosts: FakeHosts, bench: Make) -> None:
    compute = hosts.add_host("c1", mapped=False)
    hosts.aggregates = {"rack": [], "other": []}
    guard = bench()
    guard.wish("c1", "enabled", aggregates=("rack",))
    guard.settle()
    assert hosts.writes == []
    compute.mapped = True
    guard.settle()
    assert hosts.aggregates == {"rack": ["c1"], "other": []}
    assert [line.split()[0] for line in hosts.writes] == ["POST", "PUT"]
    assert compute.status == "enabled"


def test_the_operators_own_gate(hosts: FakeHosts, bench: Make, tmp_path: Any) -> None:
    hosts.add_host("c1")
    flag = tmp_path / "flag"
    script = f'test -e {flag} && exit 0; echo "$1 has no flag"; exit 3'
    guard = bench(gate_command=("sh", "-c", script, "gate", "{host}"))
    guard.wish("c1", "enabled")
    _until(guard, lambda: "c1 has no flag" in guard.row("c1").waits)
    assert hosts.writes == []
    flag.touch()
    _until(guard, lambda: hosts.computes["c1"].status == "enabled")


def test_a_gate_that_hangs_is_killed(hosts: FakeHosts, bench: Make) -> None:
    hosts.add_host("c1")
    guard = bench(gate_command=("sleep", "60"), gate_timeout=0.2)
    guard.wish("c1", "enabled")
    _until(guard, lambda: "not done within 0.2 s" in guard.row("c1").waits)
    assert hosts.writes == []


@pytest.mark.parametrize("reason", ["maintenance by Ann", None, "AUTO: Connection to libvirt lost: 1"])
@pytest.mark.parametrize("state", ["enabled", "drained", "failed", "absent"])
def test_a_service_that_somebody_else_disabled_is_never_touched(
    hosts: FakeHosts, bench: Make, reason: str | None, state: str
) -> None:
    hosts.add_host("c1", reason=reason)
    guard = bench(evacuate="masakari")
    guard.wish("c1", state, fenced=state == "failed")
    guard.settle()
    assert not [line for line in hosts.writes if "os-services" in line]
    assert "disabled by somebody else" in guard.row("c1").waits


def test_an_agent_that_somebody_else_disabled_stays_down(hosts: FakeHosts, bench: Make) -> None:
    hosts.add_host("c1")
    agent = hosts.neutron.l3_agent("c1")
    hosts.neutron.tables["agents"][agent].update(admin_state_up=False)
    guard = bench()
    guard.wish("c1", "enabled")
    guard.settle()
    assert hosts.computes["c1"].status == "enabled"
    assert hosts.neutron.tables["agents"][agent]["admin_state_up"] is False


def test_draining_disables_first_and_agents_go_down_only_once_they_host_nothing(
    hosts: FakeHosts, bench: Make
) -> None:
    hosts.add_host("c1", status="enabled", reason=None)
    hosts.add_host("c2", status="enabled", reason=None)
    network = hosts.neutron.add_network("n1", on=("c1",))
    guard = bench()
    guard.wish("c1", "drained")
    guard.settle()
    assert hosts.computes["c1"].reason == f"{OURS}drained"
    down = [a["agent_type"] for a in hosts.neutron.tables["agents"].values() if not a["admin_state_up"]]
    assert down == ["L3 agent"]  # it hosts nothing; the other still serves n1
    assert (guard.row("c1").state, "DHCP agent hosts 1" in guard.row("c1").waits) == ("draining", True)
    hosts.neutron.bindings[network] = [hosts.neutron.dhcp_agent("c2")]  # somebody moved it
    guard.settle()
    assert guard.row("c1").state == "drained"
    down = [a["agent_type"] for a in hosts.neutron.tables["agents"].values() if not a["admin_state_up"]]
    assert sorted(down) == ["DHCP agent", "L3 agent"]
    writes = len(hosts.writes)
    guard.again()
    guard.settle()
    assert len(hosts.writes) == writes


def test_a_drained_host_comes_back_as_it_was(hosts: FakeHosts, bench: Make) -> None:
    hosts.add_host("c1", status="enabled", reason=None)
    agent = hosts.neutron.tables["agents"][hosts.neutron.l3_agent("c1")]
    agent["description"] = "rack 7"
    guard = bench()
    guard.wish("c1", "drained")
    guard.settle()
    assert agent["description"] == f"{OURS}drained | rack 7"
    guard.wish("c1", "enabled")
    guard.settle()
    assert (agent["description"], agent["admin_state_up"]) == ("rack 7", True)
    assert hosts.computes["c1"].body()["status"] == "enabled"


def test_the_program_that_moves_networks_is_run_and_what_it_cannot_move_is_named(
    hosts: FakeHosts, bench: Make
) -> None:
    hosts.add_host("c1", status="enabled", reason=None)
    hosts.neutron.add_network("n1", on=("c1",))
    left = '{"moves": [], "left": [{"kind": "dhcp", "item": "i", "name": "n1", "why": "nothing reaches it"}]}'
    guard = bench(drain_command=("sh", "-c", f"echo '{left}'; exit 1", "x", "{host}"))
    guard.wish("c1", "drained")
    _until(guard, lambda: "n1 stays: nothing reaches it" in guard.row("c1").waits)
    dhcp = hosts.neutron.tables["agents"][hosts.neutron.dhcp_agent("c1")]
    assert (guard.row("c1").state, dhcp["admin_state_up"]) == ("draining", True)


def test_guests_are_live_migrated_and_those_that_cannot_be_are_named(hosts: FakeHosts, bench: Make) -> None:
    hosts.add_host("c1", status="enabled", reason=None)
    hosts.add_host("c2", status="enabled", reason=None)
    for _ in range(5):
        hosts.add_server("c1")
    stopped = hosts.add_server("c1", status="SHUTOFF")
    guard = bench(migrate="live")
    guard.wish("c1", "drained")
    guard.settle()
    left = [s["id"] for s in hosts.servers.values() if s["OS-EXT-SRV-ATTR:host"] == "c1"]
    assert left == [stopped]
    assert f"cannot be live-migrated: {stopped} (SHUTOFF)" in guard.row("c1").waits


def test_a_failed_host_is_forced_down_only_once_it_is_fenced(hosts: FakeHosts, bench: Make) -> None:
    compute = hosts.add_host("c1", status="enabled", reason=None)
    hosts.add_host("c2", status="enabled", reason=None)
    server = hosts.add_server("c1")
    guard = bench(evacuate="nova")
    guard.wish("c1", "failed")
    guard.settle()
    assert (compute.status, compute.forced_down) == ("disabled", False)
    assert guard.row("c1").waits == "fencing is not confirmed"
    guard.wish("c1", "failed", fenced=True)
    guard.settle()
    assert compute.forced_down
    assert hosts.servers[server]["OS-EXT-SRV-ATTR:host"] == "c2"
    assert (guard.row("c1").state, guard.row("c1").waits) == ("failed", "")


def test_a_failed_host_that_is_fenced_needs_one_look(hosts: FakeHosts, bench: Make) -> None:
    """Disabled, forced down, its agents down: nothing waits for another look."""
    compute = hosts.add_host("c1", status="enabled", reason=None)
    guard = bench()
    guard.wish("c1", "failed", fenced=True)
    guard.guard.round()
    assert (compute.status, compute.forced_down, len(hosts.writes)) == ("disabled", True, 4)


def test_fencing_is_confirmed_by_a_program(hosts: FakeHosts, bench: Make) -> None:
    compute = hosts.add_host("c1", status="enabled", reason=None)
    guard = bench(fence_command=("true", "{host}"))
    guard.wish("c1", "failed")
    _until(guard, lambda: compute.forced_down)


def test_netbalance_is_told_what_became_of_a_host(hosts: FakeHosts, bench: Make, tmp_path: Any) -> None:
    hosts.add_host("c1", status="enabled", reason=None)
    told = tmp_path / "told"
    guard = bench(tell_command=("sh", "-c", f'echo "$1 $2" >> {told}', "tell", "{host}", "{state}"))
    guard.wish("c1", "failed", fenced=True)
    _until(guard, lambda: told.exists() and told.read_text() == "c1 failed\n")
    guard.wish("c1", "enabled")
    _until(guard, lambda: told.read_text() == "c1 failed\nc1 returned\n")
    for _ in range(5):
        guard.guard.round()
    assert len(told.read_text().splitlines()) == 2


def test_masakari_is_told_once(hosts: FakeHosts, bench: Make) -> None:
    hosts.add_host("c1", status="enabled", reason=None)
    guard = bench(evacuate="masakari")
    guard.wish("c1", "failed", fenced=True)
    guard.settle()
    guard.again()
    guard.settle()
    assert [n["hostname"] for n in hosts.notifications] == ["c1"]
    assert hosts.notifications[0]["type"] == "COMPUTE_HOST"


def test_an_evacuation_that_cannot_be_is_asked_so_often_and_then_named(hosts: FakeHosts, bench: Make) -> None:
    hosts.add_host("c1", status="enabled", reason=None)  # and there is no other
    server = hosts.add_server("c1")
    guard = bench(evacuate="nova", tries=2)
    guard.wish("c1", "failed", fenced=True)
    for _ in range(8):
        guard.guard.round()
    assert sum("action" in line for line in hosts.served.requests) == 2
    assert f"asked 2 times in vain: {server}" in guard.row("c1").waits


def test_a_host_is_removed_after_two_looks_and_never_while_it_reports(hosts: FakeHosts, bench: Make) -> None:
    compute = hosts.add_host("c1", reason=f"{OURS}drained")
    guard = bench(confirm_after=0.3)
    guard.wish("c1", "absent")
    guard.settle()
    assert "still reports" in guard.row("c1").waits
    compute.state = "down"
    hosts.neutron.set_host("c1", alive=False)
    guard.settle()
    assert "c1" in hosts.computes
    _until(guard, lambda: "c1" not in hosts.computes)
    guard.settle()
    assert not hosts.neutron.tables["agents"]
    assert guard.row("c1").state == "absent"


def test_a_host_with_guests_is_not_removed(hosts: FakeHosts, bench: Make) -> None:
    hosts.add_host("c1", state="down", reason=f"{OURS}drained")
    hosts.neutron.set_host("c1", alive=False)
    hosts.add_server("c1")
    guard = bench()
    guard.wish("c1", "absent")
    for _ in range(3):
        guard.guard.round()
    assert "c1" in hosts.computes
    assert "1 guests are still on it" in guard.row("c1").waits


def test_alarms_are_raised_and_cleared_once(hosts: FakeHosts, bench: Make) -> None:
    hosts.add_host("c1", status="enabled", reason=None)
    guard = bench()
    guard.wish("c1", "enabled")
    guard.settle()
    hosts.neutron.set_host("c1", alive=False)
    guard.settle()
    guard.again()
    guard.settle()
    raised = [e for e in _events(guard) if e["event"] == "alarm"]
    assert {(e["number"], e["about"], e["raised"]) for e in raised} == {
        ("300.003", "DHCP agent", True), ("300.003", "L3 agent", True),
        ("300.003", "Open vSwitch agent", True), ("300.004", "physnet0", True),
    }  # fmt: skip
    assert len(raised) == 4
    hosts.neutron.set_host("c1", alive=True)
    guard.settle()
    cleared = [e for e in _events(guard) if e["event"] == "alarm" and not e["raised"]]
    assert len(cleared) == 4


def test_a_host_that_is_not_wished_up_raises_no_alarm(hosts: FakeHosts, bench: Make) -> None:
    hosts.add_host("c1", status="enabled", reason=None)
    hosts.neutron.set_host("c1", alive=False)
    guard = bench()
    guard.wish("c1", "drained")
    guard.settle()
    assert [e for e in _events(guard) if e["event"] == "alarm"] == []


def test_an_unknown_host_is_said_and_keeps_nobody_else(hosts: FakeHosts, bench: Make) -> None:
    hosts.add_host("c1")
    guard = bench()
    guard.wish("b0", "enabled")
    guard.wish("c1", "enabled")
    guard.settle()
    assert guard.row("b0").state == "absent"
    assert "neither nova nor neutron knows it" in guard.row("b0").waits
    assert hosts.computes["c1"].status == "enabled"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429, 500, 503])
@pytest.mark.parametrize(
    "request_", ["GET /compute/v2.1/os-services", "GET /network", "PUT /compute", "PUT /network"]
)
def test_whatever_the_cloud_answers_it_ends_right(
    hosts: FakeHosts, bench: Make, status: int, request_: str
) -> None:
    hosts.add_host("c1", status="enabled", reason=None)
    hosts.served.faults.append(Fault(request_, status, times=2))
    guard = bench()
    guard.wish("c1", "drained")

    def done() -> bool:
        try:
            guard.guard.round()
        except CloudError:
            return False
        return bool(guard.row("c1").state == "drained")

    wait_for(done)
    writes = len(hosts.writes)
    guard.settle()
    assert (hosts.computes["c1"].reason, len(hosts.writes)) == (f"{OURS}drained", writes)


def test_somebody_who_is_faster_than_our_write_wins(hosts: FakeHosts, bench: Make) -> None:
    """The service is disabled by hand between the look that saw all gates open and the write."""
    compute = hosts.add_host("c1")
    guard = bench()
    guard.wish("c1", "enabled")
    answers = guard.guard._parts.answers
    inventory = answers._reader.inventory

    def and_meanwhile(host: str) -> bool:
        compute.reason = "Ann was here"
        return bool(inventory(host))

    answers._reader.inventory = and_meanwhile
    guard.settle()
    assert (hosts.writes, compute.reason) == ([], "Ann was here")


def test_a_write_whose_answer_is_lost_is_not_made_twice(hosts: FakeHosts, bench: Make) -> None:
    hosts.add_host("c1")
    hosts.served.faults.append(Fault("PUT /compute", 500, after=True))
    guard = bench()
    guard.wish("c1", "enabled")
    with pytest.raises(CloudError):
        guard.guard.round()
    guard.settle()
    assert len(hosts.writes) == 1


class _Killed(BaseException):
    """kill -9: nothing of ours is asked any more."""


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("state", ["enabled", "drained", "failed", "absent"])
def test_killed_between_every_two_writes_it_ends_right(
    hosts: FakeHosts, bench: Make, state: str, after: bool
) -> None:
    """Before and after each write in turn, with only what is on disk for the next life."""
    lives = 0
    at = 0
    while True:
        at += 1
        hosts.computes.clear()
        hosts.neutron.tables["agents"].clear()
        hosts.writes.clear()
        hosts.notifications.clear()
        up = state in ("drained", "failed")
        compute = hosts.add_host("c1", status="enabled" if up else "disabled")
        compute.reason = None if up else compute.reason
        if state == "absent":
            compute.state = "down"
            hosts.neutron.set_host("c1", alive=False)
        hosts.aggregates = {"rack": []}
        guard = bench(evacuate="masakari")
        (guard.folder / "hostguard.json").unlink(missing_ok=True)
        guard.again()
        guard.wish("c1", state, fenced=state == "failed", aggregates=("rack",))
        count = 0

        def allowed(last: int = at + after) -> None:
            nonlocal count
            count += 1
            if count == last:
                raise _Killed

        guard.allowed = allowed
        try:
            for _ in range(6):
                guard.guard.round()
        except _Killed:
            lives += 1
        else:
            break
        guard.allowed = lambda: None
        guard.again()
        for _ in range(6):
            guard.guard.round()
        expected = {
            "enabled": ("enabled", False),
            "drained": ("disabled", False),
            "failed": ("disabled", True),
        }
        if state == "absent":
            assert not hosts.computes and not hosts.neutron.tables["agents"]
        else:
            assert (compute.status, compute.forced_down) == expected[state]
        assert len(hosts.writes) == len(set(hosts.writes))
    assert lives >= 2 - after
