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
    REBUILD = "rebuild"  # its root disk anew from its image, when neither helped


@dataclass(frozen=True, slots=True)
class Server:
    """A guest as nova sees it. ``task_state`` is empty when nova does nothing to it."""

    status: str
    task_state: str = ""
    host: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    extra_specs: Mapping[str, str] = field(default_factory=dict)
    image: str = ""  # empty: its root disk is a volume


class Nova(Protocol):
    """Each raises ``CloudError``."""

    def server(self, uuid: str) -> Server:
        """What it is now."""

    def stopped_by(self, uuid: str) -> str | None:
        """User that asked for the last action; empty: nova itself; ``None``: it was no stop."""

    def ask(self, uuid: str, action: Action, image: str = "") -> None:
        """Ask for it; a rebuild needs the image. On return nova has agreed; it is not done yet."""

    def note(self, uuid: str, key: str, text: str) -> None:
        """Leave a note in the server's metadata."""

    def close_host(self, host: str, why: str) -> bool:
        """Let the scheduler send no more guests there; whether that was not so already."""


# Actions after which a guest is meant to be down.
_STOPS = frozenset({"stop", "delete", "shelve", "shelveOffload", "suspend", "pause"})


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
            image=(found.get("image") or {}).get("id") or "",
        )

    def stopped_by(self, uuid: str) -> str | None:
        """Nova stops a guest whose QEMU is gone in nobody's name: such an action has no user."""
        actions = self._cloud.get(COMPUTE, f"/servers/{uuid}/os-instance-actions")["instanceActions"]
        last = max(actions, key=lambda action: action["start_time"] or "", default=None)
        if last is None or last["action"] not in _STOPS:
            return None
        return last["user_id"] or ""

    def ask(self, uuid: str, action: Action, image: str = "") -> None:
        """One request."""
        bodies: dict[Action, object] = {
            Action.REBOOT: {"reboot": {"type": "HARD"}},
            Action.START: {"os-start": None},
            Action.REBUILD: {"rebuild": {"imageRef": image}},
        }
        self._cloud.post(COMPUTE, f"/servers/{uuid}/action", bodies[action])

    def note(self, uuid: str, key: str, text: str) -> None:
        """One request; metadata values end at 255 characters."""
        self._cloud.post(COMPUTE, f"/servers/{uuid}/metadata", {"metadata": {key: text[:255]}})

    def close_host(self, host: str, why: str) -> bool:
        """One request, or two. A service that somebody disabled keeps their reason."""
        found = self._cloud.get(COMPUTE, "/os-services", host=host, binary="nova-compute")["services"]
        enabled = [each for each in found if each.get("status") == "enabled"]
        for each in enabled:
            body = {"status": "disabled", "disabled_reason": why[:255]}
            self._cloud.put(COMPUTE, f"/os-services/{each['id']}", body)
        return bool(enabled)
