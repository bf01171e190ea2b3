"""What has to be true before nova may place guests on a host."""

from outboard.hostguard.model import Gate, Policy, Question, View, Wish


def gates(view: View, wish: Wish, policy: Policy) -> tuple[tuple[Gate, ...], frozenset[Question]]:
    """All of them, and the questions whose answers are missing. Pure.

    What costs a process or a request is asked only once all that is cheaper is open.
    """
    cheap = [_service(view), *_agents(view, wish, policy), _mapped(view), *_aggregates(view, wish)]
    cheap += _bridges(view, wish)
    if any(gate.closed for gate in cheap):
        return tuple(cheap), frozenset()
    if view.inventory is None:
        return (*cheap, Gate("inventory", "not asked yet")), frozenset({Question.INVENTORY})
    cheap.append(Gate("inventory", "" if view.inventory else "its resource provider has no inventory"))
    if cheap[-1].closed or not policy.script:
        return tuple(cheap), frozenset()
    if view.script is None:
        return (*cheap, Gate("script", "it has not ended yet")), frozenset({Question.SCRIPT})
    return (*cheap, Gate("script", view.script)), frozenset()


def _service(view: View) -> Gate:
    if view.service is None:
        return Gate("service", "nova knows no nova-compute on it")
    if view.service.forced_down:
        return Gate("service", "nova-compute is forced down")
    return Gate("service", "" if view.service.up else "nova-compute does not report")


def _agents(view: View, wish: Wish, policy: Policy) -> list[Gate]:
    if not policy.network:
        return []
    serving = [agent for agent in view.agents if agent.enabled or agent.ours]
    dead = sorted({agent.kind for agent in serving if not agent.alive})
    off = sorted({agent.kind for agent in serving if not agent.enabled})
    kinds = {agent.kind for agent in serving}
    missing = sorted({*policy.agents, *wish.agents} - kinds)
    if not view.agents:
        why = "neutron knows no agent on it"
    elif missing:
        why = f"no {', no '.join(missing)}"
    elif dead:
        why = f"{', '.join(dead)} not alive"
    else:
        why = f"{', '.join(off)} not up yet" if off else ""
    return [Gate("agents", why)]


def _mapped(view: View) -> Gate:
    return Gate("mapped", "" if view.mapped else "not mapped to a cell (nova-manage cell_v2 discover_hosts)")


def _aggregates(view: View, wish: Wish) -> list[Gate]:
    if not wish.aggregates:
        return []
    unknown = [name for name in wish.aggregates if name not in view.aggregates]
    missing = [name for name in wish.aggregates if name not in view.member]
    why = f"there is no aggregate {', '.join(unknown)}" if unknown else ""
    if not why and missing:
        why = f"not in {', '.join(missing)}"
    return [Gate("aggregates", why)]


def _bridges(view: View, wish: Wish) -> list[Gate]:
    if not wish.bridge_mappings:
        return []
    there: dict[str, str] = {}
    for agent in view.agents:
        if agent.alive:
            there.update(agent.mappings)
    wrong = [
        f"{network} on {there.get(network, 'no bridge')} instead of {bridge}"
        for network, bridge in sorted(wish.bridge_mappings.items())
        if there.get(network) != bridge
    ]
    return [Gate("bridge mappings", ", ".join(wrong))]
