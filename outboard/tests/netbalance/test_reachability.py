"""Which agents reach a network, in neutron's sense."""

import pytest
from outboard.netbalance.reachability import Reach, RouterAgent, Segment, Wiring, router_agent, wiring

VLAN = Segment("vlan", "physnet0")
FLAT_OUT = Segment("flat", "public")
VXLAN = Segment("vxlan")
OVS = {"bridge_mappings": {"physnet0": "br0"}, "tunnel_types": ["vxlan"]}


def on(agent_type: str, configurations: dict[str, object], segment: Segment) -> bool:
    one = wiring(agent_type, "h", configurations)
    return one is not None and one.carries(segment)


@pytest.mark.parametrize(
    ("agent_type", "configurations", "segment", "expected"),
    [
        ("Open vSwitch agent", OVS, VLAN, True),
        ("Open vSwitch agent", OVS, Segment("flat", "physnet0"), True),
        ("Open vSwitch agent", OVS, Segment("vlan", "physnet1"), False),
        ("Open vSwitch agent", OVS, VXLAN, True),
        ("Open vSwitch agent", OVS, Segment("geneve"), False),
        ("Open vSwitch agent", OVS, Segment("local"), True),
        ("Open vSwitch agent", {}, VXLAN, False),
        ("Linux bridge agent", {"interface_mappings": {"physnet0": "eth1"}}, VLAN, True),
        ("OVN Controller agent", {"bridge-mappings": "physnet0:br-ex,physnet1:br1"}, VLAN, True),
        ("OVN Controller agent", {"bridge-mappings": ""}, VLAN, False),
        ("OVN Controller Gateway agent", {}, Segment("geneve"), True),
        # SR-IOV mappings never count, whatever the agent claims.
        ("NIC Switch agent", {"device_mappings": {"physnet0": ["eth1"]}, **OVS}, VLAN, False),
        ("Macvtap agent", {"interface_mappings": {"physnet0": "eth1"}}, VLAN, False),
        ("An agent of next year", OVS, VLAN, False),
        ("Open vSwitch agent", {"bridge_mappings": None, "tunnel_types": 7}, VXLAN, False),
        ("Open vSwitch agent", {"bridge_mappings": {}, "tunnel_types": [None, "vxlan"]}, VXLAN, True),
    ],
)
def test_a_segment_is_carried_as_neutron_says(
    agent_type: str, configurations: dict[str, object], segment: Segment, expected: bool
) -> None:
    assert on(agent_type, configurations, segment) is expected


def reach(**l3: RouterAgent) -> Reach:
    wirings = [
        Wiring("a", frozenset({"physnet0", "public"}), frozenset({"vxlan"})),
        Wiring("b", frozenset({"physnet0"}), frozenset({"vxlan"})),
        Wiring("c", frozenset(), frozenset({"vxlan"})),
    ]
    return Reach(wirings, {"da": "a", "db": "b", "dc": "c", "dead-l2": "d"}, l3)


def test_dhcp_needs_any_segment_of_the_network() -> None:
    agents = reach()
    assert agents.dhcp(frozenset({VLAN})) == {"da", "db"}
    assert agents.dhcp(frozenset({VLAN, VXLAN})) == {"da", "db", "dc"}
    assert agents.dhcp(frozenset()) == frozenset()


def test_a_router_needs_all_its_networks_and_the_way_out() -> None:
    agents = reach(ra=RouterAgent("a"), rb=RouterAgent("b"), rc=RouterAgent("c"))
    vlan, vxlan, out = frozenset({VLAN}), frozenset({VXLAN}), frozenset({FLAT_OUT})
    assert agents.l3(frozenset({vxlan}), False, None) == {"ra", "rb", "rc"}
    assert agents.l3(frozenset({vxlan, vlan}), False, None) == {"ra", "rb"}
    assert agents.l3(frozenset({vxlan, vlan, out}), False, "ext") == {"ra"}


@pytest.mark.parametrize(
    ("configurations", "distributed", "external", "expected"),
    [
        ({}, False, "ext", True),
        ({"agent_mode": "legacy"}, True, "ext", False),
        ({"agent_mode": "dvr_snat"}, True, "ext", True),
        ({"agent_mode": "dvr_snat"}, False, "ext", True),
        ({"agent_mode": "dvr"}, True, "ext", False),
        ({"agent_mode": "dvr_no_external"}, False, None, False),
        ({"handle_internal_only_routers": False}, False, None, False),
        ({"handle_internal_only_routers": False}, False, "ext", True),
        ({"gateway_external_network_id": "other"}, False, "ext", False),
        ({"gateway_external_network_id": "other"}, False, None, True),
    ],
)
def test_a_router_agent_takes_what_its_mode_allows(
    configurations: dict[str, object], distributed: bool, external: str | None, expected: bool
) -> None:
    agent = router_agent("a", configurations)
    assert agent.takes(distributed=distributed, external_network=external) is expected


def test_equal_reach_is_one_object() -> None:
    agents = reach(ra=RouterAgent("a"), rb=RouterAgent("b"))
    other = Segment("flat", "physnet0")
    assert agents.dhcp(frozenset({VLAN})) is agents.dhcp(frozenset({other}))
