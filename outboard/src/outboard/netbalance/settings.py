"""``[netbalance]`` of the settings."""

from typing import Annotated, Literal

import msgspec

from outboard.netbalance.policy import Policy
from outboard.settings import Seconds, ServiceSection, listen_address

Count = Annotated[int, msgspec.Meta(ge=0, le=100)]
InFlight = Annotated[int, msgspec.Meta(ge=1, le=256)]


class NetBalanceSection(ServiceSection, frozen=True):
    """How often it looks, how fast it moves, what an item costs."""

    audit_interval: Seconds = 15.0  # between two looks at agents, networks and routers
    reread: Seconds = 3600.0  # after which every agent is asked what it hosts, changed or not
    hold_off: Annotated[float, msgspec.Meta(ge=0, le=86400)] = 30.0  # quiet time after a change of agents
    cool_down: Annotated[float, msgspec.Meta(ge=0, le=86400)] = 1800.0  # a moved item stays that long
    moves_per_minute: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 600
    burst: InFlight = 20  # moves that may begin at once after a quiet time
    in_flight: InFlight = 12  # moves at once; more only makes each of them slower, see the benchmarks
    requests_at_once: Annotated[int, msgspec.Meta(ge=1, le=64)] = 4
    legacy_in_flight: InFlight = 8  # routers that are down at once, for they are moved
    agent_timeout: Seconds = 60.0  # for an agent to serve what was added to it
    # From a new DHCP port that is ACTIVE to the end of the old one: that is wired, dnsmasq starts later.
    settle: Annotated[float, msgspec.Meta(ge=0, le=60)] = 2.0
    keep_dhcp_address: bool = False  # remove, then add: the DHCP server keeps its address, with a gap
    wait_for_agents: bool = True  # false: a binding is enough, nobody waits for ports to be ACTIVE
    dhcp_replicas: Count = 0  # neutron's dhcp_agents_per_network; 0: as many as most networks have
    ha_replicas: Count = 0  # neutron's max_l3_agents_per_router; 0: as many as most HA routers have
    weight: Literal["one", "ports"] = "one"  # what an item costs its agent: 1, or its subnets or interfaces
    rebalance: bool = True  # false: only what has to be moved is, uneven load stays
    uneven_by: Count = 1  # an agent gives away when it is above its fair share by more than this,
    uneven_part: Annotated[float, msgspec.Meta(ge=0, le=10)] = 0.1  # and by more than this part of it
    spread: bool = True  # replicas in as many zones as there are
    listen: str = ""  # ADDRESS:PORT to be told of hosts on; empty: only by `tell`
    token_file: str = ""  # its first line is the bearer token callers need

    def policy(self) -> Policy:
        """What a plan is made by."""
        return Policy(
            absolute=self.uneven_by, relative=self.uneven_part, rebalance=self.rebalance, spread=self.spread
        )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.listen:
            listen_address(self.listen)
            if not self.token_file:
                raise ValueError("listen needs token_file: whoever may ask can empty hosts")
