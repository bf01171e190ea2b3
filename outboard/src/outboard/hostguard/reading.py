"""Looks at all hosts in four lists, and the few questions that cost more. Reads only."""

from collections.abc import Iterable, Mapping
from typing import Any

from outboard.cloud import Cloud
from outboard.hostguard.model import Agent, Guest, Service, View

_COMPUTE = "nova-compute"
_HOSTED = {"DHCP agent": "dhcp_agent_hosting_networks", "L3 agent": "agent_hosted_routers"}


class Reader:
    """Each call raises ``CloudError``."""

    def __init__(self, cloud: Cloud, *, network: bool) -> None:
        self._cloud = cloud
        self._network = network
        self._providers: dict[str, list[str]] = {}  # host: its hypervisors, which are placement's providers

    def look(self, hosts: Iterable[str]) -> dict[str, View]:
        """A view of each host, whether the cloud knows it or not: nova is asked first, then neutron."""
        with self._cloud.asking() as connection:
            compute = connection.compute
            services = {each.host: _service(each) for each in compute.services(binary=_COMPUTE)}
            self._providers = {}
            for each in compute.hypervisors(details=True):
                host = str((each.service_details or {}).get("host"))
                self._providers.setdefault(host, []).append(each.id)
            aggregates = {each.name: frozenset(each.hosts or ()) for each in compute.aggregates()}
            agents: dict[str, list[Agent]] = {}
            for each in connection.network.agents() if self._network else ():
                agents.setdefault(each.host, []).append(_agent(each))
        return {
            host: View(
                host=host,
                service=services.get(host),
                agents=tuple(sorted(agents.get(host, ()), key=lambda agent: (agent.kind, agent.id))),
                mapped=host in self._providers,
                member=frozenset(name for name, members in aggregates.items() if host in members),
                aggregates=frozenset(aggregates),
            )
            for host in hosts
        }

    def service(self, host: str) -> Service | None:
        """Its nova-compute now."""
        with self._cloud.asking() as connection:
            found = list(connection.compute.services(binary=_COMPUTE, host=host))
        return next((_service(each) for each in found if each.host == host), None)

    def agent(self, agent: str) -> Agent:
        """An agent now."""
        with self._cloud.asking() as connection:
            return _agent(connection.network.get_agent(agent))

    def inventory(self, host: str) -> bool:
        """Whether each of its resource providers has inventory; one request for each."""
        with self._cloud.asking() as connection:
            answers = [
                connection.placement.get(f"/resource_providers/{provider}/inventories")
                for provider in self._providers.get(host, ())
            ]
            for answer in answers:
                if answer.status_code not in (200, 404):
                    _raise(answer)
        return bool(answers) and all(
            answer.status_code == 200 and answer.json().get("inventories") for answer in answers
        )

    def hosted(self, agents: Iterable[Agent]) -> dict[str, int]:
        """Agent: how many networks or routers are on it; one request for each."""
        counts = {}
        for agent in agents:
            if agent.kind in _HOSTED:
                with self._cloud.asking() as connection:
                    counts[agent.id] = sum(
                        1 for _ in getattr(connection.network, _HOSTED[agent.kind])(agent.id)
                    )
        return counts

    def guests(self, host: str) -> tuple[Guest, ...]:
        """The servers nova has on it, of all projects."""
        with self._cloud.asking() as connection:
            found = connection.compute.servers(details=True, all_projects=True, compute_host=host)
            return tuple(
                Guest(each.id, str(each.status or ""), busy=bool(each.task_state))
                for each in found
                if each.compute_host in (host, None)
            )


def _raise(answer: Any) -> None:
    from openstack.exceptions import raise_from_response

    raise_from_response(answer)


def _service(row: Any) -> Service | None:
    """``None`` for one whose cell does not answer: nothing is known of it."""
    if row.status not in ("enabled", "disabled"):
        return None
    return Service(
        id=str(row.id), enabled=row.status == "enabled", up=row.state == "up",
        forced_down=bool(row.is_forced_down), reason=str(row.disabled_reason or ""),
    )  # fmt: skip


def _agent(row: Any) -> Agent:
    configuration = row.configuration if isinstance(row.configuration, Mapping) else {}
    mappings = configuration.get("bridge_mappings")
    return Agent(
        id=row.id, kind=str(row.agent_type), alive=bool(row.is_alive), enabled=bool(row.is_admin_state_up),
        description=str(row.description or ""),
        mappings=dict(mappings) if isinstance(mappings, Mapping) else {},
    )  # fmt: skip
