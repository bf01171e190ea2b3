"""The two alarms the patched neutron raised and nothing raises any more. Pure.

StarlingX's fault manager still has their numbers, 300.003 and 300.004, and no component that sets them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from outboard.hostguard.model import Desired, View, Wish


class Kind(StrEnum):
    """What is wrong."""

    AGENT_DEAD = "agent-dead"  # while its host should be up
    NO_AGENT = "no-agent-for-physical-network"  # on any enabled host


NUMBERS = {Kind.AGENT_DEAD: "300.003", Kind.NO_AGENT: "300.004"}


@dataclass(frozen=True, slots=True, order=True)
class Alarm:
    """One condition; the same as long as it lasts."""

    kind: Kind
    host: str  # empty: of the whole cloud
    about: str  # type of the agent, or the physical network


def alarms(views: Mapping[str, View], wishes: Mapping[str, Wish]) -> frozenset[Alarm]:
    """All that stand now. Only hosts that are wished up and are up count."""
    up = [
        view
        for host, view in views.items()
        if wishes[host].state is Desired.ENABLED and view.service is not None and view.service.enabled
    ]
    dead = {
        Alarm(Kind.AGENT_DEAD, view.host, agent.kind)
        for view in up
        for agent in view.agents
        if agent.enabled and not agent.alive
    }
    wanted = {name for view in up for name in (*wishes[view.host].bridge_mappings, *_mapped(view, dead=True))}
    served = {name for view in up for name in _mapped(view, dead=False)}
    return frozenset(dead | {Alarm(Kind.NO_AGENT, "", name) for name in wanted - served})


def _mapped(view: View, *, dead: bool) -> Iterable[str]:
    """Physical networks of its agents; neutron keeps those of a dead one."""
    return (name for a in view.agents if dead or (a.alive and a.enabled) for name in a.mappings)
