"""What crashwatch asks of nova, all of it public API."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from outboard.cloud_api import COMPUTE, CloudApi


class Action(StrEnum):
    """How nova is asked to bring a guest up."""

    REBOOT = "reboot"  # hard; from ACTIVE, within nova's delay before it stops the guest
    START = "start"  # when nova has stopped it


@dataclass(frozen=True, slots=True)
class Server:
    """A guest as nova sees it. ``task_state`` is empty when nova does nothing to it."""

    status: str
    task_state: str = ""
    host: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    extra_specs: Mapping[str, str] = field(default_factory=dict)


class Nova(Protocol):
    """Each raises ``CloudError``."""

    def server(self, uuid: str) -> Server:
        """What it is now."""

    def stopped_by(self, uuid: str) -> str | None:
        """User that asked for the last action; empty: nova itself; ``None``: it was no stop."""

    def ask(self, uuid: str, action: Action) -> None:
        """Ask for it. On return nova has agreed; it is not done yet."""

    def note(self, uuid: str, key: str, text: str) -> None:
        """Leave a note in the server's metadata."""


# Actions after which a guest is meant to be down.
_STOPS = frozenset({"stop", "delete", "shelve", "shelveOffload", "suspend", "pause"})
_BODIES: dict[Action, object] = {
    Action.REBOOT: {"reboot": {"type": "HARD"}},
    Action.START: {"os-start": None},
}


class CloudNova:
    """Nova through its API."""

    def __init__(self, cloud: CloudApi) -> None:
        self._cloud = cloud

    def server(self, uuid: str) -> Server:
        """One request."""
        found = self._cloud.get(COMPUTE, f"/servers/{uuid}")["server"]
        return Server(
            status=found.get("status") or "",
            task_state=found.get("OS-EXT-STS:task_state") or "",
            host=found.get("OS-EXT-SRV-ATTR:host") or "",
            metadata=found.get("metadata") or {},
            extra_specs=(found.get("flavor") or {}).get("extra_specs") or {},
        )

    def stopped_by(self, uuid: str) -> str | None:
        """Nova stops a guest whose QEMU is gone in nobody's name: such an action has no user."""
        actions = self._cloud.get(COMPUTE, f"/servers/{uuid}/os-instance-actions")["instanceActions"]
        last = max(actions, key=lambda action: action["start_time"] or "", default=None)
        if last is None or last["action"] not in _STOPS:
            return None
        return last["user_id"] or ""

    def ask(self, uuid: str, action: Action) -> None:
        """One request."""
        self._cloud.post(COMPUTE, f"/servers/{uuid}/action", _BODIES[action])

    def note(self, uuid: str, key: str, text: str) -> None:
        """One request; metadata values end at 255 characters."""
        self._cloud.post(COMPUTE, f"/servers/{uuid}/metadata", {"metadata": {key: text[:255]}})
