"""Neutron's lists become the state; who hosts what is asked only where something changed."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from outboard.cloud import CloudError, Kind
from outboard.corpus.fake_neutron import FakeNeutron
from outboard.corpus.loopback import HALF, HANG, Fault
from outboard.netbalance.model import Style
from outboard.netbalance.neutron import Neutron
from outboard.netbalance.reading.look import Reader, Remembered
from outboard.netbalance.settings import NetBalanceSection
from outboard.netbalance.signals import HostMark
from outboard.state import StateFile

# openstacksdk warns of a setting nobody made.
pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")


def asked(neutron: FakeNeutron) -> int:
    count = len(neutron.served.requests)
    neutron.served.requests.clear()
    return count


def test_state(neutron: FakeNeutron, reader: Reader) -> None:
    tunnel = neutron.add_network("tunnel", on=("a", "b"))
    rack = neutron.add_network("rack", kind="vlan", physical="rack9", on=("c",))
    quiet = neutron.add_network("quiet", dhcp=False)
    router = neutron.add_router("r", networks=(tunnel, rack), on=("c",))
    ha = neutron.add_router("ha", networks=(tunnel,), ha=True, on=("b", "a"))
    unused = neutron.add_router("unused")
    neutron.set_host("b", admin_state_up=False)
    state = reader.look({"a": HostMark.DRAINING, "b": HostMark.FAILED}).state
    assert state.items.keys() == {tunnel, rack, router, ha}
    assert quiet not in state.items and unused not in state.items
    dhcp, l3 = neutron.dhcp_agent, neutron.l3_agent
    assert state.bindings[tunnel] == {dhcp("a"), dhcp("b")}
    assert state.items[tunnel].reachable == {dhcp("a"), dhcp("b"), dhcp("c")}
    assert state.items[rack].reachable == {dhcp("c")}
    assert state.items[router].reachable == {l3("c")}
    assert [state.items[each].style for each in (tunnel, router, ha)] == [Style.DHCP, Style.LEGACY, Style.HA]
    assert (state.items[ha].replicas, state.items[router].replicas) == (2, 1)
    assert state.agents[dhcp("a")].drained and state.agents[dhcp("a")].alive
    assert not state.agents[l3("b")].alive and not state.agents[l3("b")].enabled


@pytest.mark.parametrize("hosts", [3, 60])
def test_nothing_to_do_costs_five_requests(neutron: FakeNeutron, reader: Reader, hosts: int) -> None:
    for number in range(hosts):
        neutron.add_host(f"h{number}")
        neutron.add_network(f"n{number}", on=(f"h{number}",))
    first = reader.look({}).state
    asked(neutron)
    assert reader.look({}).state == first
    assert asked(neutron) == 5


def test_a_change_asks_only_the_agents_it_is_about(neutron: FakeNeutron, reader: Reader) -> None:
    network = neutron.add_network("n", on=("a",))
    reader.look({})
    neutron.bindings[network].clear()
    neutron.tables["ports"].clear()
    neutron._bind(neutron.dhcp_agent("b"), network)  # as neutron's own failover does
    asked(neutron)
    assert reader.look({}).state.bindings[network] == {neutron.dhcp_agent("b")}
    assert asked(neutron) == 5 + 2


def test_pages(neutron: FakeNeutron, reader: Reader) -> None:
    networks = {neutron.add_network(f"n{number}", on=("a", "b")) for number in range(25)}
    neutron.page = 10
    state = reader.look({}).state
    assert state.items.keys() == networks
    assert all(len(state.bindings[network]) == 2 for network in networks)


def test_what_is_known_survives_the_process(
    neutron: FakeNeutron, client: Neutron, pool: ThreadPoolExecutor, tmp_path: Path
) -> None:
    network = neutron.add_network("n", on=("a", "b", "c"))
    neutron.add_network("m", on=("a", "b", "c"))
    file = StateFile(tmp_path / "known.json", Remembered, number=1)
    first = Reader(client, pool, NetBalanceSection(), file)
    first.look({})
    first.save()
    neutron._remove(neutron.dhcp_agent("a"), network, "networks")
    asked(neutron)
    again = Reader(client, pool, NetBalanceSection(), file).look({}).state
    assert asked(neutron) == 5 + 1
    assert again.items[network].replicas == 3  # not two, though only one network has three now
    assert len(again.bindings[network]) == 2


@pytest.mark.parametrize("status", [429, 500, 503, HALF, HANG])
def test_neutron_that_is_away_once_is_asked_again(neutron: FakeNeutron, reader: Reader, status: int) -> None:
    network = neutron.add_network("n", on=("a",))
    neutron.served.faults.append(Fault("GET .*/networks$", status))
    assert network in reader.look({}).state.items


@pytest.mark.parametrize(
    ("status", "kind", "requests"), [(503, Kind.AWAY, 4), (HALF, Kind.AWAY, 4), (403, Kind.REFUSED, 1)]
)
def test_neutron_that_stays_away(
    neutron: FakeNeutron, reader: Reader, status: int, kind: Kind, requests: int
) -> None:
    neutron.served.faults.append(Fault("/ports$", status, times=99))
    with pytest.raises(CloudError, match="GET /ports: ") as caught:
        reader.look({})
    assert caught.value.kind is kind
    assert sum("/ports" in line for line in neutron.served.requests) == requests


def test_a_token_that_expires(neutron: FakeNeutron, reader: Reader) -> None:
    network = neutron.add_network("n", on=("a",))
    reader.look({})
    neutron.served.expire_tokens()
    assert network in reader.look({}).state.items


def test_rights_that_show_no_segments(neutron: FakeNeutron, reader: Reader) -> None:
    neutron.add_network("n", on=("a",))
    for row in neutron.tables["networks"].values():
        del row["provider:network_type"]
    with pytest.raises(CloudError, match="rights") as caught:
        reader.look({})
    assert caught.value.kind is Kind.REFUSED


def test_an_agent_of_an_unknown_type_is_left_alone(neutron: FakeNeutron, reader: Reader) -> None:
    neutron._agent("Flux agent", "a", "nova", {"bridge_mappings": 7, "tunnel_types": None})
    network = neutron.add_network("n", on=("a",))
    assert reader.look({}).state.bindings[network] == {neutron.dhcp_agent("a")}
