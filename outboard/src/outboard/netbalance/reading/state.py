"""Neutron's lists and the bindings, as the state that is planned on."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from outboard.cloud import CloudError
from outboard.cloud import Kind as Error
from outboard.netbalance.model import Agent, Item, Kind, State, Style
from outboard.netbalance.reading.reach import SurveyReach
from outboard.netbalance.reading.rows import HA_PORT, ROUTER_PORTS, PortRow
from outboard.netbalance.reading.survey import Survey
from outboard.netbalance.settings import NetBalanceSection
from outboard.netbalance.signals import HostMark

Bindings = Mapping[str, frozenset[str]]


@dataclass
class Usual:
    """How many agents an item of a style usually has: what most had at the best of times."""

    replicas: dict[Style, int] = field(default_factory=dict)

    def see(self, style: Style, counts: list[int]) -> None:
        """Learn from the items that are hosted."""
        if counts:
            most = Counter(counts).most_common()
            best = max(count for count, times in most if times == most[0][1])
            self.replicas[style] = max(best, self.replicas.get(style, 1))


def build(
    survey: Survey,
    bindings: Bindings,
    marks: Mapping[str, HostMark],
    section: NetBalanceSection,
    usual: Usual,
    frozen: Mapping[str, float],
) -> State:
    """The state; ``frozen`` is until when an item stays. Raises ``CloudError`` where rights are lacking."""
    if survey.networks and all(segment.kind is None for n in survey.networks for segment in n.all_segments()):
        raise CloudError(
            Error.REFUSED, "neutron does not show provider:network_type of any network: the role lacks rights"
        )
    agents = {
        id_: Agent(
            id_, kind, row.host, row.availability_zone or "",
            alive=row.alive and marks.get(row.host) is not HostMark.FAILED,
            enabled=row.admin_state_up,
            drained=marks.get(row.host) is HostMark.DRAINING,
        )
        for id_, (kind, row) in survey.hosting_agents.items()
    }  # fmt: skip
    bound = {item: on & agents.keys() for item, on in bindings.items()}
    items = _networks(survey, bound, section, usual, frozen) | _routers(survey, bound, section, usual, frozen)
    return State(
        agents, items, {item: bound.get(item, frozenset()) for item in items}, _active(survey, agents)
    )


def _networks(
    survey: Survey, bound: Bindings, section: NetBalanceSection, usual: Usual, frozen: Mapping[str, float]
) -> dict[str, Item]:
    subnets = Counter(subnet.network_id for subnet in survey.subnets if subnet.enable_dhcp)
    # Each segment of a routed network needs a DHCP agent of its own: neutron places those, we do not.
    routed = {subnet.network_id for subnet in survey.subnets if subnet.segment_id}
    usual.see(Style.DHCP, [len(bound[id_]) for id_ in subnets if bound.get(id_)])
    wanted = section.dhcp_replicas or usual.replicas.get(Style.DHCP, 1)
    reach = SurveyReach(survey)
    return {
        network.id: Item(
            network.id, Kind.DHCP, Style.DHCP, network.name,
            weight=max(1, subnets[network.id]) if section.weight == "ports" else 1,
            replicas=wanted if subnets[network.id] else len(bound[network.id]),
            zones=tuple(network.availability_zone_hints),
            reachable=reach.dhcp(network.id),
            frozen_until=frozen.get(network.id, 0.0),
        )
        for network in survey.networks
        if network.id not in routed and (subnets[network.id] or bound.get(network.id))
    }  # fmt: skip


def _routers(
    survey: Survey, bound: Bindings, section: NetBalanceSection, usual: Usual, frozen: Mapping[str, float]
) -> dict[str, Item]:
    ports: dict[str, list[PortRow]] = defaultdict(list)
    for port in survey.ports:
        if port.device_owner in ROUTER_PORTS:
            ports[port.device_id].append(port)
    usual.see(Style.HA, [len(bound[r.id]) for r in survey.routers if r.ha and bound.get(r.id)])
    reach = SurveyReach(survey)
    items = {}
    for router in survey.routers:
        # A distributed one too may be HA: its SNAT part has replicas then.
        style = Style.HA if router.ha else Style.DVR if router.distributed else Style.LEGACY
        needed = ports[router.id] and (not router.distributed or router.external_gateway_info)
        if not needed and not bound.get(router.id):
            continue  # neutron gives it an agent when it gets a port
        legs = {port.network_id for port in ports[router.id] if port.device_owner != HA_PORT}
        wanted = section.ha_replicas or usual.replicas.get(Style.HA, 1)
        items[router.id] = Item(
            router.id, Kind.L3, style, router.name,
            weight=max(1, len(legs)) if section.weight == "ports" else 1,
            replicas=wanted if router.ha else 1,
            zones=tuple(router.availability_zone_hints),
            reachable=reach.l3(router, frozenset(port.network_id for port in ports[router.id])),
            frozen_until=frozen.get(router.id, 0.0),
        )  # fmt: skip
    return items


def _active(survey: Survey, agents: Mapping[str, Agent]) -> dict[str, str]:
    """HA router: the agent that is master; neutron moves its ports to that one's host."""
    on_host = {agent.host: agent.id for agent in agents.values() if agent.kind is Kind.L3}
    owner = "network:ha_router_replicated_interface"
    return {
        port.device_id: on_host[port.host]
        for port in survey.ports
        if port.device_owner == owner and port.host in on_host
    }
