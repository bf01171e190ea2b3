"""Neutron's rows as the questions of ``reachability``."""

from functools import cache

from outboard.netbalance.model import Kind
from outboard.netbalance.reachability import Reach, Segment, router_agent, wiring
from outboard.netbalance.reading.rows import RouterRow
from outboard.netbalance.reading.survey import Survey


class SurveyReach:
    """Which agents can serve what, in one survey."""

    def __init__(self, survey: Survey) -> None:
        wirings = (wiring(row.agent_type, row.host, row.configurations) for row in survey.agents if row.alive)
        hosting = survey.hosting_agents
        self._reach = Reach(
            [each for each in wirings if each is not None],
            {id_: row.host for id_, (kind, row) in hosting.items() if kind is Kind.DHCP},
            {
                id_: router_agent(row.host, row.configurations)
                for id_, (kind, row) in hosting.items()
                if kind is Kind.L3
            },
        )
        self._networks = {network.id: network for network in survey.networks}
        self._segments = cache(self._find_segments)

    def dhcp(self, network: str) -> frozenset[str]:
        """The DHCP agents that can serve a network."""
        return self._reach.dhcp(self._segments(network))

    def l3(self, router: RouterRow, networks: frozenset[str]) -> frozenset[str]:
        """The L3 agents that can host a router with ports in ``networks``."""
        external = router.external_gateway_info and router.external_gateway_info.network_id
        needed = networks | {external} if external else networks
        return self._reach.l3(frozenset(map(self._segments, needed)), router.distributed, external or None)

    def _find_segments(self, network: str) -> frozenset[Segment]:
        row = self._networks.get(network)
        segments = row.all_segments() if row else ()
        return frozenset(Segment(each.kind or "", each.physical_network) for each in segments)
