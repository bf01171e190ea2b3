"""Carries out one step. Looks once more at what it changes, and leaves it when somebody else was faster."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from outboard.cloud import Cloud, CloudError, Kind
from outboard.hostguard.model import Act, Agent, Service, Step, View
from outboard.hostguard.reading import Reader

# What each leads to, by the fields of PUT /os-services/ID.
_SERVICE: dict[Act, dict[str, Any]] = {
    Act.ENABLE: {"status": "enabled"},
    Act.RAISE: {"is_forced_down": False},
    Act.FORCE_DOWN: {"is_forced_down": True},
}


class Hands:
    """``allowed`` raises when nothing may be written any longer; it is asked right before each write."""

    def __init__(self, cloud: Cloud, reader: Reader, allowed: Callable[[], None]) -> None:
        self._cloud = cloud
        self._reader = reader
        self._allowed = allowed

    def do(self, view: View, step: Step) -> View:
        """The view with what this changed. Raises ``CloudError``; ``CONFLICT`` when it is no longer so."""
        match step.act:
            case Act.ENABLE | Act.DISABLE | Act.RAISE | Act.FORCE_DOWN | Act.DELETE_SERVICE:
                self._change_service(view, step)
            case Act.AGENT_UP | Act.AGENT_DOWN | Act.DELETE_AGENT:
                self._change_agent(view, step)
            case Act.AGGREGATE:
                self._join(view.host, step.of)
            case Act.MIGRATE:
                self._allowed()
                with self._cloud.asking() as connection:
                    connection.compute.live_migrate_server(step.of, host=None, block_migration="auto")
            case Act.EVACUATE:
                self._allowed()
                with self._cloud.asking() as connection:
                    # 2.14: nova itself finds out about shared storage; no later version is needed.
                    path = f"/servers/{step.of}/action"
                    _check(connection.compute.post(path, json={"evacuate": {}}, microversion="2.14"))
            case Act.NOTIFY:
                self._notify(view.host)
            case Act.DRAIN:
                raise AssertionError("a drain is a command")
        return replace(view, service=_after(view.service, step)) if view.service else view

    def _change_service(self, view: View, step: Step) -> None:
        seen = view.service
        now = self._reader.service(view.host)
        if seen is None or now is None or _owned(now) != _owned(seen):
            raise CloudError(Kind.CONFLICT, "the service changed since it was looked at")
        fields = _SERVICE.get(step.act, {"status": "disabled", "disabled_reason": step.value})
        self._allowed()
        with self._cloud.asking() as connection:
            if step.act is Act.DELETE_SERVICE:
                connection.compute.delete_service(seen.id)
            else:
                connection.compute.update_service(seen.id, **fields)

    def _change_agent(self, view: View, step: Step) -> None:
        seen = next(agent for agent in view.agents if agent.id == step.of)
        now = self._reader.agent(step.of)
        if _switch(now) != _switch(seen) or (step.act is Act.DELETE_AGENT and now.alive):
            raise CloudError(Kind.CONFLICT, f"the {seen.kind} changed since it was looked at")
        self._allowed()
        with self._cloud.asking() as connection:
            if step.act is Act.DELETE_AGENT:
                connection.network.delete_agent(step.of)
            else:
                connection.network.update_agent(
                    step.of, is_admin_state_up=step.act is Act.AGENT_UP, description=step.value
                )

    def _join(self, host: str, name: str) -> None:
        with self._cloud.asking() as connection:
            found = [each for each in connection.compute.aggregates() if each.name == name]
            if not found or host in (found[0].hosts or ()):
                return
            self._allowed()
            connection.compute.add_host_to_aggregate(found[0].id, host)

    def _notify(self, host: str) -> None:
        """As masakari's own host monitor does; a second one within its window is a duplicate, 409."""
        self._allowed()
        now = datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
        payload = {"event": "STOPPED", "host_status": "NORMAL", "cluster_status": "OFFLINE"}
        try:
            with self._cloud.asking() as connection:
                connection.instance_ha.create_notification(
                    type="COMPUTE_HOST", hostname=host, generated_time=now, payload=payload
                )
        except CloudError as error:
            if error.kind is not Kind.CONFLICT:
                raise


def _check(answer: Any) -> None:
    from openstack.exceptions import raise_from_response

    raise_from_response(answer)


def _after(service: Service, step: Step) -> Service:
    """What the next step of the same look has to find."""
    match step.act:
        case Act.ENABLE:
            return replace(service, enabled=True, reason="")
        case Act.DISABLE:
            return replace(service, enabled=False, reason=step.value)
        case Act.RAISE | Act.FORCE_DOWN:
            return replace(service, forced_down=step.act is Act.FORCE_DOWN)
    return service


def _owned(service: Service) -> tuple[object, ...]:
    """What somebody else may have changed in between; whether it reports is no matter."""
    return service.id, service.enabled, service.reason, service.forced_down


def _switch(agent: Agent) -> tuple[object, ...]:
    return agent.enabled, agent.description
