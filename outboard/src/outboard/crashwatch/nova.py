"""What crashwatch asks of nova, all of it public API."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from outboard.cloud import Cloud


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


class CloudNova:
    """Nova through openstacksdk."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def server(self, uuid: str) -> Server:
        """One request."""
        with self._cloud.asking() as connection:
            found = connection.compute.get_server(uuid)
        flavor = found.flavor
        return Server(
            status=str(found.status or ""),
            task_state=str(found.task_state or ""),
            host=str(found.compute_host or ""),
            metadata=dict(found.metadata or {}),
            extra_specs=dict((flavor and flavor.extra_specs) or {}),
        )

    def stopped_by(self, uuid: str) -> str | None:
        """Nova stops a guest whose QEMU is gone in nobody's name: such an action has no user."""
        with self._cloud.asking() as connection:
            last = max(
                connection.compute.server_actions(uuid),
                key=lambda action: action.start_time or "",
                default=None,
            )
        if last is None or last.action not in _STOPS:
            return None
        return last.user_id or ""

    def ask(self, uuid: str, action: Action) -> None:
        """One request."""
        with self._cloud.asking() as connection:
            if action is Action.REBOOT:
                connection.compute.reboot_server(uuid, "HARD")
            else:
                connection.compute.start_server(uuid)

    def note(self, uuid: str, key: str, text: str) -> None:
        """One request; metadata values end at 255 characters."""
        with self._cloud.asking() as connection:
            connection.compute.set_server_metadata(uuid, **{key: text[:255]})
