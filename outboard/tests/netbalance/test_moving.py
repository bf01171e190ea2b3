"""Moves as neutron sees them: what is asked in which order, and where an item ends when something fails."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from outboard.corpus.fake_neutron import FakeNeutron
from outboard.corpus.loopback import HALF, Fault
from outboard.journal import Journal
from outboard.leader import NotLeaderError
from outboard.netbalance.model import Move, Reason
from outboard.netbalance.moving.mover import Mover
from outboard.netbalance.moving.places import Places
from outboard.netbalance.moving.results import Intent, Outcome, Result
from outboard.netbalance.reading.look import Reader
from outboard.netbalance.signals import HostMark

# openstacksdk warns of a setting nobody made.
pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")

Make = Callable[..., Mover]


def places(reader: Reader, **marks: HostMark) -> Places:
    look = reader.look(marks)
    return Places(look.state, look.portless)


def dhcp(neutron: FakeNeutron, item: str, source: str | None, target: str | None) -> Move:
    return Move(
        item, source and neutron.dhcp_agent(source), target and neutron.dhcp_agent(target), Reason.LOAD
    )


def l3(neutron: FakeNeutron, item: str, source: str | None, target: str | None) -> Move:
    return Move(item, source and neutron.l3_agent(source), target and neutron.l3_agent(target), Reason.LOAD)


def made(neutron: FakeNeutron) -> list[str]:
    """The writes, in short: + added, - removed, x port deleted."""
    return [
        {"POST": "+", "DELETE": "x" if "/ports/" in line else "-"}[line.split()[0]] for line in neutron.writes
    ]


def one(outcomes: list[Outcome]) -> Outcome:
    (outcome,) = outcomes
    return outcome


def test_dhcp_is_made_before_it_is_broken(neutron: FakeNeutron, reader: Reader, make_mover: Make) -> None:
    network = neutron.add_network("n", on=("a",))
    here = places(reader)
    neutron.ready_after = 0.7
    at_removal: list[list[str]] = []
    neutron.before = lambda line: at_removal.append(neutron.hosts(network)) if "DELETE /net" in line else None
    outcome = one(make_mover(settle=0.5).make([dhcp(neutron, network, "a", "b")], here))
    assert outcome.result is Result.DONE and outcome.seconds >= 0.7 + 0.5
    assert at_removal[0] == ["a", "b"]
    assert made(neutron) == ["+", "-", "x"]
    assert neutron.hosts(network) == ["b"]
    assert [port["binding:host_id"] for port in neutron.tables["ports"].values()] == ["b"]


def test_reserved_ports_are_deleted_when_all_have_moved(
    neutron: FakeNeutron, reader: Reader, make_mover: Make
) -> None:
    networks = [neutron.add_network(f"n{number}", on=("a",)) for number in range(6)]
    moves = [dhcp(neutron, network, "a", "b") for network in networks]
    make_mover(in_flight=2).make(moves, places(reader))
    assert made(neutron)[-7:] == ["-", *"xxxxxx"]
    assert len(neutron.tables["ports"]) == 6


def test_dhcp_address_may_be_kept(neutron: FakeNeutron, reader: Reader, make_mover: Make) -> None:
    network = neutron.add_network("n", on=("a",))
    (port,) = neutron.tables["ports"]
    mover = make_mover(keep_dhcp_address=True)
    assert one(mover.make([dhcp(neutron, network, "a", "b")], places(reader))).result is Result.DONE
    assert made(neutron) == ["-", "+"]
    assert list(neutron.tables["ports"]) == [port]


def test_dhcp_of_a_dead_agent_keeps_its_address(
    neutron: FakeNeutron, reader: Reader, make_mover: Make
) -> None:
    network = neutron.add_network("n", on=("a",))
    (port,) = neutron.tables["ports"]
    here = places(reader, a=HostMark.FAILED)
    assert one(make_mover().make([dhcp(neutron, network, "a", "b")], here)).result is Result.DONE
    assert list(neutron.tables["ports"]) == [port]


def test_dhcp_target_that_does_not_serve(neutron: FakeNeutron, reader: Reader, make_mover: Make) -> None:
    network = neutron.add_network("n", on=("a",))
    neutron.broken.add("b")
    outcome = one(make_mover(agent_timeout=1.0).make([dhcp(neutron, network, "a", "b")], places(reader)))
    assert outcome.result is Result.ELSEWHERE
    assert neutron.hosts(network) == ["c"]


def test_dhcp_that_nothing_else_serves_stays(neutron: FakeNeutron, reader: Reader, make_mover: Make) -> None:
    network = neutron.add_network("n", on=("a",))
    neutron.broken |= {"b", "c"}
    outcome = one(make_mover(agent_timeout=1.0).make([dhcp(neutron, network, "a", "b")], places(reader)))
    assert outcome.result is Result.FAILED and "not served on b within" in outcome.why
    assert neutron.hosts(network) == ["a"]


def test_network_without_dhcp_waits_for_no_port(
    neutron: FakeNeutron, reader: Reader, make_mover: Make
) -> None:
    network = neutron.add_network("n", on=("a",), dhcp=False)
    assert one(make_mover().make([dhcp(neutron, network, "a", "b")], places(reader))).result is Result.DONE
    assert neutron.hosts(network) == ["b"]


def test_surplus_is_removed_but_never_the_last(
    neutron: FakeNeutron, reader: Reader, make_mover: Make
) -> None:
    network = neutron.add_network("n", on=("a", "b"))
    here = places(reader)
    moves = [dhcp(neutron, network, "a", None), dhcp(neutron, network, "b", None)]
    assert [each.result for each in make_mover().make(moves, here)] == [Result.DONE, Result.FAILED]
    assert neutron.hosts(network) == ["b"]


def test_ha_router_has_a_standby_first(neutron: FakeNeutron, reader: Reader, make_mover: Make) -> None:
    router = neutron.add_router("r", ha=True, networks=(neutron.add_network("n", on=("a",)),), on=("a", "b"))
    here = places(reader)
    neutron.ready_after = 0.7
    assert one(make_mover().make([l3(neutron, router, "a", "c")], here)).result is Result.DONE
    assert made(neutron) == ["+", "-"]
    assert neutron.hosts(router) == ["b", "c"]


def test_ha_target_that_never_stands_by(neutron: FakeNeutron, reader: Reader, make_mover: Make) -> None:
    router = neutron.add_router("r", ha=True, networks=(neutron.add_network("n", on=("a",)),), on=("a", "b"))
    neutron.broken.add("c")
    assert (
        one(make_mover(agent_timeout=1.0).make([l3(neutron, router, "a", "c")], places(reader))).result
        is Result.FAILED
    )
    assert neutron.hosts(router) == ["a", "b"]


def test_legacy_router(neutron: FakeNeutron, reader: Reader, make_mover: Make) -> None:
    router = neutron.add_router("r", networks=(neutron.add_network("n"),), on=("a",))
    assert one(make_mover().make([l3(neutron, router, "a", "b")], places(reader))).result is Result.DONE
    assert made(neutron) == ["-", "+"]
    assert neutron.hosts(router) == ["b"]


def test_legacy_router_that_neutron_places_first(
    neutron: FakeNeutron, reader: Reader, make_mover: Make
) -> None:
    router = neutron.add_router("r", networks=(neutron.add_network("n"),), on=("a",))

    def neutron_was_faster(line: str) -> None:
        if line.startswith("POST"):
            neutron.before = lambda _: None
            neutron._bind(neutron.l3_agent("c"), router)

    here = places(reader)
    neutron.before = neutron_was_faster
    outcome = one(make_mover().make([l3(neutron, router, "a", "b")], here))
    assert outcome.result is Result.ELSEWHERE and outcome.target == neutron.l3_agent("c")
    assert neutron.hosts(router) == ["c"]


@pytest.mark.parametrize(("refusing", "end"), [("b", "c"), ("bc", "a")])
def test_legacy_router_is_taken_by_another_or_stays(
    neutron: FakeNeutron, reader: Reader, make_mover: Make, refusing: str, end: str
) -> None:
    router = neutron.add_router("r", networks=(neutron.add_network("n"),), on=("a",))
    here = places(reader)
    for host in refusing:
        neutron.set_host(host, admin_state_up=False)
    outcome = one(make_mover().make([l3(neutron, router, "a", "b")], here))
    assert outcome.result is (Result.ELSEWHERE if end == "c" else Result.FAILED)
    assert neutron.hosts(router) == [end]


@pytest.mark.parametrize("status", [429, 500, 503, HALF])
@pytest.mark.parametrize("after", [False, True], ids=["not done", "done"])
@pytest.mark.parametrize("write", ["POST", "DELETE"])
def test_a_write_whose_answer_is_lost(
    neutron: FakeNeutron, reader: Reader, make_mover: Make, status: int, after: bool, write: str
) -> None:
    router = neutron.add_router("r", networks=(neutron.add_network("n", on=("a",)),), on=("a",))
    network = neutron.add_network("m", on=("a",))
    here = places(reader)
    for below in ("l3-routers", "dhcp-networks"):
        neutron.served.faults.append(Fault(f"{write} .*/{below}", status, after=after))
    moves = [l3(neutron, router, "a", "b"), dhcp(neutron, network, "a", "b")]
    outcomes = make_mover().make(moves, here)
    assert [each.result for each in outcomes] == [Result.DONE] * 2
    assert neutron.hosts(router) == neutron.hosts(network) == ["b"]


def test_neutron_goes_away_between_the_halves(
    neutron: FakeNeutron, reader: Reader, make_mover: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outboard.netbalance.moving.hands._FIRST_WAIT", 0.0)
    router = neutron.add_router("r", networks=(neutron.add_network("n"),), on=("a",))
    here = places(reader)
    neutron.served.faults += [Fault("POST ", 503, times=99), Fault("GET .*/l3-agents", 503, times=99)]
    mover = make_mover()
    assert one(mover.make([l3(neutron, router, "a", "b")], here)).result is Result.UNHOSTED
    assert neutron.hosts(router) == []
    neutron.served.faults.clear()
    assert one(mover.repair(places(reader))).result is Result.DONE
    assert neutron.hosts(router) == ["b"]
    assert not Journal(tmp_path / "moves.journal", Intent).open()


def test_nothing_is_written_without_the_lease(
    neutron: FakeNeutron, reader: Reader, make_mover: Make, tmp_path: Path
) -> None:
    routers = [
        neutron.add_router(f"r{number}", networks=(neutron.add_network(f"n{number}"),), on=("a",))
        for number in range(4)
    ]
    here = places(reader)
    left = [3]

    def require() -> None:
        left[0] -= 1
        if left[0] < 0:
            raise NotLeaderError("lost")

    mover = make_mover(require)
    with pytest.raises(NotLeaderError):
        mover.make([l3(neutron, router, "a", "b") for router in routers], here)
    assert len(neutron.writes) <= 3
    left[0] = 99
    mover.repair(places(reader))
    assert all(len(neutron.hosts(router)) == 1 for router in routers)


def test_pace(neutron: FakeNeutron, reader: Reader, make_mover: Make) -> None:
    networks = [neutron.add_network(f"n{number}", on=("a",), dhcp=False) for number in range(6)]
    here = places(reader)
    mover = make_mover(moves_per_minute=120, burst=2)  # one in half a second
    outcomes = mover.make([dhcp(neutron, network, "a", "b") for network in networks], here)
    assert {each.result for each in outcomes} == {Result.DONE}


def test_journal_is_written_before_neutron_is_asked(
    neutron: FakeNeutron, reader: Reader, make_mover: Make, tmp_path: Path
) -> None:
    router = neutron.add_router("r", networks=(neutron.add_network("n"),), on=("a",))
    here = places(reader)
    seen: list[list[str]] = []

    def look(line: str) -> None:
        lines = (tmp_path / "moves.journal").read_text().splitlines()
        seen.append([json.loads(each)["entry"]["item"] for each in lines])

    neutron.before = look
    make_mover().make([l3(neutron, router, "a", "b")], here)
    assert all(each == [router] for each in seen) and len(seen) == 3
